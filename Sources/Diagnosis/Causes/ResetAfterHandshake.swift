import Conversations
import PacketWire

/// The handshake completed and a reset followed at once, before a byte was sent to the far end.
enum ResetAfterHandshake: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .broken(.reset(_, let error, let words)) = observations.symptom else { return nil }
        let reset = observations.handshake.resets.first
        let synAck = observations.handshake.synAcks.first
        let resetDistance = reset.map { Observations.routersPassed($0.timeToLive) }
        let hostDistance = synAck.map { Observations.routersPassed($0.timeToLive) }
        let sameDistance = resetDistance.flatMap { reset in hostDistance.map { reset == $0 } }
        let hop = resetDistance.map { $0 + 1 }
        let actor = sameDistance == false ? hop.flatMap { observations.path.hop(at: $0)?.address } : observations.target
        let whose =
            switch sameDistance {
            case true?: ", from as far away as the SYN-ACK"
            case false?: ", from about hop \(hop ?? 0), not from where the SYN-ACK came"
            case nil: ""
            }
        return Finding(
            "reset right after the handshake", .interfered, stage: .application, mechanism: .tcpReset,
            zones: sameDistance == true ? [.destination] : sameDistance == false ? [.path] : [.destination, .path],
            confidence: sameDistance == nil ? .likely : .strong, actor: actor,
            summary: "The handshake completed\(words > 0 ? ", and the far end spoke" : "");"
                + " then a reset came at once\(whose) (\(error)).",
            advice: [
                "Look at the service's own access list (TCP wrappers, allowed hosts) and its log on \(observations.target.map(\.description) ?? "the host").",
                "If a load balancer or a container proxy stands in front: has it a healthy backend?",
            ])
    }
}
