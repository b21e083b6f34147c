public import Conversations
public import Diagnosis
public import PacketWire

/// The plan for one target, as a state machine: events in, actions out. It knows no socket and no clock.
///
/// The primary attempt is the kernel's own connection. Only when it is refused, or stays silent for a moment,
/// are the controls tried, the ladders walked and the experiments run; a target that answers costs an echo and a try of
/// an unused port beside its connection, and the end of it.
public struct TargetProbe: Sendable {
    enum State: Hashable {
        case waiting
        case holding(until: Instant)
        /// What was asked for is said behind the handshake.
        case conversing(until: Instant)
        /// TLS failed there: other hellos are tried.
        case bisecting
        /// Our side has ended; the far end must acknowledge that.
        case ending(until: Instant)
        case investigating(Investigation)
        case finished
    }

    struct Investigation: Hashable {
        enum Reason: Hashable {
            case silence
            case refusal
            /// It was answered, and something about that is odd.
            case doubt
        }
        var reason: Reason
        var since: Instant
    }

    public internal(set) var facts: Facts
    public let settings: ProbeSettings
    let circumstances: ProbeCircumstances
    var experiment: RunningExperiment?
    var doneExperiments: Set<String> = []
    /// No experiment that is left makes sense, as far as is known now.
    var isExperimentingOver = false
    /// Everything but the experiments has had its time, and they were asked for once more: the run is at its end.
    private(set) var hasAskedAgain = false
    var state = State.waiting
    var targetLadder = Ladder()
    var controlLadder = Ladder()
    var ladderSince: Instant?
    var ladderAnswered = true
    var hasRepeated = false
    var hasEndedRungs = false
    /// The source ports of the second pair of ladders, where there is one.
    var members: Members?
    var sharesControl = false
    var confirmation: Confirmation?
    /// The attempt whose kind the control ladder repeats.
    var control: Int?
    var controlSeenAt: Instant?
    var lastSent: [Int: Instant] = [:]
    var datagrams: [Int: Int] = [:]
    var started = Instant.zero
    /// Until when a completed connection is watched.
    var holdEnd: Instant?
    var endedAt: Instant?
    /// What was begun because nothing came, and goes on when the connection that came late has been watched and spoken on.
    var interrupted: Investigation?
    /// The hellos that are tried after TLS has failed.
    var bisection: Bisection?
    /// Ports that are tried as controls, best first.
    private(set) var controlPorts: [UInt16]

    /// - Parameter knownPorts: ports of the same host that other targets of the run found answering.
    public init(
        facts: Facts, settings: ProbeSettings, circumstances: ProbeCircumstances = ProbeCircumstances(),
        knownPorts: [UInt16] = []
    ) {
        self.facts = facts
        self.facts.isThorough = circumstances.isThorough
        self.settings = settings
        self.circumstances = circumstances
        var ports: [UInt16] = []
        for port in knownPorts + settings.commonPorts where !ports.contains(port) {
            if facts.target.transport == .tcp, port == facts.target.port { continue }
            ports.append(port)
        }
        controlPorts = Array(ports.prefix(settings.controlCount))
    }

    public var isFinished: Bool { state == .finished }

    /// The first packet.
    public mutating func begin(at now: Instant) -> [ProbeAction] {
        started = now
        let kind: Attempt.Kind =
            facts.target.transport == .tcp ? .tcp(port: facts.target.port) : .udp(port: facts.target.port)
        return [open(.primary, kind, now), .wake(at: now + settings.suspicion)] + resendWakes(now)
    }

    public mutating func handle(_ event: ProbeEvent, at now: Instant) -> [ProbeAction] {
        guard state != .finished else { return [] }
        facts.observedUntil = max(facts.observedUntil, now)
        switch event {
        case .outcome(let attempt, let outcome):
            guard facts.attempts.indices.contains(attempt) else { return [] }
            facts.attempts[attempt].socket = outcome
            return attemptChanged(attempt, at: now) + proceed(at: now)
        case .conversed(let application):
            facts.application = application
            return proceed(at: now)
        case .heard(let attempt, let application):
            return heard(attempt, application, at: now)
        case .ladder(let granted, let shares):
            ladderAnswered = true
            sharesControl = shares
            facts.ladderWithheld = !granted
            guard granted else { return proceed(at: now) }
            ladderSince = now
            return climb(at: now) + [.wake(at: now + settings.repetition), .wake(at: now + settings.ladderPatience)]
                + proceed(at: now)
        case .time:
            return inspections + resends(at: now) + climb(at: now) + repeatMissing(at: now)
                + endSilentRungs(at: now) + advanceInterrupted(at: now) + proceed(at: now)
        }
    }

    /// What the wire witness saw of an attempt. It changes the facts, and the plan only where no socket hears of it.
    public mutating func note(_ packet: SeenPacket, attempt: Int) -> [ProbeAction] {
        guard facts.attempts.indices.contains(attempt), facts.attempts[attempt].packets.count < 64 else { return [] }
        facts.attempts[attempt].packets.append(packet)
        guard state != .finished, facts.attempts[attempt].isWatchedOnly, !packet.fromInitiator else { return [] }
        facts.observedUntil = max(facts.observedUntil, packet.at)
        let now = facts.observedUntil
        return attemptChanged(attempt, at: now) + proceed(at: now)
    }

    /// Another target of the run found a port of the same host open: the best control there is.
    public mutating func learn(openPort port: UInt16) {
        guard facts.target.transport != .tcp || port != facts.target.port else { return }
        controlPorts.removeAll { $0 == port }
        controlPorts.insert(port, at: 0)
        controlPorts = Array(controlPorts.prefix(settings.controlCount))
    }

    /// This end's address and port of an attempt.
    public mutating func note(local: Endpoint, attempt: Int) {
        guard facts.attempts.indices.contains(attempt) else { return }
        facts.attempts[attempt].local = local
    }

    /// Facts that only the driver can read.
    public mutating func amend(_ change: (inout Facts) -> Void) {
        change(&facts)
    }

    /// The person or the clock ends it: whatever is known is what there is.
    public mutating func stop(at now: Instant) -> [ProbeAction] {
        guard state != .finished else { return [] }
        facts.observedUntil = max(facts.observedUntil, now)
        return finish()
    }

    // MARK: The steps

    private mutating func attemptChanged(_ index: Int, at now: Instant) -> [ProbeAction] {
        let attempt = facts.attempts[index]
        switch attempt.purpose {
        case .primary:
            return primaryChanged(attempt, at: now)
        case .control:
            guard attempt.isPassing else { return [] }
            if controlSeenAt == nil { controlSeenAt = now }
            return chooseControl(at: now) + [.wake(at: now + .milliseconds(150))]
        case .rung(let timeToLive):
            targetLadder.note(attempt.answer, at: timeToLive)
        case .controlRung(let timeToLive):
            controlLadder.note(attempt.answer, at: timeToLive)
        case .experiment(.held(.one)) where attempt.isPassing:
            return []
        case .experiment(.hello):
            return helloChanged(attempt, index, at: now)
        case .experiment:
            return attempt.answer == .silence ? [] : [.close(attempt: index)]
        }
        return closeAnswered(attempt, index) + climb(at: now)
    }

    /// A rung has one question. To the kernel "time exceeded" is no reason to stop, it would repeat the SYN: and
    /// the router's next answer, of which there are few a second, would be missing in another target's ladder.
    private func closeAnswered(_ rung: Attempt, _ index: Int) -> [ProbeAction] {
        switch rung.answer {
        case .silence, .localError: []
        case .timeExceeded, .refused, .reset, .reached: [.close(attempt: index)]
        }
    }

    /// Decides, after anything that happened, whether to look further or to end.
    mutating func proceed(at now: Instant) -> [ProbeAction] {
        switch state {
        case .finished:
            return []
        case .waiting:
            return now - started >= settings.suspicion ? investigate(.silence, at: now) : []
        case .holding(let until):
            guard now >= until || facts.greetingAwaited != nil && hasGreeted else { return [] }
            if let waiting = awaitGreeting(at: now) { return waiting }
            noteHeld(at: now)
            guard case .held = facts.attempts.first?.socket?.aftermath else { return afterHolding(at: now) }
            return end(at: now)
        case .conversing(let until):
            return conversing(until: until, at: now)
        case .bisecting:
            return bisecting(at: now)
        case .ending(let until):
            if facts.attempts.first?.socket?.isEndAcknowledged == true || now >= until { return afterHolding(at: now) }
            return []
        case .investigating(let investigation):
            noteHeld(at: now)
            var actions = chooseControl(at: now)
            if mayExperiment(investigation, at: now) {
                let (more, isDone) = experiment(at: now)
                actions += more
                guard isDone else { return actions }
            }
            guard isSettled(investigation, at: now) else { return actions }
            if !hasAskedAgain, isExperimentingOver {
                // The ladders have told theirs since.
                hasAskedAgain = true
                isExperimentingOver = false
                return actions + proceed(at: now)
            }
            if let again = climbMembers(at: now) { return actions + again }
            return actions + (confirm(investigation, at: now) ?? finish())
        }
    }

    /// A silence is looked at more closely when the controls have had a moment to answer, everything else at once.
    private func mayExperiment(_ investigation: Investigation, at now: Instant) -> Bool {
        guard facts.route?.kind != .local else { return false }
        // The repeated SYN of a slow host is answered, too: that must be seen before it is called loss.
        if investigation.reason == .doubt {
            guard let holdEnd, now >= holdEnd else { return experiment != nil }
            return facts.isDoubtful || circumstances.isThorough || experiment != nil
        }
        return investigation.reason != .silence || now - investigation.since >= settings.beforeExperiments
    }

    mutating func investigate(_ reason: Investigation.Reason, at now: Instant) -> [ProbeAction] {
        if case .investigating(var investigation) = state {
            // A late refusal ends the silence; the controls are on their way already.
            guard investigation.reason == .silence, reason == .refusal else { return [] }
            investigation.reason = .refusal
            isExperimentingOver = false
            state = .investigating(investigation)
            return [.wake(at: investigation.since + settings.investigation)]
        }
        if var investigation = interrupted {
            interrupted = nil
            // It took a while: whether that is loss is what the experiments tell.
            investigation.reason = reason
            isExperimentingOver = false
            state = .investigating(investigation)
            return proceed(at: now) + (firstRepetition.map { [.wake(at: $0)] } ?? [])
        }
        state = .investigating(Investigation(reason: reason, since: now))
        // A connection that is merely slow is no matter of its path.
        guard reason != .doubt || facts.isAnswerOdd || circumstances.isThorough else {
            return proceed(at: now) + (firstRepetition.map { [.wake(at: $0)] } ?? [])
        }
        var actions = controlPorts.map { open(.control, .tcp(port: $0), now) }
        if !hasAskedEcho {
            actions.append(open(.control, .echo, now))
        }
        if settings.walksLadder, facts.route?.kind != .local {
            ladderAnswered = false
            actions.append(.requestLadder)
        }
        let deadlines = [
            now + settings.controlWait, now + settings.investigation, now + settings.beforeExperiments,
            started + settings.secondTry, started + settings.patience, started + settings.patienceWithoutControl,
        ]
        return actions + deadlines.map { .wake(at: $0) } + resendWakes(now)
    }

    var hasAskedEcho: Bool {
        facts.attempts.contains { $0.purpose == .control && $0.kind == .echo }
    }

    private func isSettled(_ investigation: Investigation, at now: Instant) -> Bool {
        guard ladderAnswered else { return false }
        let ladderWaited = ladderSince.map { now - $0 >= settings.ladderPatience } ?? true
        switch investigation.reason {
        case .refusal:
            if control != nil,
                !settings.walksLadder
                    || targetLadder.isComplete && (!walksControl || controlLadder.isComplete || ladderWaited)
            {
                return true
            }
            return now - investigation.since >= settings.investigation && ladderWaited
        case .doubt:
            guard let holdEnd, now >= holdEnd else { return false }
            if endedAt != nil, facts.attempts[0].socket?.isEndAcknowledged == false, let firstRepetition,
                now < firstRepetition
            {
                return false
            }
            return ladderWaited || targetLadder.isComplete && controlLadder.isComplete
        case .silence:
            // What is proved needs no more silence than a second try.
            if now - started >= settings.secondTry, facts.attempts[0].tries > 1, facts.remainingCauses().isSettled {
                return true
            }
            let isControlled = hasPassingControl && !isHandedOn
            let patience = isControlled ? settings.patience : settings.patienceWithoutControl
            return now - started >= patience && ladderWaited
        }
    }

    /// Who has not heard the last packet of our handshake repeats its own after a second: it would have come by then.
    private var firstRepetition: Instant? {
        facts.attempts.first?.socket?.at.map { $0 + settings.hold + .milliseconds(1_250) }
    }

    mutating func finish() -> [ProbeAction] {
        state = .finished
        return facts.attempts.indices.map { .close(attempt: $0) } + [.finish]
    }
}
