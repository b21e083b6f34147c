import Conversations
import PacketWire

extension SSHExchange {
    /// sshd's LoginGraceTime is 120 s, and its first line comes at once.
    private static let patience = TimeSpan.seconds(10)

    private static let advice = [
        "On the server: is it sshd that listens there, and does it still accept (MaxStartups, its log)?"
    ]

    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        if let server {
            finding.evidence.append(Evidence(.wire, "SSH server: \(server.value)", frames: [server.frame]))
        }
        if let client {
            finding.evidence.append(Evidence(.wire, "SSH client: \(client.value)", frames: [client.frame]))
        }
        if let refusal {
            finding.evidence.append(Evidence(.wire, "the server says '\(refusal.value)'", frames: [refusal.frame]))
            // Lines before the identification are allowed (RFC 4253 section 4.2): only with the end they refuse.
            if aftermath.wasClosedByResponder {
                finding.problem = .wordsAndClose(.ssh, refusal.value, aftermath.target)
            }
        } else if let client, helloLength > 0,
            let broken = aftermath.breakOff(before: helloLength &+ 1, since: client.at)
        {
            finding.problem = broken.end.problem(
                "the client's SSH identification", hadWords: true, of: aftermath.target, stage: .application,
                advice: Self.advice)
        } else if let client, server == nil {
            finding.problem = aftermath.problem(
                "the client's SSH identification", at: client.at, stage: .application, patience: Self.patience,
                advice: Self.advice)
        }
        return finding
    }
}
