import PacketWire

/// A connection whose two directions travel in two networks: where VXLAN's ends route (RFC 9135 section 4.1, the
/// asymmetric kind), each puts a packet into the network of whom it is for.
extension ConversationTable {
    /// Answers come within this.
    private static var answeredWithin: TimeSpan { .seconds(30) }
    /// Nobody has more on its way than this: two numbers that are so near are one connection's in all but one of sixteen
    /// million cases.
    private static var numbersWithin: UInt32 { 1 << 20 }

    /// The network that a packet counts for, which came in `network`: another one where it belongs to a conversation
    /// there by more than its addresses and ports, which two tenants may share.
    @inline(never)
    mutating func home(of packet: Packet, at: Instant, in network: UInt16) -> UInt16 {
        let quoted = packet.icmp.flatMap { $0.isError ? $0.quoted : nil }
        guard let flow = quoted.map(\.flow) ?? packet.flow, positions(of: flow, in: network) == (nil, nil) else {
            return network
        }
        let home = index.first(hash(flow.transport, flow.source, flow.destination)) { position in
            guard tracks[position].network != 0, let isForward = tracks[position].direction(of: flow) else {
                return false
            }
            if tracks[position].otherNetwork == network { return true }
            guard tracks[position].otherNetwork == 0 else { return false }
            if let quoted { return isForward && isQuoted(quoted, position) }
            if let header = packet.tcp { return continues(position, header, fromInitiator: isForward) }
            return !isForward && !tracks[position].events.contains(.answered)
                && at - tracks[position].lastSeen < Self.answeredWithin
        }
        guard let home else { return network }
        tracks[home].otherNetwork = network
        return tracks[home].network
    }

    /// The SYN that an error quotes is the conversation's; of datagrams, addresses and ports have to do.
    private func isQuoted(_ quoted: QuotedPacket, _ position: Int) -> Bool {
        guard tracks[position].analysis != PacketArena.none else { return true }
        return tracks[position].hasOpening && quoted.sequenceNumber == tracks[position].openingNumber
    }

    /// Whether the numbers of a segment go on where the conversation's are, of which one end alone was heard so far.
    private func continues(_ position: Int, _ header: TCPHeader, fromInitiator: Bool) -> Bool {
        guard header.flags.contains(.ack), tracks[position].analysis != PacketArena.none else { return false }
        let analysis = analyses[tracks[position].analysis]
        let heard = analysis[fromInitiator: !fromInitiator]
        guard analysis[fromInitiator: fromInitiator].packets == 0, heard.packets > 0 else { return false }
        if header.flags.hasSYNOrRST, header.acknowledgementNumber == heard.initialSequenceNumber &+ 1 { return true }
        return heard.nextSequenceNumber &- header.acknowledgementNumber < Self.numbersWithin
            && header.sequenceNumber &- heard.acknowledged &+ Self.numbersWithin < 2 * Self.numbersWithin
    }
}
