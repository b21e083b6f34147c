public import PacketWire

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What rules of policy routing look at besides addresses, of a socket of this process.
public struct RouteFlow: Sendable, Hashable {
    public var transport: Transport
    /// Nil while the socket has none.
    public var sourcePort: UInt16?
    public var destinationPort: UInt16
    /// Whose socket it is: the effective user at the time of socket() (net/socket.c, sock_alloc).
    public var user: UInt32
    /// What a rule of the packet filter may write on the packet; 0 for nothing.
    public var mark: UInt32 = 0

    public init(_ transport: Transport, sourcePort: UInt16?, destinationPort: UInt16) {
        self.transport = transport
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        user = geteuid()
    }
}
