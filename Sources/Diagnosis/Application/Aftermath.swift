package import Conversations
import PacketWire

/// How a conversation of a capture went on after its first words.
package struct Aftermath {
    package enum End {
        /// By the responder, in so many words of TCP.
        case reset(ResetOrigin)
        /// By the responder's FIN.
        ///
        /// - Parameter hadRequest: its TCP had taken something of the request by then; nil where that is not known.
        case closed(frame: Int, hadRequest: Bool?, by: CloseOrigin)
        /// Nothing came for so long; the initiator may have given up then.
        ///
        /// - Parameter isAcknowledged: the far end's TCP took the request; nil where that is not known.
        case silence(TimeSpan, isAcknowledged: Bool? = nil)
        /// Short segments of an answer came, and the full ones before them never did.
        ///
        /// - Parameter heard: how much came before the gap.
        case torso(TimeSpan, missing: UInt32, longestSeen: UInt16, heard: UInt32)
        /// Somebody says what stops it.
        case stopped(RequestStop)
        /// It is not over.
        case open
    }

    let target: Target
    /// The capture dropped packets: an answer may be among them.
    let capturedWithLoss: Bool
    /// Other hellos to the same server, where TLS failed.
    @AsideIfAny private(set) var application: ApplicationFacts?
    private let close: TCPClose?
    private let analysis: TCPAnalysis?
    /// How much of what the initiator says the responder's TCP had taken when it closed.
    private let takenByClose: UInt32?
    /// The responder's TCP took all that the initiator said.
    private let isTaken: Bool?
    private let missing: (bytes: UInt32, longestSeen: UInt16, heard: UInt32)?
    /// How long the answer is, as far as it came.
    private let answerLength: UInt32?
    private let packets: [SeenPacket]
    private let reset: ResetOrigin
    private let closeOrigin: CloseOrigin
    private let refusal: RequestStop?
    let until: Instant
    let isSavedProbe: Bool
    private let beganAt: Int64?
    /// Something else of the same client to the same port was.
    let areOthersAnswered: Bool
    /// The question hangs on what it asks for.
    let sameQuestion: SameQuestion?
    /// A saved probe knows how long it waited, and for what: no longer than this.
    private let mostPatience: TimeSpan?

    private static let patienceOfProbe = TimeSpan.seconds(5)
    /// A server has sent it again some times by then.
    private static let patienceWithTorso = TimeSpan.seconds(3)
    /// What no TCP takes is given up after a few repetitions.
    private static let patienceWithoutTCP = TimeSpan.seconds(1)

    package init(_ conversation: Conversation, _ facts: Facts) {
        target = facts.target
        until = facts.observedUntil
        capturedWithLoss = facts.capturedWithLoss
        application = facts.application
        close = conversation.analysis?.close
        analysis = conversation.analysis
        takenByClose = conversation.takenByClose
        isTaken = conversation.analysis?.isTaken(fromInitiator: true)
        let patience = isTaken == false ? Self.patienceWithoutTCP : Self.patienceOfProbe
        isSavedProbe = facts.isSavedProbe
        beganAt = facts.beganAt
        let asked = facts.attempts.first?.kind
        areOthersAnswered = facts.attempts.dropFirst().contains { attempt in
            guard attempt.kind == asked, case .reached = attempt.answer else { return false }
            return true
        }
        sameQuestion = facts.sameQuestion
        mostPatience = facts.isSavedProbe ? patience : nil
        answerLength = conversation.analysis?.streamLength(fromInitiator: false)
        missing = conversation.analysis?.missingMiddle
        packets = conversation.packets
        reset = ResetOrigin(
            conversation.packets, conversation.analysis?.close, holderDistance: facts.holderDistance)
        closeOrigin = CloseOrigin(conversation.packets, orElse: .far)
        let initiator = conversation.packets.first(where: \.fromInitiator)?.source
        refusal = RequestStop.refusal(among: conversation.packets) { $0 == initiator }
    }

    /// 2000-01-01T00:00:00Z
    private static let firstBelievable: Int64 = 946_684_800

    /// Seconds since 1970 by the capture's clock; nil where it has none.
    func clock(at moment: Instant) -> Int64? {
        guard let beganAt else { return nil }
        let seconds = (Instant(nanoseconds: beganAt) + (moment - .zero)).nanoseconds / 1_000_000_000
        // A recorder without a clock counts from its own start.
        return seconds > Self.firstBelievable ? seconds : nil
    }

    /// The server says something then to a client that has not said a word; nil where it has, or may have.
    func silentClient(at answer: Instant) -> SilentClient? {
        capturedWithLoss ? nil : analysis.flatMap { SilentClient($0, at: answer) }
    }

    var wasClosedByResponder: Bool { close.map { !$0.byInitiator } ?? false }
    func hasEnded(within span: TimeSpan, of start: Instant) -> Bool { close.map { $0.at - start <= span } ?? false }
    var wasClosedByInitiator: Bool { close?.byInitiator ?? false }

    /// What came after a request that nobody answered.
    ///
    /// - Parameters:
    ///   - before: how much both ends had said before it.
    ///   - patience: so long an answer may take.
    package func end(after request: Instant, before: StreamPlaces = StreamPlaces(), patience: TimeSpan) -> End {
        guard !capturedWithLoss else { return .open }
        if wasAnswered(beyond: before.responder) {
            let span = (close?.at ?? until) - request
            guard missing?.heard == 0 else { return .open }
            return torso(after: span, patience: patience) ?? .open
        }
        if let refusal { return .stopped(refusal) }
        return silentEnd(after: request, before: before, patience: patience)
    }

    private func torso(after span: TimeSpan, patience: TimeSpan) -> End? {
        guard let missing, isTaken == true, span >= min(patience, Self.patienceWithTorso) else { return nil }
        return .torso(span, missing: missing.bytes, longestSeen: missing.longestSeen, heard: missing.heard)
    }

    /// What came of something that takes several messages, of which some were seen and the initiator cannot go on without the
    /// others; nil where it may only not be over.
    ///
    /// - Parameter knownEnd: it does not end before that place of the responder's stream; nil where it does not end with what
    ///   was seen, however much that is.
    func unfinished(since request: Instant, before knownEnd: UInt32?, patience: TimeSpan) -> End? {
        if let torso = torso(patience: patience) { return torso }
        guard let quiet, let answerLength else { return nil }
        guard knownEnd.map({ answerLength < $0 }) ?? true, quiet >= patience else { return nil }
        return .silence(quiet, isAcknowledged: isTaken)
    }

    /// Full segments are missing from the middle of what the responder says, and the initiator waited for them until it closed,
    /// or waits still; nil where they are not.
    func torso(patience: TimeSpan) -> End? { quiet.flatMap { torso(after: $0, patience: patience) } }

    /// How long there was no progress at the end, where the responder did not make that; nil where it did, or something may be
    /// missing.
    private var quiet: TimeSpan? {
        guard !capturedWithLoss, let analysis else { return nil }
        if let close { return close.byInitiator ? close.quietBefore : nil }
        return until - max(analysis.initiator.lastSeen, analysis.responder.lastSeen)
    }

    /// How much the initiator said in its first segment behind a frame, where the responder had nothing but so many bytes
    /// to say to that, and closed at once; nil where it went on otherwise.
    func parting(behind frame: Int, length: UInt32, within span: TimeSpan) -> Int? {
        guard !capturedWithLoss, let close, !close.byInitiator, let analysis, let answerLength,
            let asked = packets.first(where: { $0.fromInitiator && $0.payloadLength > 0 && $0.frame > frame }),
            let heard = asked.tcp?.acknowledgementNumber, close.at >= asked.at, close.at - asked.at <= span,
            answerLength &- (heard &- analysis.responder.initialSequenceNumber &- 1) == length,
            // Who says goodbye first is answered in kind.
            !packets.contains(where: { $0.fromInitiator && $0.payloadLength == Int(length) && $0.at <= close.at })
        else { return nil }
        return asked.payloadLength
    }

    /// Where what the responder says is known, and nothing of it is an answer.
    private func silentEnd(after request: Instant, before: StreamPlaces, patience: TimeSpan) -> End {
        let span = (close?.at ?? until) - request
        if let close, !close.byInitiator {
            if close.manner == .reset {
                if isGivenUp(by: close, before) { return .silence(span, isAcknowledged: false) }
                return .reset(reset.at(Int(close.frame)))
            }
            let hadRequest = takenByClose.map { $0 > before.initiator }
            // Sent again and again in vain, it was lost before somebody lost patience.
            if hadRequest == false, span >= Self.patienceWithoutTCP { return .silence(span, isAcknowledged: false) }
            return .closed(frame: Int(close.frame), hadRequest: hadRequest, by: closeOrigin)
        }
        if isSavedProbe, let repeats = analysis?.repeatsUnheard { return .stopped(.unheard(repeats: repeats)) }
        return span >= min(patience, mostPatience ?? patience) ? .silence(span, isAcknowledged: isTaken) : .open
    }

    /// The host's reset comes long after what was last sent, again, of words that its TCP never took: it has lost patience
    /// with somebody of whom it heard nothing, and answers nothing.
    private func isGivenUp(by close: TCPClose, _ before: StreamPlaces) -> Bool {
        guard let analysis, analysis.initiator.retransmissions > 1, !reset.isNearer,
            let taken = analysis.takenOfInitiator, taken <= before.initiator,
            let said = packets.last(where: { $0.fromInitiator && $0.at <= close.at })
        else { return false }
        let reach = analysis.initialRoundTrip.map { max($0 + $0, Self.patienceWithoutTCP) }
        return close.at - max(said.at, analysis.initiator.lastSeen) >= reach ?? Self.patienceWithoutTCP
    }

    /// The responder said something behind that place, or was acknowledged for it: what is not known of an answer is
    /// then only not in the capture, or out of order.
    private func wasAnswered(beyond place: UInt32) -> Bool {
        guard let analysis else { return false }
        guard place > 0 else { return analysis.hasHeardResponder }
        return answerLength != place || analysis.heard.map { $0 > place } ?? true
    }

    /// The reset that came before an answer did: who resets says nothing more, so that one of the two is forged.
    func reset(after request: Instant, before answer: Instant) -> End? {
        guard let close, !close.byInitiator, close.manner == .reset, close.at >= request, close.at <= answer else {
            return nil
        }
        return .reset(reset.at(Int(close.frame)))
    }

    /// So much of the initiator's words came by, less than it announces, all of that was taken, and then nothing for as long as a
    /// server waits: how much, and how long. Nil where it was not so, or nobody seems to wait for it.
    func stuckRequest(before length: UInt32) -> (said: UInt32, waited: TimeSpan)? {
        guard !capturedWithLoss, let analysis, analysis.responder.payloadBytes == 0, !analysis.initiator.sentFIN,
            analysis.initiator.retransmissions == 0, let taken = analysis.takenOfInitiator
        else { return nil }
        if let close, close.byInitiator || close.manner == .reset { return nil }
        let said = UInt32(clamping: analysis.initiator.payloadBytes)
        guard said < length, taken == said,
            let last = packets.last(where: { $0.fromInitiator && $0.payloadLength > 0 }),
            packets.count < Conversation.keptPackets
        else { return nil }
        let waited = (close?.at ?? until) - last.at
        return waited >= Self.patienceOfClient ? (said, waited) : nil
    }

    /// How long it took from then to the end, or until now.
    func waited(since moment: Instant) -> TimeSpan? { (close?.at ?? until) - moment }

    /// Bytes that the initiator must have said, by its later numbers, and that were not seen.
    var missingOfInitiator: UInt32 {
        guard let side = analysis?.initiator, let length = analysis?.streamLength(fromInitiator: true) else { return 0 }
        let seen = side.payloadBytes &- side.repeatedBytes
        return seen < UInt64(length) ? length &- UInt32(seen) : 0
    }

    /// So much of the responder's stream is known.
    var received: Int {
        guard let answerLength else { return 0 }
        return min(Int(answerLength), Int(clamping: (analysis?.responder.payloadBytes ?? 0)))
    }

    /// What is missing of an answer may be its full segments: none of those came.
    var lookAlikeOfMissingSizes: [LookAlike] {
        guard let analysis, let segment = analysis.initiator.maximumSegmentSize,
            UInt32(analysis.responder.largestSegment) + 40
                < UInt32(min(segment, analysis.responder.maximumSegmentSize ?? .max))
        else { return [] }
        return [
            LookAlike(
                cause: "a path-MTU black hole on the way back",
                whyNotExcluded:
                    "no segment of more than \(analysis.responder.largestSegment) bytes came, and what follows is longer as a rule",
                experiment: "does a smaller MSS heal it? stallpoint probe tries that", isOnTheWay: true)
        ]
    }

    /// The responder's reset, where that ended it.
    package var resetEnd: End? {
        guard !capturedWithLoss, let close, close.manner == .reset, !close.byInitiator else { return nil }
        return .reset(reset.at(Int(close.frame)))
    }

    /// The responder's reset comes from nearer than its other packets.
    package var isResetNearer: Bool { resetEnd != nil && reset.isNearer }

    /// Of so many bytes of the responder's, those that came before a reset which its own words contradict: what comes
    /// behind one, nobody takes any more.
    func taken(of received: Int) -> Int {
        guard let close, close.isContradicted else { return received }
        return min(received, Int(analysis?.heard ?? 0))
    }

    /// What ended an answer that began and is not whole: all that the responder said was read, so much of it. Nil where
    /// it is not over, or more came than was read.
    func breakOff(
        since request: Instant, before: StreamPlaces = StreamPlaces(), read: UInt32, patience: TimeSpan
    ) -> End? {
        guard !capturedWithLoss, read > before.responder, answerLength == read else { return nil }
        let end = silentEnd(after: request, before: before, patience: patience)
        if case .open = end { return nil }
        return end
    }

    /// What ended an answer before it was that long, and how long it is; nil where nothing did. A probe asks for the
    /// beginning only.
    func breakOff(before length: UInt32?, since request: Instant) -> (end: End, received: UInt32)? {
        guard let length, !capturedWithLoss, let answerLength else { return nil }
        if isSavedProbe {
            guard let heard = analysis?.heard, heard < min(length, HTTPFact.longestWanted) else { return nil }
            return (silentEnd(after: request, before: StreamPlaces(), patience: .zero), heard)
        }
        guard analysis?.breaksOff(before: length) == true else { return nil }
        return (silentEnd(after: request, before: StreamPlaces(), patience: .zero), answerLength)
    }

    /// A client that is served waits for no longer than that as a rule.
    static let patienceOfClient = TimeSpan.seconds(5)

    /// The initiator gave up, and said so with a reset when the answer came after all; nil where it did not. Who only
    /// says that it has no more to ask (a half-closed connection) does that at once, and takes the answer.
    func tooLate(after request: Instant, answer: Instant) -> End? {
        guard let close, close.byInitiator, close.resetByInitiator, close.at < answer,
            close.at - request >= .seconds(1)
        else { return nil }
        return .silence(close.at - request, isAcknowledged: isTaken)
    }

    /// The answer comes a few bytes a second: for how long, and how much has come.
    ///
    /// - Parameter length: how long it is to be.
    func trickle(before length: UInt32) -> (after: TimeSpan, received: UInt32)? {
        guard !capturedWithLoss, let answerLength else { return nil }
        return analysis?.trickle(before: length).map { ($0, answerLength) }
    }

    /// The initiator gave up in the middle of an answer that had not gone on for a while: how long, and how much had
    /// come; nil where it did not.
    func givenUp(before length: UInt32) -> (after: TimeSpan, received: UInt32)? {
        guard !capturedWithLoss, let close, close.byInitiator, close.quietBefore >= Self.patienceOfClient,
            let answerLength, answerLength < length
        else { return nil }
        return (close.quietBefore, answerLength)
    }

    /// The stall that an unanswered request is; nil while an answer may still come.
    ///
    /// - Parameter what: `the ClientHello for example.com`
    func problem(
        _ what: String, at request: Instant, stage: Stage, patience: TimeSpan, advice: [String]
    ) -> ApplicationFinding.Problem? {
        end(after: request, patience: patience).problem(what, of: target, stage: stage, advice: advice)
    }
}

extension Conversation {
    /// Bytes of the initiator's that the responder had acknowledged with the FIN that came first; nil where no such FIN
    /// is among the packets.
    fileprivate var takenByClose: UInt32? {
        guard let analysis, let close = analysis.close, !close.byInitiator, close.manner == .fin,
            let fin = packets.last(where: { $0.frame == Int(close.frame) })?.tcp, fin.flags.contains(.ack)
        else { return nil }
        let taken = fin.acknowledgementNumber &- analysis.initiator.initialSequenceNumber &- 1
        return taken < 1 << 31 ? taken : nil
    }
}

extension TCPAnalysis {
    /// Bytes of the initiator's that the responder acknowledged; nil where it acknowledged nothing.
    fileprivate var takenOfInitiator: UInt32? {
        guard responder.acknowledged != 0 else { return nil }
        // The SYN takes one.
        let taken = responder.acknowledged &- initiator.initialSequenceNumber &- 1
        return taken < 1 << 31 ? taken : nil
    }

    /// Bytes of the responder's that the initiator acknowledged; nil where it acknowledged nothing.
    fileprivate var heard: UInt32? {
        guard initiator.acknowledged != 0 else { return nil }
        let numbers = initiator.acknowledged &- responder.initialSequenceNumber
        // The SYN takes one, and a FIN.
        return numbers > 1 && numbers < 1 << 31 ? numbers &- (responder.sentFIN ? 2 : 1) : 0
    }

    /// How often the responder said again what had passed the tap and was never acknowledged; nil where it is not more than
    /// once, for one copy may be lost behind the tap.
    fileprivate var repeatsUnheard: Int? {
        hasUnheardBytes && responder.retransmissions > 1 ? Int(responder.retransmissions) : nil
    }

    /// Payload of the responder was seen, or the initiator acknowledged some that was not; or the capture has nothing of
    /// the responder, and says nothing about its answers.
    fileprivate var hasHeardResponder: Bool {
        if responder.packets == 0 || responder.payloadBytes > 0 { return true }
        return initiator.acknowledged != 0 && hasHeardAnswer
    }
}
