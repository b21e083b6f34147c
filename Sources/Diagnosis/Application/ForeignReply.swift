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
        finding.problem = ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely, actor: facts.target.address,
            summary: "\(summary) Something sends from the port, and it is not \(service.title).",
            advice: [
                "On the host: which program listens on UDP port \(target.port) (ss -lunp 'sport = :\(target.port)')?",
                "If another service is meant: ask its own question (--payload NAME, hex:… or @file).",
            ],
            lookAlikes: [
                LookAlike(
                    cause: "somebody on the way answers in the host's place",
                    whyNotExcluded: "a datagram may come from anybody",
                    experiment: "capture on the host: does the question arrive, and is that what it answers?")
            ])
        return withApplication(finding, stage: nil)
    }
}
