/// The network header of a frame.
@frozen
public enum NetworkLayer: Hashable, Sendable {
    case ipv4(IPv4Header)
    case ipv6(IPv6Header)
    case arp(ARPPacket)

    /// Nil for ARP.
    @inlinable
    public var source: IPAddress? {
        switch self {
        case .ipv4(let header): .v4(header.source)
        case .ipv6(let header): .v6(header.source)
        case .arp: nil
        }
    }

    @inlinable
    public var destination: IPAddress? {
        switch self {
        case .ipv4(let header): .v4(header.destination)
        case .ipv6(let header): .v6(header.destination)
        case .arp: nil
        }
    }

    /// IPv6 calls it the hop limit.
    @inlinable
    public var timeToLive: UInt8? {
        switch self {
        case .ipv4(let header): header.timeToLive
        case .ipv6(let header): header.hopLimit
        case .arp: nil
        }
    }

    @inlinable
    public var trafficClass: UInt8? {
        switch self {
        case .ipv4(let header): header.trafficClass
        case .ipv6(let header): header.trafficClass
        case .arp: nil
        }
    }

    @inlinable
    public var family: IPFamily? {
        switch self {
        case .ipv4: .v4
        case .ipv6: .v6
        case .arp: nil
        }
    }
}
