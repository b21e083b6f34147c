public import PacketWire

/// The private network: which machines there are, how they are wired, and which addresses they have.
///
/// All addresses are from the documentation ranges (RFC 5737, RFC 3849), so that nothing in a report,
/// a capture or a log of the lab can be mistaken for a real machine.
public struct LabTopology: Sendable, Hashable {
    /// What a scenario calls it.
    public var name: String
    public var nodes: [LabNode]
    public var links: [LabLink]
    /// The names of the nodes on the way from the client to the server, nearest first: hop 1, hop 2, … More
    /// than one at a hop are beside each other, and only the first is on the way unless a scenario routes there.
    public var path: [[String]]

    public init(_ name: String, nodes: [LabNode], links: [LabLink], path: [[String]]) {
        self.name = name
        self.nodes = nodes
        self.links = links
        self.path = path
    }

    public func node(named name: String) -> LabNode? {
        nodes.first { $0.name == name }
    }

    /// The nodes that a packet from the client can reach with this TTL.
    public func nodes(atHop ttl: Int) -> [LabNode] {
        ttl >= 1 && ttl <= path.count ? path[ttl - 1].compactMap(node(named:)) : []
    }

    /// The networks that a scenario can ask for.
    public static let all: [LabTopology] = [.standard, .wide]

    public static func named(_ name: String) -> LabTopology? { all.first { $0.name == name } }
}

/// A machine of the lab: a network namespace.
public struct LabNode: Sendable, Hashable {
    public var name: String
    public var forwards: Bool
    public var interfaces: [LabInterface]
    /// Lines for `ip route add`.
    public var routes: [String]

    public init(name: String, forwards: Bool, interfaces: [LabInterface], routes: [String]) {
        self.name = name
        self.forwards = forwards
        self.interfaces = interfaces
        self.routes = routes
    }

    public var addresses: [IPAddress] {
        interfaces.flatMap(\.addresses).map(\.address)
    }
}

/// An end of a link.
public struct LabInterface: Sendable, Hashable {
    public var name: String
    public var addresses: [LabAddress]

    public init(_ name: String, _ addresses: [LabAddress]) {
        self.name = name
        self.addresses = addresses
    }
}

/// An address with the length of its on-link prefix.
public struct LabAddress: Sendable, Hashable, CustomStringConvertible {
    public var address: IPAddress
    public var prefixLength: Int

    public init(_ address: IPAddress, prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    public var description: String { "\(address)/\(prefixLength)" }
}

/// A cable between two interfaces.
public struct LabLink: Sendable, Hashable {
    public struct End: Sendable, Hashable {
        public var node: String
        public var interface: String

        public init(_ node: String, _ interface: String) {
            self.node = node
            self.interface = interface
        }
    }

    public var near: End
    public var far: End

    public init(_ near: End, _ far: End) {
        self.near = near
        self.far = far
    }
}
