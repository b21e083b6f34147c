import Conversations
import PacketWire

/// What comes back for the question of a UDP service and is no answer to it: something sends from the port, and whether
/// the service that was asked for is there is not known by that.
extension TargetDiagnosis {
    func withForeignReply(of facts: Facts) -> TargetDiagnosis {
        guard verdict == .open, let service = facts.service, let primary = facts.attempts.first,
            primary.purpose == .primary, case .foreign? = primary.socket?.serviceReply
        else { return self }
        var finding = ApplicationFinding()
        finding.problem = .foreignReply(service.title, target, summary)
        return withApplication(finding, stage: nil)
    }
}

extension ServiceExchange {
    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        let service = asked.value.service
        if let refusal {
            finding.evidence = [
                Evidence(
                    .wire, "\(service.title) answer: \(refusal.value.words)", frames: [asked.frame, refusal.frame])
            ]
            finding.problem = .refusal(refusal.value, of: service.title, aftermath.target)
            return finding
        }
        guard let mismatch else { return finding }
        let after = mismatch.at - asked.at
        finding.evidence = [
            Evidence(
                .wire, "no \(service.title) answer: \(mismatch.value)",
                detail: "something sends from the port all the same",
                frames: [asked.frame, mismatch.frame])
        ]
        finding.problem = .foreignReply(
            service.title, aftermath.target,
            "A datagram came back after \(after.words), and it is no answer of \(service.title): \(mismatch.value).")
        return finding
    }
}

extension ApplicationFinding.Problem {
    /// The service says itself that it does not serve.
    static func refusal(_ refusal: ServiceRefusal, of service: String, _ target: Target) -> Self {
        let isLimit = refusal.kind == .tooOften
        return Self(
            verdict: isLimit ? .degraded : .interfered, stage: .application,
            mechanism: isLimit ? .rateLimit : .permission, zones: [.destination, .path], confidence: .likely,
            actor: target.address,
            summary: "The \(service) server answers that it does not serve: \(refusal.words).",
            advice: [
                isLimit
                    ? "Let the client ask less often, and see who else asks from this address: behind a translator all count as one."
                    : "Ask whoever runs \(target.place) to serve this network (ntpd: restrict, chronyd: allow), or another server."
            ],
            lookAlikes: [.answeredInItsPlace])
    }

    /// - Parameters:
    ///   - service: that was asked for.
    ///   - summary: what came back, in a sentence.
    static func foreignReply(_ service: String, _ target: Target, _ summary: String) -> Self {
        Self(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely, actor: target.address,
            summary: "\(summary) Whether \(service) answers there is not known by that.",
            advice: [
                "On the host: which program listens on UDP port \(target.port) (ss -lunp 'sport = :\(target.port)')?",
                "If another service is meant: ask its own question (--payload NAME, hex:… or @file).",
            ],
            lookAlikes: [.answeredInItsPlace])
    }
}

extension LookAlike {
    fileprivate static let answeredInItsPlace = LookAlike(
        cause: "somebody on the way answers in the host's place", whyNotExcluded: "a datagram may come from anybody",
        experiment: "capture on the host: does the question arrive, and is that what it answers?", isOnTheWay: true)
}
