public import Conversations
public import Diagnosis
public import PacketWire

/// The plan that finds the largest packet of a path, to the byte, and the hop after which larger ones vanish.
///
/// Where a dialogue has stalled, it is repeated with small segments first: if that does not heal it, size is not the
/// matter and nothing else is sent. The way there is measured with datagrams to a port that nobody uses, which need no
/// privilege, put no byte into anybody's protocol, and are answered by something small; where the host does not
/// answer those, with echo requests. What they find, two dialogues on either side of it confirm; only where they find
/// nothing, as on the way back, are dialogues all there is to search with.
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
        /// The far end's TCP took what was said there; nil where that is not known.
        public var isTaken: Bool?
        public var agreedSegment: Int?

        public init(_ occasion: PathSizeFacts.Occasion, _ family: IPFamily, linkMTU: Int) {
            (self.occasion, self.family, self.linkMTU) = (occasion, family, linkMTU)
        }
    }

    typealias Means = PathSizeFacts.Trial.Means

    enum Phase: Hashable {
        /// Do small segments heal the dialogue?
        case healing
        /// For the turn to send datagrams.
        case waiting
        case searching
        /// The boundary once more, from both sides: what is lost by chance does not repeat itself.
        case confirming(isSent: Bool)
        case ladder
        case finished
    }

    let situation: Situation
    var facts: PathSizeFacts
    var phase = Phase.finished
    var search: SizeSearch
    var means = Means.datagram
    /// What is measured with when the search by `means` is over.
    var remaining: [Means] = []
    /// Where the search by other means ended: worth a try before anything else.
    var boundary: [Int] = []
    /// The trials that are on their way, and until when each is waited for.
    private(set) var waiting: [Int: Instant] = [:]
    /// What the host has to spend on this machine, whichever target asks for it.
    var allowance = ICMPAllowance(at: .zero)
    var hasTurn = false
    private var dialogueBegan: [Int: Instant] = [:]
    private var slowestDialogue: TimeSpan?
    /// The next position of the ladder, and the host's.
    var nextPosition = 1
    private(set) var hostPosition: Int?
    /// Until when the routers are left alone before the rungs that decide are asked again.
    var rest: Instant?

    static let ladderWindow = 5
    static let longestPath = 30
    static let mostTries = 2
    /// Whatever a path answers, it is left alone after so many: three searches and the whole of a ladder are fewer.
    static let mostTrials = 160
    /// Sizes side by side: more would end sooner, but for the few answers a second that a host gives, and for the
    /// eight packets of a dialogue.
    static let sizesAtOnce = 2
    /// The search by datagrams: a dozen sizes and the boundary, silent ones twice; the boundary twice more where chance
    /// is at work; two windows of the ladder, and some rungs of it once more.
    static let mostPackets = 36 + 5 * ladderWindow

    public init(_ situation: Situation) {
        self.situation = situation
        facts = PathSizeFacts(situation.occasion, linkMTU: situation.linkMTU)
        facts.agreedSegment = situation.agreedSegment
        search = SizeSearch(from: 0, to: 0)
    }

    public var progressPhrase: String { "measuring packet sizes" }

    public var isFinished: Bool { phase == .finished }

    public func testify(_ facts: inout Facts) {
        // Where its turn never came, nothing was measured.
        if !self.facts.trials.isEmpty { facts.pathSize = self.facts }
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
        case .answered, .unserved: .passed
        case .expired(let sender): .expired(by: sender)
        case .tooBig(let mtu, let sender): trial.means == .segments ? nil : .tooBig(mtu: mtu, by: sender)
        case .tooBigHere(let mtu): .local(mtu: mtu)
        case .silent(let isAcknowledged): isAcknowledged == false ? .unacknowledged : .unanswered
        case .failed(let error) where error?.isNamed("EPERM") ?? false: .stoppedHere
        case .heard, .foreign, .alive, .lost, .closed, .rejected, .failed: .other
        }
    }

    mutating func start(_ size: Int, timeToLive: Int? = nil, at now: Instant) -> [FollowUpAction] {
        let number = facts.trials.count
        guard number < Self.mostTrials else {
            phase = .finished
            return []
        }
        facts.trials.append(PathSizeFacts.Trial(means, size: size, timeToLive: timeToLive))
        let work: FollowUpOrder.Work =
            switch means {
            case .datagram: .datagram(size: size, timeToLive: timeToLive)
            case .echo: .echo(size: size)
            case .segments: .dialogue(size: size)
            }
        if means == .segments { dialogueBegan[number] = now }
        if means == .datagram, timeToLive == nil { allowance.spend(1, at: now) }
        let until = now + patience
        waiting[number] = until
        let look = means == .segments && slowestDialogue != nil ? [FollowUpAction.wake(at: now + untilUnheard)] : []
        return [.start(FollowUpOrder(number, work)), .wake(at: until)] + look
    }

    /// What the far end's TCP has not taken after two repetitions is lost: RFC 6298 has them come after 200 ms on
    /// Linux, or after three round trips of a new connection, and then after twice as long.
    private var untilUnheard: TimeSpan {
        max(.milliseconds(700), TimeSpan(nanoseconds: roundTrip.nanoseconds * 10))
    }

    /// A datagram gets four round trips. A dialogue gets twice what it took with small segments, and the kernel's
    /// first two repetitions of what is lost (RFC 6298: after 200 ms on Linux, then doubled) fall into that.
    private var patience: TimeSpan {
        guard means == .segments else {
            return max(.milliseconds(250), TimeSpan(nanoseconds: roundTrip.nanoseconds * 4))
        }
        guard let slowestDialogue else { return situation.isTaken == false ? .seconds(2) : .seconds(3) }
        let whole = min(slowestDialogue.nanoseconds, 1_000_000_000) * 2 + 700_000_000
        return TimeSpan(nanoseconds: min(whole, 4_000_000_000))
    }

    private var roundTrip: TimeSpan { min(situation.roundTrip ?? .milliseconds(50), .milliseconds(500)) }

    /// What has waited long enough: once more, or it is silence.
    private mutating func overdue(at now: Instant) -> [FollowUpAction] {
        var actions = unheard(at: now)
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

    /// Dialogues that have waited long enough for the far end's TCP, though not for its service.
    private func unheard(at now: Instant) -> [FollowUpAction] {
        guard means == .segments, slowestDialogue != nil else { return [] }
        return waiting.keys.sorted().filter { number in
            dialogueBegan[number].map { now >= $0 + untilUnheard } ?? false
        }.map { .stopUnheard($0) }
    }

    private mutating func settle(
        _ number: Int, _ outcome: PathSizeFacts.Trial.Outcome, at now: Instant
    ) -> [FollowUpAction] {
        guard waiting.removeValue(forKey: number) != nil else { return [] }
        facts.trials[number].outcome = outcome
        let trial = facts.trials[number]
        // Only the host's own answers count, and of the ladder only what got as far as the host.
        if trial.means == .datagram, (trial.timeToLive == nil) != (outcome == .passed) {
            allowance.spend(outcome == .passed ? 1 : -1, at: now)
        }
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
}
