import Conversations
import PacketWire

/// The answer bears another address or port than was asked: an address translation that works one way only (hairpin
/// NAT, direct server return), or a host that answers from its other address. The socket takes it for a stranger's;
/// a SYN-ACK is reset, as RFC 9293 section 3.10.7.1 has it.
enum AnswerFromElsewhere: Cause {
    static let supersedes: Set<CauseID> = [
        "PathDrop", "HostDrop", "ReturnPathLoss", "UnacceptableAnswer", "SilentService",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, let answer = answer(observations) else { return nil }
        let sameHost = answer.source == observations.target
        return Finding(
            "the answer bears another address", .blocked, stage: .handshake, mechanism: .alteredInTransit,
            zones: [.path, .returnPath, .destination],
            // A SYN-ACK names the SYN that it answers. A datagram came to the very port that asked, no more.
            confidence: observations.transport == .tcp ? .strong : .likely, actor: answer.source,
            summary: summary(answer, observations, sameHost: sameHost),
            advice: [
                "Ask whoever translates addresses before \(observations.target.map(\.description) ?? "the host") whether the"
                    + " answers pass the same box on their way back (hairpin NAT, direct server return).",
                sameHost
                    ? "On the host: does the service answer from the port that it was asked on?"
                    : "On the host: from which address does the service answer, and is it bound to the one that is asked?",
            ])
    }

    private static func answer(_ observations: Observations) -> SeenPacket? {
        switch observations.transport {
        case .tcp: observations.handshake.strangers.first
        case .udp: observations.primary?.packets.first { $0.isFromStranger && !$0.fromInitiator && !$0.isDamaged }
        }
    }

    private static func summary(_ answer: SeenPacket, _ observations: Observations, sameHost: Bool) -> String {
        if let header = answer.tcp {
            return "\(Endpoint(answer.source, header.sourcePort)) answers the SYN for \(observations.name): its SYN-ACK"
                + " acknowledges exactly this SYN and bears another address, so this machine takes it for a stranger's"
                + " and resets it."
        }
        return (sameHost ? "Another port of \(answer.source)" : "\(answer.source)")
            + " sends a datagram back to the port that asked \(observations.name): who asks one address and port takes"
            + " no answer from another."
    }
}
