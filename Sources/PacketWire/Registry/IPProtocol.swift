/// What follows an IPv4 or IPv6 header: IANA protocol numbers, which are also IPv6's next-header values.
@frozen
public struct IPProtocol: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let hopByHopOptions = IPProtocol(rawValue: 0)
    public static let icmpv4 = IPProtocol(rawValue: 1)
    public static let igmp = IPProtocol(rawValue: 2)
    public static let ipv4 = IPProtocol(rawValue: 4)
    public static let tcp = IPProtocol(rawValue: 6)
    public static let udp = IPProtocol(rawValue: 17)
    public static let dccp = IPProtocol(rawValue: 33)
    public static let ipv6 = IPProtocol(rawValue: 41)
    public static let ipv6Routing = IPProtocol(rawValue: 43)
    public static let ipv6Fragment = IPProtocol(rawValue: 44)
    public static let gre = IPProtocol(rawValue: 47)
    public static let esp = IPProtocol(rawValue: 50)
    public static let ah = IPProtocol(rawValue: 51)
    public static let icmpv6 = IPProtocol(rawValue: 58)
    public static let ipv6NoNextHeader = IPProtocol(rawValue: 59)
    public static let ipv6DestinationOptions = IPProtocol(rawValue: 60)
    public static let ospf = IPProtocol(rawValue: 89)
    public static let etherIP = IPProtocol(rawValue: 97)
    public static let sctp = IPProtocol(rawValue: 132)
    public static let mobility = IPProtocol(rawValue: 135)
    public static let udpLite = IPProtocol(rawValue: 136)
    public static let mplsInIP = IPProtocol(rawValue: 137)
    public static let hip = IPProtocol(rawValue: 139)
    public static let shim6 = IPProtocol(rawValue: 140)
    /// RFC 8986: Ethernet behind a segment routing header.
    public static let ethernet = IPProtocol(rawValue: 143)

    public var description: String {
        switch self {
        case .hopByHopOptions: "hop-by-hop options"
        case .icmpv4: "ICMP"
        case .igmp: "IGMP"
        case .ipv4: "IPv4 in IP"
        case .tcp: "TCP"
        case .udp: "UDP"
        case .dccp: "DCCP"
        case .ipv6: "IPv6 in IP"
        case .ipv6Routing: "IPv6 routing header"
        case .ipv6Fragment: "IPv6 fragment header"
        case .gre: "GRE"
        case .esp: "ESP"
        case .ah: "AH"
        case .icmpv6: "ICMPv6"
        case .ipv6NoNextHeader: "no next header"
        case .ipv6DestinationOptions: "destination options"
        case .ospf: "OSPF"
        case .etherIP: "EtherIP"
        case .sctp: "SCTP"
        case .mobility: "mobility header"
        case .udpLite: "UDP-Lite"
        case .mplsInIP: "MPLS in IP"
        case .hip: "HIP"
        case .shim6: "Shim6"
        case .ethernet: "Ethernet in IP"
        default: "IP protocol \(rawValue)"
        }
    }
}
