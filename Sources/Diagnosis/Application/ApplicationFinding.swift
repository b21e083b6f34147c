import Conversations
import PacketWire

/// What an application's first words add to a verdict that rests on the connection: what was said, and what went wrong.
struct ApplicationFinding {
    var evidence: [Evidence] = []
    var problem: Problem?
    /// What went well, where a probe asked for it; nil for nothing.
    var summary: String?
    /// From the first request to its answer; nil where there was none.
    var answeredAfter: TimeSpan?

    struct Problem {
        var verdict: Verdict
        var stage: Stage
        var mechanism: Mechanism
        var zones: [Zone]
        var confidence: Confidence
        var actor: IPAddress?
        var summary: String
        var advice: [String]
        var lookAlikes: [LookAlike] = []
    }
}

/// How a conversation went on after its first words.
struct Aftermath {
    enum End {
        /// By the responder, in so many words of TCP.
        case reset(ResetOrigin)
        case closed(frame: Int)
        /// Nothing came for so long; the initiator may have given up then.
        ///
        /// - Parameter isAcknowledged: the far end's TCP took the request; nil where that is not known.
        case silence(TimeSpan, isAcknowledged: Bool? = nil)
        /// It is not over.
        case open
    }

    let target: Target
    /// The capture dropped packets: an answer may be among them.
    let capturedWithLoss: Bool
    private let close: TCPClose?
    /// The responder said something behind its handshake, or was acknowledged for it: what is not known of an answer is
    /// then only not in the capture, or out of order.
    private let wasAnswered: Bool
    private let reset: ResetOrigin
    let until: Instant

    init(_ conversation: Conversation, _ facts: Facts) {
        target = facts.target
        until = facts.observedUntil
        capturedWithLoss = facts.capturedWithLoss
        close = conversation.analysis?.close
        wasAnswered = conversation.analysis?.hasHeardResponder ?? false
        reset = ResetOrigin(conversation.packets)
    }

    var wasClosedByResponder: Bool { close.map { !$0.byInitiator } ?? false }

    /// What came after a request that nobody answered.
    ///
    /// - Parameter patience: so long an answer may take.
    private func end(after request: Instant, patience: TimeSpan) -> End {
        guard !wasAnswered, !capturedWithLoss else { return .open }
        guard let close else {
            return until - request >= patience ? .silence(until - request) : .open
        }
        if close.byInitiator {
            return close.at - request >= patience ? .silence(close.at - request) : .open
        }
        guard close.manner == .reset else { return .closed(frame: Int(close.frame)) }
        return .reset(reset.at(Int(close.frame)))
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

extension Aftermath.End {
    /// Nil where it is not over.
    func problem(_ what: String, of target: Target, stage: Stage, advice: [String]) -> ApplicationFinding.Problem? {
        switch self {
        case .open: return nil
        case .reset(let origin): return origin.problem(what, of: target, stage: stage, advice: advice)
        case .closed(let frame):
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .closedByPeer, zones: [.destination],
                confidence: .likely, actor: target.address,
                summary:
                    "The connection was opened, and the server closed it upon \(what)\(Self.phrase(frame)), without a word.",
                advice: advice)
        case .silence(let span, false):
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .silentDrop, zones: [.path, .destination, .returnPath],
                confidence: .likely,
                summary:
                    "The connection was opened, and \(what) vanished: the far end's TCP had not acknowledged it after \(span.words).",
                advice: advice,
                lookAlikes: [
                    LookAlike(
                        cause: "packets of this size are lost, whatever is in them",
                        whyNotExcluded: "the handshake's own packets are small",
                        experiment: "try a smaller request, or a smaller MSS")
                ])
        case .silence(let span, let isAcknowledged):
            let taken = isAcknowledged == true ? ", though its TCP took it" : ""
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .noReply, zones: [.destination, .path, .returnPath],
                confidence: .likely,
                summary: "The connection was opened, and \(what) was not answered for \(span.words)\(taken).",
                advice: advice,
                lookAlikes: [
                    LookAlike(
                        cause: "a box on the way that reads \(what) swallows it, or the answer",
                        whyNotExcluded: "whether the server saw it is not known from here",
                        experiment: "capture on the server")
                ])
        }
    }

    private static func phrase(_ frame: Int) -> String { frame > 0 ? " (frame \(frame))" : "" }
}

extension TimeSpan {
    /// `8 s`, `3.2 s`, `250 ms`
    var words: String {
        let milliseconds = nanoseconds / 1_000_000
        if milliseconds < 1_000 { return "\(milliseconds) ms" }
        let tenths = milliseconds / 100 % 10
        return tenths == 0 || milliseconds >= 10_000
            ? "\(milliseconds / 1_000) s" : "\(milliseconds / 1_000).\(tenths) s"
    }
}

extension TCPAnalysis {
    /// Payload of the responder was seen, or the initiator acknowledged some that was not; or the capture has nothing of
    /// the responder, and says nothing about its answers.
    fileprivate var hasHeardResponder: Bool {
        if responder.packets == 0 || responder.payloadBytes > 0 { return true }
        // A FIN takes one number, and what comes before the numbers are known is no difference.
        let acknowledged = initiator.acknowledgementNumber &- responder.initialSequenceNumber
        return initiator.acknowledgementNumber != 0 && acknowledged > 2 && acknowledged < 1 << 31
    }
}

extension Mechanism {
    /// A stall in the segments themselves explains why nothing was answered.
    fileprivate var isOfTransfer: Bool { [.loss, .mtuBlackHole, .noReply].contains(self) }
}

extension TargetDiagnosis {
    /// With what the application said. A verdict on the segments stands, and gets the stage that the application was in.
    func withApplication(_ finding: ApplicationFinding?, stage: Stage?) -> TargetDiagnosis {
        guard let finding else { return self }
        var diagnosis = self
        diagnosis.evidence += finding.evidence
        if let stage {
            if stage == .tls { diagnosis.timing.tls = finding.answeredAfter }
            if stage == .application { diagnosis.timing.application = finding.answeredAfter }
        }
        guard let problem = finding.problem else {
            if verdict == .open, let good = finding.summary { diagnosis.summary += " \(good)" }
            return diagnosis
        }
        if self.stage == .transfer, mechanism?.isOfTransfer ?? false {
            diagnosis.stage = problem.stage
            return diagnosis
        }
        if verdict == .undetermined {
            // What it is stays unknown; that an answer was due is known now.
            diagnosis.summary = problem.summary
            diagnosis.advice = problem.advice + advice
            return diagnosis
        }
        guard verdict == .open || verdict == .degraded || self.stage == .application else {
            // Whoever answered in the host's place said this.
            if self.mechanism == .answeredByMiddlebox { diagnosis.summary += " \(problem.summary)" }
            return diagnosis
        }
        diagnosis.verdict = problem.verdict
        diagnosis.stage = problem.stage
        diagnosis.mechanism = problem.mechanism
        diagnosis.zones = problem.zones
        diagnosis.confidence = problem.confidence
        diagnosis.actor = problem.actor
        diagnosis.summary = problem.summary
        diagnosis.advice = problem.advice
        diagnosis.lookAlikes = problem.lookAlikes
        return diagnosis
    }
}

extension ApplicationExchange {
    /// What it says of the conversation that it was in.
    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        switch self {
        case .tls(let exchange): exchange.finding(aftermath)
        case .http(let exchange): exchange.finding(aftermath)
        case .ssh(let exchange): exchange.finding(aftermath)
        case .dns(let exchange): exchange.finding(aftermath)
        case .quic(let exchange): exchange.finding(aftermath)
        }
    }

    /// Whose time an answer takes, among those of the report.
    var stage: Stage? {
        switch self {
        case .tls: .tls
        case .http, .ssh: .application
        case .dns, .quic: nil
        }
    }
}
