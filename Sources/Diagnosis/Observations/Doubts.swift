import Conversations
import PacketWire

/// What is odd about a connection that was answered: reasons to look closer, and no verdict yet.
extension Facts {
    /// Worth a closer look: it took more than one packet, or the answer is odd.
    public var isDoubtful: Bool {
        guard let primary = attempts.first, case .reached = primary.answer else { return false }
        return primary.triesBeforeAnswer > 1 || isAnswerOdd
    }

    /// Something about the answer does not fit the host: who answers may not be the host.
    public var isAnswerOdd: Bool {
        guard let primary = attempts.first, case .tcp = primary.kind, route?.kind != .local else { return false }
        let handshake = TCPHandshake(primary.packets)
        guard let synAck = handshake.synAcks.first, let header = synAck.tcp else { return false }
        // A host that offers no window wants no data: SYN proxies ask for the handshake only (net/netfilter,
        // nf_synproxy_core.c), tar pits for nothing at all.
        if header.window == 0 { return true }
        if !handshake.strayAnswers.isEmpty || !handshake.challenges.isEmpty { return true }
        if handshake.synAcks.contains(where: { $0.tcp?.sequenceNumber != header.sequenceNumber }) { return true }
        return attempts.contains { control in
            guard control.purpose == .control, control.kind == .echo, case .reached(let reply) = control.answer,
                let timeToLive = reply.timeToLive
            else { return false }
            return Observations.routersPassed(timeToLive) != Observations.routersPassed(synAck.timeToLive)
        }
    }
}
