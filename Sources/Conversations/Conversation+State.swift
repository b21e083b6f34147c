import PacketWire

extension Conversation {
    /// Whether what was seen decides what came of the attempt.
    public enum State: Sendable, Hashable {
        /// Asked, and not answered yet.
        case waiting
        case decided
        /// The opening was before the capture began: there is nothing to say of it.
        case beganBefore
    }

    public var state: State {
        guard let flow else { return .decided }
        if packets.contains(where: { $0.icmpError.map { $0.meaning != .packetTooBig } ?? false }) { return .decided }
        switch flow.transport {
        case .udp:
            return packets.contains { !$0.fromInitiator } ? .decided : .waiting
        case .tcp:
            let handshake = TCPHandshake(packets)
            guard !handshake.syns.isEmpty else { return .beganBefore }
            return handshake.isEstablished || !handshake.refusals.isEmpty ? .decided : .waiting
        }
    }
}
