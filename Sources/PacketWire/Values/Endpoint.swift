/// An address and a port.
@frozen
public struct Endpoint: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var address: IPAddress
    public var port: UInt16

    @inlinable
    public init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    public static func < (a: Endpoint, b: Endpoint) -> Bool {
        a.address == b.address ? a.port < b.port : a.address < b.address
    }

    /// `192.0.2.1:443`, `[2001:db8::1]:443`: RFC 3986 section 3.2.2.
    public var description: String {
        switch address {
        case .v4(let address): "\(address):\(port)"
        case .v6(let address): "[\(address)]:\(port)"
        }
    }
}

/// The transports that a probe can ask for.
@frozen
public enum Transport: String, Hashable, Sendable, CaseIterable {
    case tcp
    case udp
}

/// One direction of a conversation: who sends to whom over what.
///
/// `reversed` is the answer's direction. A probe's flow always has this machine as its source.
@frozen
public struct Flow: Hashable, Sendable, CustomStringConvertible {
    public var transport: Transport
    public var source: Endpoint
    public var destination: Endpoint

    @inlinable
    public init(_ transport: Transport, from source: Endpoint, to destination: Endpoint) {
        self.transport = transport
        self.source = source
        self.destination = destination
    }

    @inlinable
    public var reversed: Flow { Flow(transport, from: destination, to: source) }

    public var description: String { "\(transport.rawValue) \(source) > \(destination)" }
}
