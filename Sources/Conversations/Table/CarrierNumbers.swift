public import PacketWire

/// What conversations travelled in, each kind once: very many share few.
struct CarrierNumbers: Sendable {
    /// Conversations in further ones do not say so.
    static let most = 16_384

    private var numbers: [Carrier: UInt16] = [:]
    private var carriers: [Carrier] = []

    mutating func number(_ carrier: Carrier) -> UInt16 {
        if let known = numbers[carrier] { return known }
        guard carriers.count < Self.most else { return 0 }
        carriers.append(carrier)
        let number = UInt16(carriers.count)
        numbers[carrier] = number
        return number
    }

    /// Nil for 0, which is none.
    subscript(number: UInt16) -> Carrier? { number == 0 ? nil : carriers[Int(number) - 1] }
}

extension ConversationTable {
    /// Says what the conversation's packets are in; the first that says so counts.
    @inline(__always)
    public mutating func note(_ packet: Packet, in frame: Span<UInt8>, at position: Int) {
        guard packet.encapsulations.total > 0, tracks[position].carrier == 0 else { return }
        note(Carrier(packet, in: frame), at: position)
    }

    /// The same for a packet whose own frame is not at hand.
    public mutating func note(_ carrier: Carrier, at position: Int) {
        if tracks[position].carrier == 0 { tracks[position].carrier = carriers.number(carrier) }
    }

    /// What the conversation travelled in: tags, labels, tunnels. Nil for nothing.
    public func carrier(at position: Int) -> Carrier? { carriers[tracks[position].carrier] }
}
