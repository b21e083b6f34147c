import Conversations
import PacketWire

/// It works: the handshake completed and held, or a datagram was answered.
enum Open: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered(let reply) = observations.symptom, observations.strippedOffers.isEmpty else { return nil }
        let isAnswerAlone = observations.facts.isOffline && observations.primary?.packets.first?.fromInitiator == false
        if observations.transport == .udp, isAnswerAlone {
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
        let time = reply.at.flatMap { at in observations.primary.map { at - $0.startedAt } }
        let after = time.map { " after \($0.rounded) ms" } ?? ""
        return Finding(
            "open", .open, confidence: .proved,
            summary: observations.transport == .tcp
                ? "The handshake completed\(after)." : observations.datagramSummary(after: after))
    }
}
