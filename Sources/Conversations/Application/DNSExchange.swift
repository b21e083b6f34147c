public import PacketWire

/// Questions to a DNS server and what became of them.
public struct DNSExchange: Sendable, Hashable {
    /// Different questions; repetitions are not counted.
    public private(set) var questions = 0
    public private(set) var repetitions = 0
    public private(set) var answers = 0
    /// By the header's code: RFC 1035 section 4.1.1.
    public private(set) var failures: [DNSResponseCode: Int] = [:]
    public private(set) var noSuchName = 0
    public private(set) var truncated = 0
    /// Questions, asked once, with two answers that say different things: one of the two was forged.
    public private(set) var contradicted = 0
    /// The frames of the first such answers.
    public private(set) var contradiction: [Int] = []
    /// The second of them.
    public private(set) var secondAnswer: FirstAnswer?
    /// Answers to nothing that was waited for, while something else was.
    public private(set) var strays = 0
    /// A question came once more, though its answer had passed: whoever asked has not got it.
    public private(set) var wasAskedBehindAnswer = false
    /// The same, where the answer had passed a good while before: it was no matter of crossing on the way.
    public private(set) var unheardAnswers = 0
    /// Answers whose aliases lead in a ring, and the frame of the first.
    public private(set) var aliasRings = 0
    public private(set) var aliasRing = 0
    /// The largest answer that the first question allows by EDNS (RFC 6891 section 6.2.3); nil where it says nothing of it.
    public private(set) var firstRoom: UInt16?
    /// Of the questions that were answered.
    public private(set) var slowest = TimeSpan.zero
    /// The first question, the first that failed, and the one that took longest, undecoded.
    private var first: Seen<[UInt8]>?
    private var failed: Seen<[UInt8]>?
    private var pending: [Pending] = []
    /// Questions that nobody could wait for any more.
    private var lost = 0

    /// The latest answers to questions that were asked once.
    private var answered: [Answered] = []

    private struct Answered: Sendable, Hashable {
        var identifier: UInt16
        var hash: UInt64
        /// Of the whole answer: a copy that the capture made is the same to the last byte.
        var content: UInt64
        var at: Instant
        var frame: Int
    }

    private struct Pending: Sendable, Hashable {
        var wasRepeated = false
        var identifier: UInt16
        var hash: UInt64
        var at: Instant
        var frame: Int
    }

    /// Questions of one flow that are waited for at the same time.
    private static let mostPending = 64
    private static let mostAnswered = 4

    /// The first answer to a question that was asked, in short.
    public private(set) var firstAnswer: FirstAnswer?
    /// Why the first that came back is no answer to one, where that is so.
    public private(set) var misfit: ServiceReply.Mismatch?

    public struct FirstAnswer: Sendable, Hashable {
        public var code: DNSResponseCode
        /// In its answer section.
        public var records: UInt16
        /// It names servers, or the zone, beside its answer.
        public var hasAuthority: Bool
        public var isTruncated: Bool
        /// Bytes of the message, as far as they were read.
        public var size: Int
        /// All of it was read: the capture has it, and it all came.
        public var isWhole: Bool
    }

    /// - Parameter isCut: the capture has not the whole message, so that nothing is known of what it may lack.
    mutating func read(_ bytes: Span<UInt8>, isCut: Bool, fromInitiator: Bool, frame: Int, at: Instant) {
        let outline = DNSOutline(decoding: bytes)
        guard let message = outline, message.flags.isResponse != fromInitiator else {
            // A whole question is shorter.
            if !fromInitiator, !isCut || bytes.count >= 300 { note(outline.map(mismatch) ?? .init(shape: bytes)) }
            return
        }
        if fromInitiator {
            ask(message, bytes, frame, at)
        } else {
            answer(message, bytes, isCut, frame, at)
        }
    }

    private mutating func ask(_ message: DNSOutline, _ bytes: Span<UInt8>, _ frame: Int, _ at: Instant) {
        let same = pending.firstIndex { $0.identifier == message.identifier && $0.hash == message.questionHash }
        if let same {
            pending[same].wasRepeated = true
            repetitions += 1
            return
        }
        // Asked again after its answer: whatever comes now answers that.
        if !answered.isEmpty {
            answered.removeAll { old in
                guard old.identifier == message.identifier else { return false }
                if old.hash == message.questionHash {
                    wasAskedBehindAnswer = true
                    if at - old.at >= Self.shortestRetry { unheardAnswers += 1 }
                }
                return true
            }
        }
        questions += 1
        if first == nil {
            first = Seen(value: Self.copy(bytes, message.question), frame: frame, at: at)
            firstRoom = message.room(in: bytes)
        }
        if pending.count >= Self.mostPending {
            pending.removeFirst()
            lost += 1
        }
        pending.append(Pending(identifier: message.identifier, hash: message.questionHash, at: at, frame: frame))
    }

    private mutating func answer(
        _ message: DNSOutline, _ bytes: Span<UInt8>, _ isCut: Bool, _ frame: Int, _ at: Instant
    ) {
        guard
            let place = pending.firstIndex(where: {
                $0.identifier == message.identifier
                    && ($0.hash == message.questionHash || message.question.isEmpty)
            })
        else {
            if answered.isEmpty { note(.anotherTransaction) }
            if !pending.isEmpty { strays &+= 1 }
            return again(message, bytes, frame, at)
        }
        let asked = place == pending.count - 1 ? pending.removeLast() : pending.remove(at: place)
        noteFirst(message, bytes, isCut)
        if !asked.wasRepeated { remember(message, bytes, frame, at) }
        answers += 1
        slowest = max(slowest, at - asked.at)
        if message.flags.isTruncated { truncated += 1 }
        let code = message.flags.responseCode
        switch code {
        case .noError:
            guard message.beginsWithAlias(bytes), !isCut, DNSMessage.hasAliasRing(bytes) else { break }
            if aliasRings == 0 { aliasRing = frame }
            aliasRings += 1
        case .nonExistentDomain: noSuchName += 1
        default:
            failures[code, default: 0] += 1
            if failed == nil { failed = Seen(value: Self.copy(bytes, message.question), frame: frame, at: at) }
        }
    }

    private mutating func note(_ mismatch: ServiceReply.Mismatch) {
        if misfit == nil { misfit = mismatch }
    }

    /// Of a question that the responder sent.
    private func mismatch(_ message: DNSOutline) -> ServiceReply.Mismatch {
        pending.contains { $0.identifier == message.identifier && $0.hash == message.questionHash }
            ? .question : .noReply
    }

    private mutating func noteFirst(_ message: DNSOutline, _ bytes: Span<UInt8>, _ isCut: Bool) {
        guard firstAnswer == nil else { return }
        let answer = FirstAnswer(message, bytes, isCut: isCut)
        // An error needs neither the question nor a record; what says that all is well does.
        let isBroken =
            answer.code == .noError && !answer.isTruncated
            && (message.question.isEmpty || !isCut && !DNSOutline.isWhole(bytes))
        if isBroken { note(.malformed) } else { firstAnswer = answer }
    }

    private mutating func remember(_ message: DNSOutline, _ bytes: Span<UInt8>, _ frame: Int, _ at: Instant) {
        if answered.count >= Self.mostAnswered { answered.removeFirst() }
        answered.append(
            Answered(
                identifier: message.identifier, hash: message.questionHash, content: Self.content(bytes), at: at,
                frame: frame))
    }

    /// An answer that nobody waits for: to a question that has one already.
    private mutating func again(_ message: DNSOutline, _ bytes: Span<UInt8>, _ frame: Int, _ at: Instant) {
        guard
            let place = answered.firstIndex(where: {
                $0.identifier == message.identifier && $0.hash == message.questionHash
                    && at - $0.at <= Self.patience
            }), answered[place].content != Self.content(bytes)
        else { return }
        contradicted += 1
        if contradiction.isEmpty {
            contradiction = [answered[place].frame, frame]
            secondAnswer = FirstAnswer(message, bytes, isCut: false)
        }
        answered.remove(at: place)
    }

    private static func content(_ bytes: Span<UInt8>) -> UInt64 {
        var hash = FNV1a()
        hash.add(bytes)
        return hash.value
    }

    private static func copy(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] { bytes.array(range) }

    /// What was asked first.
    public var firstQuestion: Seen<DNSQuestion>? { Self.decoded(first) }
    /// What was asked when an answer with an error came first; nil where none did, or it did not say.
    public var failedQuestion: Seen<DNSQuestion>? { Self.decoded(failed) }

    private static func decoded(_ question: Seen<[UInt8]>?) -> Seen<DNSQuestion>? {
        guard let question, let decoded = DNSQuestion(decoding: question.value) else { return nil }
        return Seen(value: decoded, frame: question.frame, at: question.at)
    }

    /// Resolvers wait for 5 s as a rule (resolv.conf(5), `timeout`).
    public static let patience = TimeSpan.seconds(5)

    /// No resolver asks again sooner.
    private static let shortestRetry = TimeSpan.milliseconds(500)

    /// Questions that nobody had answered in time by then, and the frames of the first of them.
    public func unanswered(by end: Instant) -> (count: Int, frames: [Int]) {
        if pending.isEmpty { return (lost, []) }
        let waiting = pending.filter { end - $0.at >= Self.patience }
        return (waiting.count + lost, waiting.prefix(8).map(\.frame))
    }

    func isPlain(by end: Instant) -> Bool {
        answers > 0 && contradicted == 0 && unheardAnswers == 0 && aliasRings == 0 && failures.isEmpty
            && unanswered(by: end).count == 0 && slowest < .seconds(1)
    }

    /// Questions and answers of which nothing is counted but that they were there.
    func isOrdinary(by end: Instant) -> Bool { noSuchName == 0 && isPlain(by: end) }
}

extension DNSExchange.FirstAnswer {
    fileprivate init(_ message: DNSOutline, _ bytes: Span<UInt8>, isCut: Bool) {
        code = message.flags.responseCode
        isTruncated = message.flags.isTruncated
        // The header's counts: RFC 1035 section 4.1.1.
        records = UInt16(bytes[6]) << 8 | UInt16(bytes[7])
        hasAuthority = bytes[8] | bytes[9] != 0
        size = bytes.count
        isWhole = !isCut
    }
}

extension ServiceReply.Mismatch {
    /// Of bytes that are no message.
    fileprivate init(shape bytes: Span<UInt8>) {
        self = bytes.count < 12 ? .cut(count: bytes.count, needed: 12) : .malformed
    }
}
