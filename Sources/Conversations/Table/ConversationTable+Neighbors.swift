import PacketWire

/// Who has which address.
extension ConversationTable {
    /// Address resolution is kept by address and is no conversation: RFC 826 and RFC 4861. That of another network
    /// says nothing about hosts of this one, and is left out.
    mutating func isAddressResolution(_ packet: Packet, frame: Int, in network: UInt16) -> Bool {
        guard let resolution = AddressResolution(packet) else { return false }
        guard network == 0 else { return true }
        switch resolution {
        case .request(let address, _): note(request: address, frame: frame)
        case .answer(let address, let linkAddress): note(answer: address, frame: frame, linkAddress)
        case .other: break
        }
        return true
    }

    private mutating func note(request address: IPAddress, frame: Int) {
        guard neighbors.count < 4_096 || neighbors[address] != nil else { return }
        if neighbors[address, default: NeighborExchange(address: address)].requests.count
            < NeighborExchange.mostKept
        {
            neighbors[address, default: NeighborExchange(address: address)].requests.append(frame)
        }
    }

    private mutating func note(answer address: IPAddress, frame: Int, _ linkAddress: MACAddress?) {
        guard neighbors.count < 4_096 || neighbors[address] != nil else { return }
        if neighbors[address, default: NeighborExchange(address: address)].answers.count
            < NeighborExchange.mostKept
        {
            neighbors[address, default: NeighborExchange(address: address)].answers
                .append(.init(frame: frame, linkAddress: linkAddress))
        }
    }
}
