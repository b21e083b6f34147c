import Conversations
import PacketWire

/// It works: the handshake completed and held, or a datagram was answered.
enum Open: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered(let reply) = observations.symptom, observations.strippedOffers.isEmpty else { return nil }
        if observations.transport == .udp, observations.isAnswerAlone {
            return Finding(
                "open", .open, confidence: .proved,
                summary:
                    "An answer came; what it answers was asked before the capture, of another port, or of all who listen."
            )
        }
        if observations.handshake.beganEarlier {
            return Finding(
                "open", .open, confidence: .proved, summary: "The connection was open when the capture began.")
        }
        // Of an answer alone nobody knows how long it took.
        if observations.transport == .tcp, observations.isAnswerAlone, observations.sentOnWire == 0 {
            return Finding(
                "open", .open, confidence: .likely,
                summary: "The host's SYN-ACK came; of the other direction the capture has nothing."
            )
        }
        if observations.transport == .tcp, observations.facts.isOffline, !observations.facts.isSavedProbe,
            observations.primary?.packets.allSatisfy(\.fromInitiator) ?? false
        {
            return Finding(
                "open", .open, confidence: .likely,
                summary: "The client completes the handshake; of the other direction the capture has nothing.")
        }
        if observations.facts.isOffline, !observations.facts.isSavedProbe, observations.handshake.isAnswerReset {
            return Finding(
                "open", .open, confidence: .likely,
                summary:
                    "The host answers with a SYN-ACK, and the client resets it instead of completing the handshake: a scan"
                    + " of half-open connections, or a client that had given up, or was refused by something nearer.")
        }
        let time = reply.at.flatMap { at in observations.primary.map { at - $0.startedAt } }
        let after = time.map { " after \($0.rounded) ms" } ?? ""
        return Finding(
            "open", .open, confidence: .proved,
            summary: observations.transport == .tcp
                ? "The handshake completed\(after)." : observations.datagramSummary(after: after))
    }
}
