public import Conversations
public import Diagnosis
public import PacketWire

/// What one resolver itself says of a name: asked over UDP, repeated once, and over TCP where the answer is cut
/// (RFC 1035 section 4.2, RFC 7766 section 5). After an answer it goes on listening for a moment: a second answer that
/// says something else shows that one of the two was forged on the way. Events in, actions out.
public struct NameInquiry: Sendable {
    public enum Action: Sendable, Hashable {
        /// A datagram.
        case send([UInt8])
        /// These bytes over a connection to the same server, which is opened for the first of them.
        case stream([UInt8])
    }

    public enum Event: Sendable {
        case datagram([UInt8])
        /// Datagrams do not get there: a system error, or an ICMP error.
        case unreachable(QuestionObstacle)
        case stream([UInt8])
        /// The connection came to its end, or never stood.
        case streamEnded(QuestionObstacle)
        case time
    }

    fileprivate struct Question {
        var message: DNSMessage
        var outcome: ResolutionFact.Outcome?
        /// What the outcome is, where no answer came.
        var obstacle: QuestionObstacle?
        var settledAt: Instant?
        var contradiction: ResolutionFact.Outcome?
        /// Since when it is asked over TCP.
        var streamSince: Instant?

        mutating func settle(_ outcome: ResolutionFact.Outcome, at now: Instant) {
            guard self.outcome == nil else { return }
            self.outcome = outcome
            settledAt = now
        }

        mutating func settle(_ obstacle: QuestionObstacle, at now: Instant) {
            guard outcome == nil else { return }
            self.obstacle = obstacle
            settle(.refused(code: obstacle.description), at: now)
        }
    }

    private static let patience = TimeSpan.milliseconds(2_400)
    private static let repeatAfter = TimeSpan.milliseconds(1_000)

    public let server: IPAddress
    private let isNamed: Bool
    private let startedAt: Instant
    private var questions: [Question]
    private var wasRepeated = false
    private var isOutOfReach = false
    /// The first datagram that came from it and answers nothing that it was asked.
    private var foreign: ServiceReply.Mismatch?
    private var stream = DNSStream()
    /// How the connection ended: no second one is opened.
    private var streamObstacle: QuestionObstacle?

    /// - Parameters:
    ///   - types: each is a question of its own.
    ///   - identifier: of the first question; nobody else should be able to guess it.
    public init(
        _ name: DNSName, _ types: [DNSType], server: IPAddress, isNamed: Bool, identifier: UInt16, at now: Instant
    ) {
        self.server = server
        self.isNamed = isNamed
        startedAt = now
        // Without EDNS: what an old resolver or a middlebox makes of that is another question.
        questions = types.enumerated().map { index, type in
            Question(message: .query(name, type, identifier: identifier &+ UInt16(index), edns: nil))
        }
    }

    public func begin() -> [Action] { questions.map { .send($0.message.encoded()) } }

    /// Nothing more is waited for.
    public func isSettled(at now: Instant) -> Bool {
        questions.allSatisfy { question in
            guard let settledAt = question.settledAt else { return false }
            return !question.mayBeContradicted || question.contradiction != nil
                || now - settledAt >= ResolutionFact.contradictionWindow(after: settledAt - startedAt)
        }
    }

    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .datagram(let bytes): return receive(bytes, at: now)
        case .unreachable(let obstacle):
            isOutOfReach = true
            for index in questions.indices where questions[index].streamSince == nil {
                questions[index].settle(obstacle, at: now)
            }
            return []
        case .stream(let bytes):
            for message in stream.append(bytes) { read(message, at: now) }
            return []
        case .streamEnded(let obstacle):
            streamObstacle = obstacle
            for index in questions.indices where questions[index].streamSince != nil {
                questions[index].settle(obstacle, at: now)
            }
            return []
        case .time: return wait(at: now)
        }
    }

    private mutating func wait(at now: Instant) -> [Action] {
        for index in questions.indices {
            let since = questions[index].streamSince ?? startedAt
            if now - since >= Self.patience { questions[index].settle(.silent, at: now) }
        }
        guard !wasRepeated, !isOutOfReach, now - startedAt >= Self.repeatAfter else { return [] }
        let open = questions.filter { $0.outcome == nil && $0.streamSince == nil }
        guard !open.isEmpty else { return [] }
        wasRepeated = true
        return open.map { .send($0.message.encoded()) }
    }

    private mutating func receive(_ bytes: [UInt8], at now: Instant) -> [Action] {
        // Anything that is not the answer to a question of ours is not an answer.
        guard let answer = try? DNSMessage(decoding: bytes.span),
            let index = questions.firstIndex(where: { answer.answers($0.message) }),
            let outcome = Self.outcome(answer)
        else {
            foreign = foreign ?? mismatch(bytes)
            return []
        }
        if let first = questions[index].outcome {
            // To a question that was asked twice two answers come, and they may differ.
            if questions[index].mayBeContradicted, !wasRepeated, !answer.flags.isTruncated {
                if outcome.contradicts(first) { questions[index].contradiction = outcome }
            }
            return []
        }
        guard answer.flags.isTruncated else {
            questions[index].settle(outcome, at: now)
            return []
        }
        guard questions[index].streamSince == nil else { return [] }
        questions[index].streamSince = now
        if let streamObstacle {
            questions[index].settle(streamObstacle, at: now)
            return []
        }
        return [.stream(questions[index].message.encodedForTCP())]
    }

    /// What a datagram is that answers none of the questions.
    private func mismatch(_ bytes: [UInt8]) -> ServiceReply.Mismatch {
        guard bytes.count >= 12 else { return .cut(count: bytes.count, needed: 12) }
        guard let message = try? DNSMessage(decoding: bytes.span) else { return .anotherProtocol }
        if !message.flags.isResponse {
            return questions.contains { $0.message.encoded() == bytes } ? .question : .noReply
        }
        return questions.contains { message.answers($0.message) } ? .malformed : .anotherTransaction
    }

    private mutating func read(_ message: [UInt8], at now: Instant) {
        guard let answer = try? DNSMessage(decoding: message.span),
            let index = questions.firstIndex(where: { $0.streamSince != nil && answer.answers($0.message) }),
            let outcome = Self.outcome(answer)
        else { return }
        questions[index].settle(outcome, at: now)
    }

    /// A resolver is asked to look the name up: one that only leads on has found no address.
    private static func outcome(_ answer: DNSMessage) -> ResolutionFact.Outcome? {
        let outcome = ResolutionFact.Outcome(readable: answer)
        if case .leadsOn = outcome { return .noAddress }
        return outcome
    }

    /// What the server says, by now.
    public var answer: ResolutionFact.ServerAnswer {
        let outcomes = questions.compactMap(\.outcome)
        let last = questions.compactMap(\.settledAt).max()
        var answer = ResolutionFact.ServerAnswer(
            server: server, outcome: ResolutionFact.Outcome(joining: outcomes),
            elapsed: last.map { $0 - startedAt } ?? Self.patience, isNamed: isNamed)
        answer.obstacle = questions.first { $0.outcome == answer.outcome }?.obstacle
        if outcomes.contains(where: \.isOfTheName) {
            answer.unanswered = questions.filter { $0.outcome == .silent }.flatMap { $0.message.questions.map(\.type) }
        }
        answer.foreign = foreign
        answer.wasCut = questions.contains { $0.streamSince != nil }
        if let forged = questions.first(where: { $0.contradiction != nil }) {
            // The pair that contradicts itself, rather than what both questions make together.
            answer.outcome = forged.outcome ?? answer.outcome
            answer.contradiction = forged.contradiction
        }
        return answer
    }
}

extension NameInquiry.Question {
    /// An answer by datagram may have come from anybody.
    fileprivate var mayBeContradicted: Bool { outcome?.isOfTheName ?? false && streamSince == nil }
}

extension ResolutionFact.Outcome {
    /// What answers to questions for several types of one name say together.
    init(joining outcomes: [Self]) {
        let addresses = outcomes.flatMap { outcome -> [IPAddress] in
            if case .addresses(let addresses) = outcome { addresses } else { [] }
        }
        if !addresses.isEmpty {
            self = .addresses(addresses)
        } else if outcomes.contains(.noSuchName) {
            self = .noSuchName
        } else if let refusal = outcomes.first(where: { if case .refused = $0 { true } else { false } }) {
            self = refusal
        } else {
            self = outcomes.contains(.noAddress) && !outcomes.contains(.silent) ? .noAddress : .silent
        }
    }
}
