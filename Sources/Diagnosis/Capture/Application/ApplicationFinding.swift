import Conversations
import PacketWire

/// What an application's first words add to a verdict that rests on the connection: what was said, and what went wrong.
struct ApplicationFinding {
    var evidence: [Evidence] = []
    var problem: Problem?
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
        case reset(sameDistance: Bool?, frame: Int)
        case closed(frame: Int)
        /// Nothing came for so long; the initiator may have given up then.
        case silence(TimeSpan)
        /// It is not over.
        case open
    }

    let initiator: IPAddress
    let target: Target
    let close: TCPClose?
    /// Routers that the responder's SYN-ACK and its reset had passed.
    private let distances: (answer: Int?, reset: Int?)
    let until: Instant

    init(_ conversation: Conversation, _ target: Target, until: Instant) {
        initiator = conversation.initiator
        self.target = target
        self.until = until
        close = conversation.analysis?.close
        let answers = conversation.packets.filter { !$0.fromInitiator }
        distances = (
            answers.first { $0.tcp?.flags.contains(.syn) ?? false }?.timeToLive.routersPassed,
            answers.last { $0.tcp?.flags.contains(.rst) ?? false }?.timeToLive.routersPassed
        )
    }

    /// What came after a request that nobody answered.
    ///
    /// - Parameter patience: so long an answer may take.
    func end(after request: Instant, patience: TimeSpan) -> End {
        guard let close else {
            return until - request >= patience ? .silence(until - request) : .open
        }
        if close.byInitiator {
            return close.at - request >= patience ? .silence(close.at - request) : .open
        }
        guard close.manner == .reset else { return .closed(frame: Int(close.frame)) }
        let same = distances.answer.flatMap { answer in distances.reset.map { $0 == answer } }
        return .reset(sameDistance: same, frame: Int(close.frame))
    }

    /// The stall that an unanswered request is; nil while an answer may still come.
    ///
    /// - Parameter what: `the ClientHello for example.com`
    func problem(
        _ what: String, at request: Instant, stage: Stage, patience: TimeSpan, advice: [String]
    ) -> ApplicationFinding.Problem? {
        switch end(after: request, patience: patience) {
        case .open: return nil
        case .reset(let same, let frame):
            let whose =
                switch same {
                case true?: ", from as far away as the SYN-ACK"
                case false?: ", from another distance than the SYN-ACK"
                case nil: ""
                }
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .tcpReset,
                zones: same == false ? [.path, .destination] : [.destination, .path], confidence: .likely,
                summary: "The connection was opened, and \(what) was answered by a reset\(whose) (frame \(frame)).",
                advice: advice,
                lookAlikes: [
                    LookAlike(
                        cause: "a box on the way that reads \(what) resets it in the server's name",
                        whyNotExcluded: "a reset says nothing of who sent it, and such boxes copy the distance",
                        experiment: "capture on the server: did it send the reset?")
                ])
        case .closed(let frame):
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .closedByPeer, zones: [.destination],
                confidence: .likely, actor: target.address,
                summary:
                    "The connection was opened, and the server closed it upon \(what) (frame \(frame)), without a word.",
                advice: advice)
        case .silence(let span):
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .noReply, zones: [.destination, .path, .returnPath],
                confidence: .likely,
                summary: "The connection was opened, and \(what) was not answered for \(span.words).",
                advice: advice,
                lookAlikes: [
                    LookAlike(
                        cause: "a box on the way that reads \(what) swallows it, or the answer",
                        whyNotExcluded: "whether the server saw it is not in this capture",
                        experiment: "capture on the server")
                ])
        }
    }
}

extension TimeSpan {
    /// `3 s`, `250 ms`
    var words: String {
        seconds >= 10 || nanoseconds % 1_000_000_000 == 0 ? "\(Int(seconds)) s" : "\(Int(seconds * 1_000)) ms"
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
        guard let problem = finding.problem else { return diagnosis }
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
        guard verdict == .open || self.stage == .application else { return diagnosis }
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
