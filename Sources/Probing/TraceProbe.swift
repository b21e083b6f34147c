public import Conversations
public import Diagnosis
public import PacketWire

/// The plan of a trace: the target is probed as always, and then its ladder and a control's are walked side by side
/// so many rounds as were asked for, whatever came of the probe. The ladder that the probe walked is the first.
///
/// The rounds are paced by what a router has to spend on one host, so that what looks lost was.
public struct TraceProbe: TargetPlan {
    private enum State: Hashable {
        case probing
        /// Which other packet of the host gets through is not known yet.
        case choosing(until: Instant)
        case resting(until: Instant)
        case walking(until: Instant)
        case finished
    }

    private var probe: TargetProbe
    public let settings: TraceSettings
    private var state = State.probing
    private var allowance = ICMPAllowance(at: .zero)
    private var walked = 0
    private var roundStart = Instant.zero
    private var controlKind: Attempt.Kind?
    private var ladder = Ladder()
    private var controlLadder = Ladder()
    /// The first attempt of the round that is being walked.
    private var firstOfRound = 0
    /// Positions that wait for the one before, and what is asked now, where all leave from one port.
    private var waiting: [Int] = []
    /// The control's, which go right behind the target's: a silence counts where they get an answer.
    private var waitingControls: [Int] = []
    private var current: (attempt: Int, until: Instant)?

    /// A trace of a long path with many rounds ends somewhere.
    static let mostAttempts = 8_192

    public init(_ probe: TargetProbe, settings: TraceSettings = TraceSettings()) {
        self.probe = probe
        self.settings = settings
    }

    public var facts: Facts { probe.facts }
    public var isFinished: Bool { state == .finished }

    public mutating func begin(at now: Instant) -> [ProbeAction] {
        allowance = ICMPAllowance(at: now)
        return probe.begin(at: now)
    }

    public mutating func handle(_ event: ProbeEvent, at now: Instant) -> [ProbeAction] {
        guard state != .finished else { return [] }
        guard probe.isFinished else { return goOn(after: probe.handle(event, at: now), at: now) }
        probe.amend { $0.observedUntil = max($0.observedUntil, now) }
        if case .outcome(let index, let outcome) = event, facts.attempts.indices.contains(index) {
            probe.amend { $0.attempts[index].socket = outcome }
            return answered(index, at: now) + proceed(at: now)
        }
        return proceed(at: now)
    }

    public mutating func note(_ packet: SeenPacket, attempt: Int) -> [ProbeAction] {
        let actions = probe.note(packet, attempt: attempt)
        guard probe.isFinished, state != .finished else { return actions }
        if state == .probing { return goOn(after: actions, at: packet.at) }
        guard facts.attempts.indices.contains(attempt), facts.attempts[attempt].isWatchedOnly, !packet.fromInitiator
        else { return actions }
        let now = max(facts.observedUntil, packet.at)
        probe.amend { $0.observedUntil = now }
        return actions + answered(attempt, at: now) + proceed(at: now)
    }

    public mutating func note(local: Endpoint, attempt: Int) { probe.note(local: local, attempt: attempt) }
    public mutating func learn(openPort port: UInt16) { probe.learn(openPort: port) }
    public mutating func amend(_ change: (inout Facts) -> Void) { probe.amend(change) }

    public mutating func stop(at now: Instant) -> [ProbeAction] {
        guard state != .finished else { return [] }
        _ = probe.stop(at: now)
        return finish()
    }

    // MARK: The steps

    /// The probe has ended its part: its "finish" is not the end of the trace.
    private mutating func goOn(after actions: [ProbeAction], at now: Instant) -> [ProbeAction] {
        guard probe.isFinished else { return actions }
        let rest = actions.filter { $0 != .finish }
        if facts.attempts.contains(where: { $0.purpose.isRung }) {
            walked = 1
        }
        noteLadders()
        allowance.spend(mostErrors, at: now)
        guard mayWalk else { return rest + finish() }
        return rest + chooseControl(at: now)
    }

    /// Where the packets do not leave this machine there is no path.
    private var mayWalk: Bool {
        guard facts.target.address != nil, facts.route?.kind != .local else { return false }
        if case .localError? = facts.attempts.first?.answer { return false }
        return true
    }

    private mutating func chooseControl(at now: Instant) -> [ProbeAction] {
        let asked = Set(facts.attempts.filter { $0.purpose == .control }.map(\.kind))
        let isAsked = facts.attempts.contains { $0.purpose == .control && $0.kind != .echo }
        state = .choosing(until: isAsked ? now : now + settings.controlWait)
        guard !isAsked else { return proceed(at: now) }
        var kinds = probe.controlPorts.map { Attempt.Kind.tcp(port: $0) }
        kinds.append(.echo)
        return kinds.filter { !asked.contains($0) }.map { open(.control, $0, now) } + [
            .wake(at: now + settings.controlWait)
        ]
    }

    private mutating func proceed(at now: Instant) -> [ProbeAction] {
        switch state {
        case .probing, .finished: return []
        case .choosing(let until):
            let best = facts.attempts.filter { $0.purpose == .control && $0.isPassingControl }
                .max { $0.worthAsControl < $1.worthAsControl }
            guard best?.worthAsControl == 3 || now >= until else { return [] }
            controlKind = best?.kind
            return rest(at: now)
        case .resting(let until):
            return now >= until ? walk(at: now) : []
        case .walking(let until):
            let next = goOnSingly(at: now)
            guard current == nil, now >= until || isWalked else { return next }
            walked += 1
            let open = (firstOfRound..<facts.attempts.count).map { ProbeAction.close(attempt: $0) }
            return next + open + rest(at: now)
        }
    }

    private mutating func rest(at now: Instant) -> [ProbeAction] {
        guard walked < settings.rounds, facts.attempts.count < Self.mostAttempts else { return finish() }
        let next = allowance.moment(for: cost, after: max(now, roundStart + settings.gap))
        state = .resting(until: next)
        return [.wake(at: next)]
    }

    /// What one router may have to send for one round: a time exceeded for each ladder, and the target's refusal.
    private var cost: Int {
        let refuses = facts.attempts.contains { if case .refused = $0.answer { $0.purpose.isRung } else { false } }
        return (controlKind == nil ? 1 : 2) + (refuses ? 1 : 0)
    }

    /// How many ICMP errors the busiest router has sent us so far.
    private var mostErrors: Int {
        var counts: [IPAddress: Int] = [:]
        for attempt in facts.attempts {
            switch attempt.answer {
            case .timeExceeded(let refusal), .refused(let refusal): counts[refusal.sender, default: 0] += 1
            case .silence, .reached, .reset, .localError: break
            }
        }
        return counts.values.max() ?? 0
    }

    /// What the probe's own ladders found, as the beginning of the later ones.
    private mutating func noteLadders() {
        for attempt in facts.attempts {
            switch attempt.purpose {
            case .rung(let timeToLive): ladder.note(attempt.answer, at: timeToLive)
            case .controlRung(let timeToLive): controlLadder.note(attempt.answer, at: timeToLive)
            case .primary, .control, .experiment: break
            }
        }
    }

    private mutating func walk(at now: Instant) -> [ProbeAction] {
        allowance.spend(cost, at: now)
        (roundStart, firstOfRound) = (now, facts.attempts.count)
        ladder = Ladder(after: ladder)
        controlLadder = Ladder(after: controlLadder)
        (waiting, waitingControls, current) = ([], [], nil)
        let until = now + roundPatience
        state = .walking(until: until)
        return climb(at: now) + [.wake(at: until)]
    }

    /// Who took longer to answer the attempt takes as long for a ladder's packet: given up sooner, all of them look lost.
    private var roundPatience: TimeSpan {
        guard let primary = facts.attempts.first, case .reached(let reply) = primary.answer, let at = reply.at else {
            return settings.roundPatience
        }
        let waited = at - primary.startedAt
        let slow = waited + max(.milliseconds(100), TimeSpan(nanoseconds: waited.nanoseconds / 8))
        return max(settings.roundPatience, min(slow, TraceSettings.longestPatience))
    }

    /// Both ends are known, and nothing that was sent is left without its answer: a packet that is given up while its
    /// answer is on the way would look lost.
    private var isWalked: Bool {
        ladder.isComplete && (controlKind == nil || controlLadder.isComplete)
            && facts.attempts[firstOfRound...].allSatisfy { $0.answer != .silence }
    }

    private mutating func answered(_ index: Int, at now: Instant) -> [ProbeAction] {
        let attempt = facts.attempts[index]
        guard index >= firstOfRound, attempt.answer != .silence else { return [] }
        switch attempt.purpose {
        case .rung(let timeToLive): ladder.note(attempt.answer, at: timeToLive)
        case .controlRung(let timeToLive): controlLadder.note(attempt.answer, at: timeToLive)
        case .primary, .control, .experiment: return []
        }
        guard case .walking = state else { return [.close(attempt: index)] }
        return [.close(attempt: index)] + climb(at: now)
    }

    private mutating func climb(at now: Instant) -> [ProbeAction] {
        guard let kind = facts.attempts.first?.kind else { return [] }
        let window = walked == 0 ? probe.settings.ladderWindow : settings.laterWindow
        var actions: [ProbeAction] = []
        for timeToLive in ladder.next(window: window, longest: probe.settings.longestPath) {
            let purpose = Attempt.Purpose.rung(timeToLive: timeToLive)
            if probe.facts.sourcePort == nil || sharesPort(purpose, kind) {
                actions.append(open(purpose, kind, now))
            } else {
                waiting.append(timeToLive)
            }
        }
        if controlKind != nil {
            waitingControls += controlLadder.next(window: window, longest: probe.settings.longestPath)
        }
        actions += goOnSingly(at: now)
        if waiting.isEmpty { actions += askControls(upTo: .max, now) }
        return actions
    }

    private func sharesPort(_ purpose: Attempt.Purpose, _ kind: Attempt.Kind) -> Bool {
        probe.settings.usesOneFlow && purpose.sharesPort(kind, hostDistance: hostDistance)
    }

    /// The next position of those that are asked one after another, when the one before has had its answer or its time.
    /// The kernel lets one socket at a time connect from one port to one endpoint (net/ipv4/inet_hashtables.c,
    /// __inet_check_established), and what comes back only that socket hears, where the packet is not one of a flow that a
    /// capture follows.
    private mutating func goOnSingly(at now: Instant) -> [ProbeAction] {
        guard let kind = facts.attempts.first?.kind else { return [] }
        var actions: [ProbeAction] = []
        if let (attempt, until) = current {
            guard now >= until || facts.attempts[attempt].answer != .silence else { return [] }
            actions.append(.close(attempt: attempt))
            current = nil
        }
        waiting.removeAll { $0 > ladder.end ?? .max }
        guard !waiting.isEmpty else { return actions }
        let until = now + settings.singlePatience
        current = (facts.attempts.count, until)
        let timeToLive = waiting.removeFirst()
        actions.append(open(.rung(timeToLive: timeToLive), kind, now))
        return actions + askControls(upTo: waiting.isEmpty ? .max : timeToLive, now) + [.wake(at: until)]
    }

    private mutating func askControls(upTo limit: Int, _ now: Instant) -> [ProbeAction] {
        guard let controlKind else { return [] }
        let asked = waitingControls.filter { $0 <= limit }
        waitingControls.removeAll { $0 <= limit }
        return asked.map { open(.controlRung(timeToLive: $0), controlKind, now) }
    }

    private mutating func open(_ purpose: Attempt.Purpose, _ kind: Attempt.Kind, _ now: Instant) -> ProbeAction {
        var order = AttemptOrder(attempt: facts.attempts.count, kind: kind, purpose: purpose)
        if case .rung = purpose { order.sourcePort = probe.facts.sourcePort }
        order.sharesPort = sharesPort(purpose, kind)
        probe.amend {
            $0.attempts.append(Attempt(purpose: purpose, kind: kind, remote: $0.target.address, startedAt: now))
        }
        return .open(order)
    }

    private var hostDistance: Int? {
        facts.attempts.filter { $0.purpose == .primary || $0.purpose == .control }
            .compactMap(\.answer.hostDistance).min()
    }

    private mutating func finish() -> [ProbeAction] {
        state = .finished
        return facts.attempts.indices.map { .close(attempt: $0) } + [.finish]
    }
}

extension Attempt {
    fileprivate var isPassingControl: Bool {
        switch answer {
        case .reached, .reset: true
        case .silence, .refused, .timeExceeded, .localError: false
        }
    }

    /// An open port tells more than a closed one, and that more than an echo.
    fileprivate var worthAsControl: Int {
        switch (kind, answer) {
        case (.tcp, .reached): 3
        case (.tcp, _): 2
        default: 1
        }
    }
}
