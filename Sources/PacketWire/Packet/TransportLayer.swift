/// What stands behind the IP headers.
@frozen
public enum TransportLayer: Hashable, Sendable {
    case tcp(TCPHeader)
    case udp(UDPHeader)
    case icmp(ICMPMessage)
    /// A fragment other than the first: the transport header travels in another packet.
    case fragment(IPProtocol)
    /// A protocol that is not decoded here, ESP among them.
    case other(IPProtocol)
}
