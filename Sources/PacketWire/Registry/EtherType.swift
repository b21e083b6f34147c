/// What follows an Ethernet, VLAN, SNAP or Linux cooked header: IEEE 802 numbers.
@frozen
public struct EtherType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let ipv4 = EtherType(rawValue: 0x0800)
    public static let arp = EtherType(rawValue: 0x0806)
    /// 802.1Q customer tag.
    public static let rarp = EtherType(rawValue: 0x8035)
    public static let vlan = EtherType(rawValue: 0x8100)
    public static let ipv6 = EtherType(rawValue: 0x86DD)
    public static let slow = EtherType(rawValue: 0x8809)
    public static let mplsUnicast = EtherType(rawValue: 0x8847)
    public static let mplsMulticast = EtherType(rawValue: 0x8848)
    /// Ethernet bridged over something else.
    public static let bridge = EtherType(rawValue: 0x6558)
    public static let pppoeDiscovery = EtherType(rawValue: 0x8863)
    public static let pppoeSession = EtherType(rawValue: 0x8864)
    /// 802.1ad service tag.
    public static let serviceVLAN = EtherType(rawValue: 0x88A8)
    /// 802.1ah, "MAC in MAC".
    public static let backbone = EtherType(rawValue: 0x88E7)
    public static let serviceHeader = EtherType(rawValue: 0x894F)
    public static let lldp = EtherType(rawValue: 0x88CC)
    /// The service tag of equipment older than 802.1ad.
    public static let oldServiceVLAN = EtherType(rawValue: 0x9100)

    /// The smallest value that is a type; below it stands 802.3's length.
    static let smallest: UInt16 = 0x0600

    public var isVLAN: Bool { self == .vlan || self == .serviceVLAN || self == .oldServiceVLAN }

    public var description: String {
        switch self {
        case .ipv4: "IPv4"
        case .arp: "ARP"
        case .vlan: "802.1Q"
        case .ipv6: "IPv6"
        case .slow: "slow protocols"
        case .mplsUnicast: "MPLS"
        case .mplsMulticast: "MPLS multicast"
        case .pppoeDiscovery: "PPPoE discovery"
        case .pppoeSession: "PPPoE session"
        case .serviceVLAN: "802.1ad"
        case .bridge: "bridged Ethernet"
        case .backbone: "802.1ah"
        case .serviceHeader: "NSH"
        case .lldp: "LLDP"
        case .oldServiceVLAN: "QinQ"
        default: "EtherType 0x" + String(rawValue, radix: 16)
        }
    }
}
