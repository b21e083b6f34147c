/// How much one end said, and how much of it arrived.
extension TCPAnalysis {
    /// Bytes of payload from the first to the furthest that was seen; nil where the beginning was not.
    public func streamLength(fromInitiator: Bool) -> UInt32? {
        let side = self[fromInitiator: fromInitiator]
        guard side.state.contains(.baseIsKnown), side.payloadBytes > 0 else { return nil }
        return side.nextSequenceNumber &- side.initialSequenceNumber &- (side.sentFIN ? 2 : 1)
    }

    /// Whether the other end's TCP took all of the payload; nil where there is none, or nothing is known of the other.
    public func isTaken(fromInitiator: Bool) -> Bool? {
        let (side, other) = (self[fromInitiator: fromInitiator], self[fromInitiator: !fromInitiator])
        guard side.payloadBytes > 0, other.packets > 0, other.state.contains(.sentACK) else { return nil }
        // The FIN behind it has a number of its own.
        let end = side.nextSequenceNumber &- (side.sentFIN ? 1 : 0)
        return other.acknowledgementNumber == end || other.acknowledgementNumber.isAfter(end)
    }

    /// The initiator acknowledged something that the responder said.
    public var hasHeardAnswer: Bool {
        let heard = initiator.acknowledgementNumber &- responder.initialSequenceNumber
        // A FIN takes one number.
        return initiator.acknowledgementNumber != 0 && heard > (responder.sentFIN ? 2 : 1) && heard < 1 << 31
    }

    /// Both ends were seen, the connection was opened, and nobody said anything on it, as far as acknowledgements tell.
    public var isWordless: Bool {
        guard initiator.payloadBytes == 0, responder.payloadBytes == 0, initiator.state.contains(.sentSYN),
            responder.state.contains(.sentSYN), initiator.state.contains(.sentACK)
        else { return false }
        return initiator.acknowledgementNumber &- responder.initialSequenceNumber <= 2
            && responder.acknowledgementNumber &- initiator.initialSequenceNumber <= 2
    }
}
