import Conversations
import PacketWire

/// The SYN-ACK is for our SYN and bears another address or port: an address translation that works one way only
/// (hairpin NAT, direct server return), or a host that answers from its other address. This machine resets it, as
/// RFC 9293 section 3.10.7.1 has it.
enum AnswerFromElsewhere: Cause {
    static let supersedes: Set<CauseID> = ["PathDrop", "HostDrop", "ReturnPathLoss", "UnacceptableAnswer"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, let answer = observations.handshake.strangers.first,
            let header = answer.tcp
        else { return nil }
        let from = Endpoint(answer.source, header.sourcePort)
        return Finding(
            "the answer bears another address", .blocked, stage: .handshake, mechanism: .alteredInTransit,
            zones: [.path, .returnPath, .destination], confidence: .strong, actor: answer.source,
            summary:
                "\(from) answers the SYN for \(observations.name): its SYN-ACK acknowledges exactly this SYN and bears"
                + " another address, so this machine takes it for a stranger's and resets it.",
            advice: [
                "Ask whoever translates addresses before \(observations.target.map(\.description) ?? "the host") whether the"
                    + " answers pass the same box on their way back (hairpin NAT, direct server return).",
                "On the host: from which address does the service answer, and is it bound to the one that is asked?",
            ])
    }
}
