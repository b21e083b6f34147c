public import PacketWire

extension RoutingRule {
    /// One thing that a rule asks of a packet.
    public enum Selector: Sendable, Hashable {
        case source(IPAddress, prefixLength: UInt8)
        case destination(IPAddress, prefixLength: UInt8)
        case typeOfService(UInt8)
        case mark(UInt32, mask: UInt32)
        /// The kernel keeps a rule whose interface went, and it matches nothing then.
        case inputInterface(String, isThere: Bool)
        case outputInterface(String, isThere: Bool)
        /// The packet belongs to a VRF.
        case vrf
        case users(ClosedRange<UInt32>)
        case ipProtocol(UInt8)
        /// Where the mask is not zero, only its bits of the range's first port count.
        case sourcePorts(ClosedRange<UInt16>, mask: UInt16)
        case destinationPorts(ClosedRange<UInt16>, mask: UInt16)
        /// Something that no fact tells, by the name of the attribute.
        case other(String)

        var isSource: Bool {
            if case .source = self { true } else { false }
        }
    }
}

extension RoutingRule.Selector: CustomStringConvertible {
    public var description: String {
        switch self {
        case .source(let address, let length): "from \(Self.prefix(address, length))"
        case .destination(let address, let length): "to \(Self.prefix(address, length))"
        case .typeOfService(let value): "tos 0x\(String(value, radix: 16))"
        case .mark(let mark, let mask):
            "fwmark 0x\(String(mark, radix: 16))" + (mask == .max ? "" : "/0x\(String(mask, radix: 16))")
        case .inputInterface(let name, let isThere): "iif \(name.escapedForDisplay)" + (isThere ? "" : " [detached]")
        case .outputInterface(let name, let isThere): "oif \(name.escapedForDisplay)" + (isThere ? "" : " [detached]")
        case .vrf: "l3mdev"
        case .users(let range): "uidrange \(range.lowerBound)-\(range.upperBound)"
        case .ipProtocol(6): "ipproto tcp"
        case .ipProtocol(17): "ipproto udp"
        case .ipProtocol(let number): "ipproto \(number)"
        case .sourcePorts(let range, let mask): "sport \(Self.ports(range, mask))"
        case .destinationPorts(let range, let mask): "dport \(Self.ports(range, mask))"
        case .other(let name): name.escapedForDisplay
        }
    }

    private static func prefix(_ address: IPAddress, _ length: UInt8) -> String {
        length == (address.family == .v4 ? 32 : 128) ? "\(address)" : "\(address)/\(length)"
    }

    private static func ports(_ range: ClosedRange<UInt16>, _ mask: UInt16) -> String {
        let first = range.lowerBound
        if mask != 0 { return "\(first)/0x\(String(mask, radix: 16))" }
        return range.count == 1 ? "\(first)" : "\(first)-\(range.upperBound)"
    }
}
