import PacketWire

extension ConversationTable {
    /// The beginning of an answer that lacks fragments: nobody got it, and it says that there was one. What an initiator
    /// sends in vain is an attempt all the same.
    ///
    /// - Returns: whether it is one.
    @inline(never)
    mutating func notePartial(_ packet: Packet, frame: Int, at: Instant, in network: UInt16) -> Bool {
        guard case (let subject, var seen)? = classify(packet, frame: frame, at: at, nil, in: network),
            !seen.fromInitiator, seen.icmpError == nil
        else { return false }
        guard let position = position(of: subject, in: network) else {
            unassigned &+= 1
            return true
        }
        seen.isPartial = true
        note(untaken: seen, bytes: packet.originalLength, isKept: true, at: position)
        return true
    }

    /// Counts what passed and nobody took.
    ///
    /// - Parameter isKept: it tells why.
    mutating func note(untaken packet: SeenPacket, bytes: Int, isKept: Bool, at position: Int) {
        tracks[position].count(at: packet.at, fromInitiator: packet.fromInitiator, bytes: bytes)
        tracks[position].events.insert(.odd)
        if isKept, tracks[position].kept < Conversation.keptPackets { keep(packet, position) }
    }
}
