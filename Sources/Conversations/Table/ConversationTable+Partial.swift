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
        tracks[position].count(at: at, fromInitiator: false, bytes: packet.originalLength)
        tracks[position].events.insert(.odd)
        guard tracks[position].kept < Conversation.keptPackets else { return true }
        seen.isPartial = true
        keep(seen, position)
        return true
    }
}
