import PacketWire

/// What tells one conversation from another while recording, the same for both directions.
struct ConversationKey: Hashable {
    private let low: UInt128
    private let high: UInt128
    private let ports: UInt32
    private let kind: UInt16

    private init(_ a: IPAddress, _ aPort: UInt16, _ b: IPAddress, _ bPort: UInt16, _ proto: UInt8) {
        let (x, y) = (Self.number(a), Self.number(b))
        let isInOrder = (x, aPort) <= (y, bPort)
        (low, high) = isInOrder ? (x, y) : (y, x)
        ports = isInOrder ? UInt32(aPort) << 16 | UInt32(bPort) : UInt32(bPort) << 16 | UInt32(aPort)
        let isV4 = if case .v4 = a { true } else { false }
        kind = UInt16(proto) << 1 | (isV4 ? 0 : 1)
    }

    private static func number(_ address: IPAddress) -> UInt128 {
        switch address {
        case .v4(let address): UInt128(address.rawValue)
        case .v6(let address): address.rawValue
        }
    }

    init(_ flow: Flow) {
        self.init(
            flow.source.address, flow.source.port, flow.destination.address, flow.destination.port,
            flow.transport == .tcp ? 6 : 17)
    }

    /// Nil for what is of no conversation: everything but IP, address resolution, and ICMP that is neither an echo nor
    /// an error with a flow in it.
    init?(_ packet: Packet) {
        if let flow = packet.flow {
            self.init(flow)
        } else if let message = packet.icmp {
            if message.isError {
                guard let flow = message.quoted?.flow else { return nil }
                self.init(flow)
            } else {
                guard let identifier = message.echoIdentifier, let source = packet.source,
                    let destination = packet.destination
                else { return nil }
                self.init(source, identifier, destination, identifier, 1)
            }
        } else {
            guard let source = packet.source, let destination = packet.destination else { return nil }
            self.init(source, 0, destination, 0, packet.transportProtocol?.rawValue ?? 255)
        }
    }

    /// Which of the two directions a packet of the conversation goes in.
    static func isForward(_ flow: Flow) -> Bool {
        (number(flow.source.address), flow.source.port) <= (number(flow.destination.address), flow.destination.port)
    }
}
