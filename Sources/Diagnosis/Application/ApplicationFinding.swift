package import Conversations
package import PacketWire

/// What an application's first words add to a verdict that rests on the connection: what was said, and what went wrong.
package struct ApplicationFinding {
    package var evidence: [Evidence] = []
    package var problem: Problem?
    /// What went well, where a probe asked for it; nil for nothing.
    package var summary: String?
    /// From the first request to its answer; nil where there was none.
    package var answeredAfter: TimeSpan?

    package init() {}

    package struct Problem {
        package var verdict: Verdict
        package var stage: Stage
        package var mechanism: Mechanism
        package var zones: [Zone]
        package var confidence: Confidence
        package var actor: IPAddress?
        package var summary: String
        package var advice: [String]
        package var lookAlikes: [LookAlike] = []

        package init(
            verdict: Verdict, stage: Stage, mechanism: Mechanism, zones: [Zone], confidence: Confidence,
            actor: IPAddress? = nil, summary: String, advice: [String], lookAlikes: [LookAlike] = []
        ) {
            self.verdict = verdict
            self.stage = stage
            self.mechanism = mechanism
            self.zones = zones
            self.confidence = confidence
            self.actor = actor
            self.summary = summary
            self.advice = advice
            self.lookAlikes = lookAlikes
        }
    }
}

extension TimeSpan {
    /// `8 s`, `3.2 s`, `250 ms`, `0.4 ms`
    package var words: String {
        let milliseconds = nanoseconds / 1_000_000
        if milliseconds == 0, nanoseconds >= 100_000 { return "0.\(nanoseconds / 100_000) ms" }
        if milliseconds < 1_000 { return "\(milliseconds) ms" }
        let tenths = milliseconds / 100 % 10
        return tenths == 0 || milliseconds >= 10_000
            ? "\(milliseconds / 1_000) s" : "\(milliseconds / 1_000).\(tenths) s"
    }
}

extension Mechanism {
    /// A stall in the segments themselves explains why nothing was answered: what they show says more than this of what they
    /// carried.
    fileprivate func outweighs(_ problem: ApplicationFinding.Problem) -> Bool {
        switch self {
        case .alteredInTransit: true
        case .mtuBlackHole: problem.confidence < .strong
        case .loss, .noReply: ![.silentDrop, .mtuBlackHole].contains(problem.mechanism)
        default: false
        }
    }
}

extension TargetDiagnosis {
    /// The problem takes the place of what was the verdict; what was seen stays.
    package mutating func tell(_ problem: ApplicationFinding.Problem) {
        verdict = problem.verdict
        stage = problem.stage
        mechanism = problem.mechanism
        zones = problem.zones
        confidence = problem.confidence
        actor = problem.actor
        summary = problem.summary
        advice = problem.advice
        lookAlikes = problem.lookAlikes
    }

    /// With what the application said. A verdict on the segments stands, and gets the stage that the application was in.
    package func withApplication(_ finding: ApplicationFinding?, stage: Stage?) -> TargetDiagnosis {
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
        // That the request itself was never acknowledged says more than that the connection went no further; what other
        // requests show, more than the sizes of one connection's segments.
        if self.stage == .transfer, mechanism?.outweighs(problem) ?? false {
            diagnosis.stage = problem.stage
            return diagnosis
        }
        if verdict == .undetermined {
            // What it is stays unknown; that an answer was due is known now.
            diagnosis.summary = problem.summary
            diagnosis.advice = problem.advice + advice
            return diagnosis
        }
        guard verdict == .open || verdict == .degraded || self.stage == .application || self.stage == .transfer else {
            // Whoever answered in the host's place said this.
            if self.mechanism == .answeredByMiddlebox { diagnosis.summary += " \(problem.summary)" }
            return diagnosis
        }
        // That others of its kind were answered is more than an answer that did not come.
        if mechanism == .loss, self.stage == .handshake, problem.verdict == .undetermined { return diagnosis }
        diagnosis.tell(problem)
        return diagnosis
    }
}

extension ApplicationExchange {
    /// What it says of the conversation that it was in.
    package func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        switch self {
        case .tls(let exchange): exchange.finding(aftermath)
        case .http(let exchange): exchange.finding(aftermath)
        case .ssh(let exchange): exchange.finding(aftermath)
        case .greeting(let exchange): exchange.finding(aftermath)
        case .dns(let exchange): exchange.finding(aftermath)
        case .quic(let exchange): exchange.finding(aftermath)
        case .socks(let exchange): exchange.finding(aftermath)
        case .service(let exchange): exchange.finding(aftermath)
        }
    }

    /// Whose time an answer takes, among those of the report.
    package var stage: Stage? {
        switch self {
        case .tls: .tls
        case .http, .ssh, .greeting, .socks, .service: .application
        case .dns, .quic: nil
        }
    }
}
