public import PacketWire

/// What the rules of policy routing see of a socket's connection when the kernel looks for its route: not every field
/// has its later value by then, and what is not known stays nil.
public struct RoutingFlow: Sendable, Hashable {
    /// The unspecified address where the lookup itself was to choose one.
    public var source: IPAddress?
    public var destination: IPAddress
    public var transport: Transport
    /// Zero where the socket had no port yet.
    public var sourcePort: UInt16?
    public var destinationPort: UInt16
    public var user: UInt32
    /// The interface that the socket is bound to.
    public var boundInterface: String?
    /// That interface is a VRF, or belongs to one.
    public var isInVRF: Bool?

    public init(
        from source: IPAddress?, sourcePort: UInt16?, to destination: IPAddress, port: UInt16, _ transport: Transport,
        user: UInt32, boundInterface: String? = nil, isInVRF: Bool? = false
    ) {
        self.source = source
        self.sourcePort = sourcePort
        self.destination = destination
        destinationPort = port
        self.transport = transport
        self.user = user
        self.boundInterface = boundInterface
        self.isInVRF = isInVRF
    }
}

extension RoutingRule {
    /// Whether the rule is about a packet; nil where that hangs on something that is not known. fib_rule_match and
    /// fib4_rule_match: a rule that is inverted is about all others.
    func matches(_ flow: RoutingFlow) -> Bool? {
        let answers = selectors.map(flow.meets)
        let all: Bool? = answers.contains(false) ? false : answers.contains(nil) ? nil : true
        return all.map { $0 != isInverted }
    }
}

extension RoutingFlow {
    func meets(_ selector: RoutingRule.Selector) -> Bool? {
        switch selector {
        case .source(let address, let length): return comesFrom(address, length)
        case .destination(let address, let length): return destination.isWithin(address, length)
        // No socket of ours sets one, nor a mark.
        case .typeOfService(let value): return value == 0
        case .mark(let mark, let mask): return mark & mask == 0
        // What this machine sends comes in by its loopback interface (net/ipv4/route.c, ip_route_output_key_hash).
        case .inputInterface(let name, let isThere): return isThere && name == "lo"
        case .outputInterface(let name, let isThere): return isThere && name == boundInterface
        case .vrf: return boundInterface == nil ? false : isInVRF
        case .users(let range): return range.contains(user)
        case .ipProtocol(let number): return number == (transport == .tcp ? 6 : 17)
        case .sourcePorts(let range, let mask): return sourcePort.map { Self.port($0, range, mask) }
        case .destinationPorts(let range, let mask): return Self.port(destinationPort, range, mask)
        case .other: return nil
        }
    }

    /// IPv6 compares no source before there is one, IPv4 compares 0.0.0.0 (fib6_rule_match, fib4_rule_match).
    private func comesFrom(_ address: IPAddress, _ length: UInt8) -> Bool? {
        if length == 0 { return true }
        guard let source else { return nil }
        if source == .v6(IPv6Address(rawValue: 0)) { return false }
        return source.isWithin(address, length)
    }

    /// fib_rule_port_match.
    private static func port(_ port: UInt16, _ range: ClosedRange<UInt16>, _ mask: UInt16) -> Bool {
        mask == 0 ? range.contains(port) : (port ^ range.lowerBound) & mask == 0
    }
}

extension IPAddress {
    /// Whether it is of the network that this address and prefix length name.
    public func isWithin(_ other: IPAddress, _ length: UInt8) -> Bool {
        switch (self, other) {
        case (.v4(let own), .v4(let other)):
            length == 0 || length <= 32 && (own.rawValue ^ other.rawValue) >> (32 - UInt32(length)) == 0
        case (.v6(let own), .v6(let other)):
            length == 0 || length <= 128 && (own.rawValue ^ other.rawValue) >> (128 - UInt128(length)) == 0
        case (.v4, .v6), (.v6, .v4): false
        }
    }
}
