import Conversations
import PacketWire

/// The handshake completed and a reset followed soon, before a byte was sent to the far end.
enum ResetAfterHandshake: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .broken(.reset(let moment, let error, let words)) = observations.symptom else { return nil }
        let reset = observations.handshake.resets.first
        let synAck = observations.handshake.synAcks.first
        let resetDistance = reset.map { Observations.routersPassed($0.timeToLive) }
        let hostDistance = synAck.map { Observations.routersPassed($0.timeToLive) }
        let distance = resetDistance.flatMap { reset in
            hostDistance.map { ResetDistance(reset: reset, answer: $0, holder: observations.facts.holderDistance) }
        }
        let sameDistance = distance.map { $0.reset == $0.answer }
        let hop = resetDistance.map { $0 + 1 }
        // Who answers the SYN in a host's stead may do so nearer, and the host resets what is handed on to it.
        let ofHolder = distance.flatMap { $0.mayBeHolders ? $0 : nil }
        let mayBeHosts = ofHolder != nil || distance.map { $0.reset > $0.answer } ?? false
        let actor =
            sameDistance != false
            ? observations.target : mayBeHosts ? nil : hop.flatMap { observations.path.hop(at: $0)?.address }
        let isUnknown = sameDistance == true && observations.knowsNoConnection
        let whose =
            switch sameDistance {
            case _ where ofHolder != nil: ofHolder?.phraseOfHolder(beside: "the SYN-ACK") ?? ""
            case true? where isUnknown:
                ", from as far away as the SYN-ACK; it acknowledges nothing, as of a host that knows no such connection"
            case true?: ", from as far away as the SYN-ACK"
            case false?: ", from about hop \(hop ?? 0), not from where the SYN-ACK came"
            case nil: ""
            }
        return Finding(
            "reset right after the handshake", .interfered, stage: .application, mechanism: .tcpReset,
            zones: isUnknown
                ? [.destination, .path, .returnPath]
                : sameDistance == true
                    ? [.destination] : sameDistance == false && !mayBeHosts ? [.path] : [.destination, .path],
            confidence: sameDistance == nil || mayBeHosts || isUnknown ? .likely : .strong, actor: actor,
            summary: "The handshake completed\(words > 0 ? ", and the far end spoke" : "");"
                + " then a reset came \(observations.soonAfterHandshake(moment))\(whose) (\(error)).",
            advice: sameDistance == false && !mayBeHosts
                ? [
                    "Ask whoever runs \(actor.map(\.description) ?? "what stands about hop \(hop ?? 0)") for the rule that resets"
                        + " connections to \(observations.name): the host did not send it."
                ]
                : [
                    "Look at the service's own access list (TCP wrappers, allowed hosts) and its log on \(observations.target.map(\.description) ?? "the host").",
                    ofHolder != nil
                        ? ResetDistance.advice(of: observations.facts.target)
                        : "If a load balancer or a container proxy stands in front: has it a healthy backend?",
                ]
                    + (isUnknown
                        ? [
                            "If the host's log knows no connection: somebody else may have sent its SYN-ACK, or changed the numbers"
                                + " in it; compare captures at both ends."
                        ] : []))
    }
}

extension Observations {
    /// The reset bears no acknowledgement, and the number that ours had: what TCP says to an acknowledgement which belongs to
    /// no connection of its own (RFC 9293 section 3.10.7.1). The host has dropped the connection, a rule of its own answers
    /// for it, or the SYN-ACK was not what the host had sent. Who ends a connection that it knows acknowledges with its reset.
    fileprivate var knowsNoConnection: Bool {
        guard let reset = handshake.resets.first?.tcp, let own = handshake.acknowledgement?.tcp else { return false }
        return !reset.flags.contains(.ack) && reset.sequenceNumber == own.acknowledgementNumber
            && handshake.responderBytes == 0
    }
}
