public import Conversations
public import Diagnosis
public import PacketWire

/// The plan that finds the largest packet of a path, to the byte, and the hop after which larger ones vanish.
///
/// Where a dialogue has stalled, it is repeated with small segments first: if that does not heal it, size is not the
/// matter and nothing else is sent. The way there is measured with datagrams to a port that nobody uses, which need no
/// privilege, put no byte into anybody's protocol, and are answered by something small; where the host does not
/// answer those, with echo requests.
public struct PathSizeProbe: FollowUpPlan {
    /// What is known when it begins.
    public struct Situation: Sendable, Hashable {
        public var occasion: PathSizeFacts.Occasion
        public var family: IPFamily
        public var linkMTU: Int
        /// Of the handshake; nil where it is not known.
        public var roundTrip: TimeSpan?
        /// There is something to say behind the handshake.
        public var hasDialogue = false
        public var agreedSegment: Int?

        public init(_ occasion: PathSizeFacts.Occasion, _ family: IPFamily, linkMTU: Int) {
            (self.occasion, self.family, self.linkMTU) = (occasion, family, linkMTU)
        }
    }

    private enum Phase: Hashable {
        case segments
        case datagrams
        case echoes
        /// The boundary once more, from both sides: what is lost by chance does not repeat itself.
        case confirming([Int])
        case ladder
        case finished
    }

    private let situation: Situation
    private(set) var facts: PathSizeFacts
    private var phase = Phase.finished
    private var search: SizeSearch
    private var means = PathSizeFacts.Trial.Means.datagram
    /// The trials that are on their way, and until when each is waited for.
    private var waiting: [Int: Instant] = [:]
    private var allowance = ICMPAllowance(at: .zero)
    private var dialogueBegan: [Int: Instant] = [:]
    private var slowestDialogue: TimeSpan?
    /// The next position of the ladder, and the host's.
    private var nextPosition = 1
    private var hostPosition: Int?

    static let ladderWindow = 5
    static let longestPath = 30
    static let mostTries = 2
    /// The search by datagrams: a dozen sizes and the boundary, silent ones twice; and two windows of the ladder.
    static let mostPackets = 30 + 4 * ladderWindow

    public init(_ situation: Situation) {
        self.situation = situation
        facts = PathSizeFacts(situation.occasion, linkMTU: situation.linkMTU)
        facts.agreedSegment = situation.agreedSegment
        search = SizeSearch(from: 0, to: 0)
    }

    public var isFinished: Bool { phase == .finished }

    public func testify(_ facts: inout Facts) { facts.pathSize = self.facts }

    /// Every IPv6 link carries 1,280 (RFC 8200 section 5), every IPv4 host takes 576 (RFC 791 section 3.1).
    private var smallestStream: Int { situation.family == .v6 ? 1_280 : 576 }
    /// Small enough for whatever a link may be limited to by mistake.
    private static let smallestDatagram = 128

    public mutating func begin(at now: Instant) -> [FollowUpAction] {
        allowance = ICMPAllowance(at: now)
        if situation.occasion == .stall, situation.hasDialogue {
            phase = .segments
            means = .segments
            search = SizeSearch(from: smallestStream, to: situation.linkMTU, landmarks: [1_280])
        } else {
            measureDatagrams()
        }
        return proceed(at: now)
    }

    private mutating func measureDatagrams(near boundary: [Int] = []) {
        phase = .datagrams
        means = .datagram
        search = SizeSearch(from: Self.smallestDatagram, to: situation.linkMTU, landmarks: boundary + [1_280])
    }

    public mutating func note(_ packet: SeenPacket, number: Int) {
        guard facts.trials.indices.contains(number) else { return }
        if packet.fromInitiator {
            facts.trials[number].wasSeenLeaving = true
        } else if case .icmpError(let error, let mtu, _) = packet.kind, error.meaning == .packetTooBig {
            facts.trials[number].report = PathSizeFacts.Report(
                mtu: Int(clamping: mtu ?? 0), sender: packet.source, frame: packet.frame)
        } else if packet.tcp != nil {
            let length = max(facts.trials[number].longestSeenComing, packet.payloadLength)
            facts.trials[number].longestSeenComing = length
        }
    }

    public mutating func handle(_ event: FollowUpEvent, at now: Instant) -> [FollowUpAction] {
        guard phase != .finished else { return [] }
        switch event {
        case .time:
            return overdue(at: now) + proceed(at: now)
        case .outcome(let number, let outcome):
            guard waiting[number] != nil, facts.trials.indices.contains(number),
                let found = trialOutcome(outcome, of: facts.trials[number])
            else { return [] }
            return [.stop(number)] + settle(number, found, at: now) + proceed(at: now)
        }
    }

    // MARK: One trial

    private func trialOutcome(
        _ outcome: FollowUpOutcome, of trial: PathSizeFacts.Trial
    ) -> PathSizeFacts.Trial.Outcome? {
        switch outcome {
        case .connected: nil
        case .answered: .passed
        case .expired(let sender): .expired(by: sender)
        case .tooBig(let mtu, let sender): trial.means == .segments ? nil : .tooBig(mtu: mtu, by: sender)
        case .tooBigHere(let mtu): .local(mtu: mtu)
        case .silent(let isAcknowledged): isAcknowledged == false ? .unacknowledged : .unanswered
        case .failed(let error) where error?.isNamed("EPERM") ?? false: .stoppedHere
        case .alive, .lost, .closed, .failed: .other
        }
    }

    private mutating func start(_ size: Int, timeToLive: Int? = nil, at now: Instant) -> [FollowUpAction] {
        let number = facts.trials.count
        facts.trials.append(PathSizeFacts.Trial(means, size: size, timeToLive: timeToLive))
        let work: FollowUpOrder.Work =
            switch means {
            case .datagram: .datagram(size: size, timeToLive: timeToLive)
            case .echo: .echo(size: size)
            case .segments: .dialogue(size: size)
            }
        if means == .segments { dialogueBegan[number] = now }
        if means == .datagram { allowance.spend(1, at: now) }
        let until = now + patience
        waiting[number] = until
        return [.start(FollowUpOrder(number, work)), .wake(at: until)]
    }

    /// A datagram gets four round trips. A dialogue gets three times what it took with small segments, and the kernel's
    /// own repetitions of what is lost (RFC 6298: 200 ms on Linux, then doubled) fall into that.
    private var patience: TimeSpan {
        let roundTrip = min(situation.roundTrip ?? .milliseconds(50), .milliseconds(500))
        guard means == .segments else {
            return max(.milliseconds(250), TimeSpan(nanoseconds: roundTrip.nanoseconds * 4))
        }
        guard let slowestDialogue else { return .seconds(4) }
        let whole = min(slowestDialogue.nanoseconds, 1_000_000_000) * 3 + 900_000_000
        return TimeSpan(nanoseconds: min(whole, 4_000_000_000))
    }

    /// What has waited long enough: once more, or it is silence.
    private mutating func overdue(at now: Instant) -> [FollowUpAction] {
        var actions: [FollowUpAction] = []
        for number in waiting.keys.sorted() where waiting[number].map({ now >= $0 }) ?? false {
            if facts.trials[number].means == .segments {
                // The driver says how far it came.
                waiting[number] = now + .seconds(1)
                actions += [.stop(number), .wake(at: now + .seconds(1))]
                facts.trials[number].tries += 1
                if facts.trials[number].tries > 2 { actions += settle(number, .other, at: now) }
            } else if facts.trials[number].tries < Self.mostTries {
                facts.trials[number].tries += 1
                let until = now + patience
                waiting[number] = until
                actions += [.again(number), .wake(at: until)]
            } else {
                actions += [.stop(number)] + settle(number, .silence, at: now)
            }
        }
        return actions
    }

    private mutating func settle(
        _ number: Int, _ outcome: PathSizeFacts.Trial.Outcome, at now: Instant
    ) -> [FollowUpAction] {
        guard waiting.removeValue(forKey: number) != nil else { return [] }
        facts.trials[number].outcome = outcome
        let trial = facts.trials[number]
        if trial.means == .segments {
            facts.trials[number].tries = 1
            if outcome == .passed, let began = dialogueBegan[number] {
                slowestDialogue = max(slowestDialogue ?? .zero, now - began)
            }
        }
        if phase == .ladder {
            if outcome == .passed, let position = trial.timeToLive {
                hostPosition = min(hostPosition ?? position, position)
            }
            return []
        }
        switch outcome {
        case .passed: search.note(passed: trial.size)
        case .tooBig(let mtu, _): search.note(lost: trial.size, reported: mtu)
        case .local(let mtu): search.note(lost: trial.size, reported: mtu)
        case .silence, .stoppedHere, .unacknowledged, .unanswered, .other, .expired: search.note(lost: trial.size)
        }
        return []
    }

    // MARK: The steps

    private mutating func proceed(at now: Instant) -> [FollowUpAction] {
        guard waiting.isEmpty || phase == .ladder else { return [] }
        switch phase {
        case .finished:
            return []
        case .segments, .datagrams, .echoes:
            guard let size = search.next else { return searched(at: now) }
            return whenAllowed(at: now) { $0.start(size, at: now) }
        case .confirming(let sizes):
            guard let size = sizes.first else { return confirmed(at: now) }
            return whenAllowed(at: now) {
                $0.phase = .confirming(Array(sizes.dropFirst()))
                return $0.start(size, at: now)
            }
        case .ladder:
            return climb(at: now)
        }
    }

    /// Who answers only so many datagrams a second must not look as if they were lost.
    private mutating func whenAllowed(
        at now: Instant, _ work: (inout Self) -> [FollowUpAction]
    ) -> [FollowUpAction] {
        if means == .datagram {
            let moment = allowance.moment(for: 1, after: now)
            if moment > now { return [.wake(at: moment)] }
        }
        return work(&self)
    }

    private mutating func searched(at now: Instant) -> [FollowUpAction] {
        guard let passed = search.passed else {
            switch phase {
            case .datagrams:
                // The host does not answer such datagrams; perhaps it answers these.
                phase = .echoes
                means = .echo
                search = SizeSearch(from: Self.smallestDatagram, to: situation.linkMTU, landmarks: [1_280])
                return proceed(at: now)
            default:
                // With small segments it is no better, or nothing can be measured.
                phase = .finished
                return []
            }
        }
        guard let lost = search.lost, facts.isLostSilently(lost, by: means) else { return confirmed(at: now) }
        phase = .confirming([passed, lost])
        return proceed(at: now)
    }

    /// The search by one means is over.
    private mutating func confirmed(at now: Instant) -> [FollowUpAction] {
        switch means {
        case .segments:
            // What is taken gets there: the way there needs no second look.
            guard facts.limits.first?.direction != .inward else {
                phase = .finished
                return []
            }
            measureDatagrams(near: [search.passed, search.lost].compactMap { $0 })
            return proceed(at: now)
        case .datagram where search.lost.map { facts.isLostSilently($0, by: .datagram) } ?? false:
            phase = .ladder
            return climb(at: now)
        case .datagram, .echo:
            phase = .finished
            return []
        }
    }

    /// Small and large ones side by side, a few positions at a time: the last hop from which both come back has passed
    /// the large one on.
    private mutating func climb(at now: Instant) -> [FollowUpAction] {
        guard waiting.isEmpty else { return [] }
        guard let lost = search.lost, hostPosition == nil, nextPosition <= Self.longestPath else {
            phase = .finished
            return []
        }
        var actions: [FollowUpAction] = []
        for position in nextPosition..<nextPosition + Self.ladderWindow {
            actions += start(Self.smallestDatagram, timeToLive: position, at: now)
            actions += start(lost, timeToLive: position, at: now)
        }
        // Two windows without a word are the end of what can be seen.
        let asked = facts.trials.filter { $0.timeToLive != nil }
        if nextPosition > Self.ladderWindow,
            asked.suffix(4 * Self.ladderWindow).allSatisfy({ $0.outcome == .silence })
        {
            nextPosition = Self.longestPath
        }
        nextPosition += Self.ladderWindow
        return actions
    }
}

extension PathSizeFacts {
    /// Nobody said why this size does not pass.
    func isLostSilently(_ size: Int, by means: Trial.Means) -> Bool {
        let tried = trials.filter { $0.means == means && $0.size == size && $0.timeToLive == nil }
        return !tried.isEmpty
            && tried.allSatisfy { trial in
                switch trial.outcome {
                case .silence, .stoppedHere, .unacknowledged, .unanswered: true
                case .passed, .tooBig, .expired, .local, .other: false
                }
            }
    }
}
