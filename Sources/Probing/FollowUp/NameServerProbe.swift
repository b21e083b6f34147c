public import Conversations
public import Diagnosis
public import PacketWire

/// The plan that asks a DNS server, which is the target, its question in every way that a resolver may need: over UDP
/// without EDNS, with room for a long answer, and over TCP, which a server owes as well (RFC 7766 section 5).
///
/// An answer by datagram is listened behind for a moment: a second one that says something else shows that one of the two
/// was forged. Where only the question with more room stays silent, or is refused, it is asked with EDNS and as little room
/// as without it, beside the plain one: what is lost is then the size, or EDNS.
public struct NameServerProbe: FollowUpPlan {
    fileprivate struct Asking {
        var ask: NameServerFacts.Ask
        var message: DNSMessage
        var since: Instant
        var settledAt: Instant?
        var hasStopped = false
    }

    private let question: DNSQuestion
    private let asksDatagrams: Bool
    private let hasWire: Bool
    private let identifier: UInt16
    private var asking: [Asking] = []
    private var hasNarrowed = false
    private var echoPassed: Int?
    public private(set) var isFinished = false

    static let patience = TimeSpan.milliseconds(2_400)
    static let repeatAfter = TimeSpan.milliseconds(1_000)
    /// Packets at most, the kernel's repetitions not counted.
    public static let mostPackets = 17
    /// Of an echo request: what leads questions to another server leaves that alone. Nobody waits for its answer.
    public static let echoNumber = 64
    private static let echoSize = 64

    /// - Parameters:
    ///   - asksDatagrams: UDP got an answer; where it did not, more of the same tells nothing.
    ///   - identifier: of the first question; nobody else should be able to guess it.
    public init(_ question: DNSQuestion, asksDatagrams: Bool, hasWire: Bool, identifier: UInt16) {
        self.question = question
        self.asksDatagrams = asksDatagrams
        self.hasWire = hasWire
        self.identifier = identifier
    }

    public func testify(_ facts: inout Facts) {
        facts.nameServer = NameServerFacts(question, asks: asking.map(\.ask))
        facts.nameServer?.echoPassed = echoPassed
    }

    public var progressPhrase: String { "asking the server in other ways" }

    public mutating func begin(at now: Instant) -> [FollowUpAction] {
        var actions: [FollowUpAction] = []
        if asksDatagrams {
            actions += start(.udp, room: nil, at: now) + start(.udp, room: NameServerFacts.usualRoom, at: now)
            // Only the wire tells how far its answer has come.
            if hasWire { actions.append(.start(FollowUpOrder(Self.echoNumber, .echo(size: Self.echoSize)))) }
        }
        return actions + start(.tcp, room: nil, at: now)
    }

    private mutating func start(_ transport: Transport, room: UInt16?, at now: Instant) -> [FollowUpAction] {
        let number = asking.count
        let message = DNSMessage.query(
            question.name, question.type, identifier: identifier &+ UInt16(number),
            edns: room.map { EDNS(payloadSize: $0) })
        var ask = NameServerFacts.Ask(transport, room: room)
        ask.wasSeenLeaving = hasWire ? false : nil
        asking.append(Asking(ask: ask, message: message, since: now))
        let bytes = transport == .udp ? message.encoded() : message.encodedForTCP()
        return [
            .start(FollowUpOrder(number, .ask(bytes, over: transport))), .wake(at: now + Self.repeatAfter),
            .wake(at: now + Self.patience),
        ]
    }

    public mutating func note(_ packet: SeenPacket, number: Int) {
        if number == Self.echoNumber, packet.kind == .echoReply { echoPassed = packet.timeToLive.routersPassed }
        guard asking.indices.contains(number) else { return }
        if packet.fromInitiator {
            asking[number].ask.wasSeenLeaving = true
        } else if packet.icmpError == nil {
            asking[number].ask.wasSeenAnswered = true
            if asking[number].ask.routersPassed == nil {
                asking[number].ask.routersPassed = packet.timeToLive.routersPassed
            }
            asking[number].ask.longestSeen = max(asking[number].ask.longestSeen, packet.payloadLength)
        }
    }

    public mutating func handle(_ event: FollowUpEvent, at now: Instant) -> [FollowUpAction] {
        guard !isFinished else { return [] }
        var actions: [FollowUpAction] = []
        switch event {
        case .time: actions = wait(at: now)
        case .outcome(let number, let outcome):
            guard asking.indices.contains(number) else { return [] }
            hear(outcome, number, at: now)
            if let settledAt = asking[number].settledAt, asking[number].mayBeContradicted {
                actions.append(.wake(at: settledAt + asking[number].window))
            }
        }
        return actions + proceed(at: now)
    }

    private mutating func hear(_ outcome: FollowUpOutcome, _ number: Int, at now: Instant) {
        switch outcome {
        case .connected: asking[number].ask.hasConnected = true
        case .heard(let bytes): asking[number].hear(bytes, at: now)
        case .closed(let isReset): asking[number].settle(.closed(isReset: isReset), at: now)
        case .failed(let error): asking[number].settle(.refused(error), at: now)
        default: break
        }
    }

    private mutating func wait(at now: Instant) -> [FollowUpAction] {
        var actions: [FollowUpAction] = []
        for number in asking.indices where asking[number].settledAt == nil {
            if now - asking[number].since >= Self.patience {
                // What came in the place of an answer is all there is.
                asking[number].settle(asking[number].ask.result, at: now)
            } else if asking[number].ask.transport == .udp, asking[number].ask.tries == 1,
                now - asking[number].since >= Self.repeatAfter
            {
                asking[number].ask.tries = 2
                actions.append(.again(number))
            }
        }
        return actions
    }

    private mutating func proceed(at now: Instant) -> [FollowUpAction] {
        var actions: [FollowUpAction] = []
        for number in asking.indices where !asking[number].hasStopped && asking[number].isOver(at: now) {
            asking[number].hasStopped = true
            actions.append(.stop(number))
        }
        guard asking.allSatisfy(\.hasStopped) else { return actions }
        let told = NameServerFacts(question, asks: asking.map(\.ask))
        if !hasNarrowed, told.plain?.isAnswered ?? false, told.roomy?.isStopped ?? false {
            hasNarrowed = true
            return actions + start(.udp, room: NameServerFacts.plainRoom, at: now) + start(.udp, room: nil, at: now)
        }
        isFinished = true
        return actions
    }
}

extension NameServerProbe.Asking {
    fileprivate mutating func settle(_ result: NameServerFacts.Ask.Result, at now: Instant) {
        guard settledAt == nil else { return }
        ask.result = result
        settledAt = now
        if ask.isAnswered { ask.elapsed = now - since }
    }

    fileprivate mutating func hear(_ bytes: [UInt8], at now: Instant) {
        guard let answer = try? DNSMessage(decoding: bytes.span), answer.answers(message) else {
            return hear(foreign: UDPService.dnsMismatch(bytes, message), at: now)
        }
        guard let outcome = ResolutionFact.Outcome(readable: answer) else { return hear(foreign: .malformed, at: now) }
        guard let first = ask.outcome else {
            ask.isCut = answer.flags.isTruncated
            ask.size = bytes.count
            return settle(.answered(outcome), at: now)
        }
        // To a question that was asked twice two answers come, and they may differ.
        guard mayBeContradicted, !answer.flags.isTruncated, outcome.contradicts(first) else { return }
        ask.contradiction = outcome
    }

    private mutating func hear(foreign mismatch: ServiceReply.Mismatch, at now: Instant) {
        guard settledAt == nil else { return }
        // A datagram may have come from anybody. Whoever answers a connection otherwise than it was asked does not stop: it
        // is not listened to any longer.
        if ask.transport == .tcp { return settle(.foreign(mismatch), at: now) }
        ask.result = .foreign(mismatch)
    }

    /// An answer by datagram may have come from anybody.
    fileprivate var mayBeContradicted: Bool {
        ask.transport == .udp && ask.room == nil && ask.tries == 1 && !ask.isCut && ask.contradiction == nil
            && ask.outcome?.isOfTheName ?? false
    }

    fileprivate var window: TimeSpan { ResolutionFact.contradictionWindow(after: ask.elapsed ?? .zero) }

    fileprivate func isOver(at now: Instant) -> Bool {
        guard let settledAt else { return false }
        return !mayBeContradicted || now - settledAt >= window
    }
}
