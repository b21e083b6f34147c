/// What the first byte of a frame is: a LINKTYPE_ value of the capture file registry.
@frozen
public struct LinkType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// BSD loopback: the address family in the capturing host's byte order.
    public static let null = LinkType(rawValue: 0)
    public static let ethernet = LinkType(rawValue: 1)
    public static let ppp = LinkType(rawValue: 9)
    /// Raw IP as libpcap numbers it in memory (DLT_RAW) on most systems; files should say 101.
    public static let rawIPDLT12 = LinkType(rawValue: 12)
    /// Raw IP as OpenBSD numbers it in memory.
    public static let rawIPDLT14 = LinkType(rawValue: 14)
    public static let pppHDLC = LinkType(rawValue: 50)
    public static let pppoe = LinkType(rawValue: 51)
    /// IPv4 or IPv6 with no link header.
    public static let rawIP = LinkType(rawValue: 101)
    public static let ciscoHDLC = LinkType(rawValue: 104)
    public static let ieee80211 = LinkType(rawValue: 105)
    /// OpenBSD loopback: the address family in network byte order.
    public static let loop = LinkType(rawValue: 108)
    public static let linuxSLL = LinkType(rawValue: 113)
    public static let ieee80211Radiotap = LinkType(rawValue: 127)
    public static let ipv4 = LinkType(rawValue: 228)
    public static let ipv6 = LinkType(rawValue: 229)
    public static let linuxSLL2 = LinkType(rawValue: 276)

    /// Whether `Packet.decode` knows the link header, so that a reader can refuse a file with one clear line.
    public var isSupported: Bool {
        switch self {
        case .null, .ethernet, .ppp, .rawIPDLT12, .rawIPDLT14, .pppHDLC, .pppoe, .rawIP, .loop, .linuxSLL, .ipv4,
            .ipv6, .linuxSLL2:
            true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .null: "BSD loopback"
        case .ethernet: "Ethernet"
        case .ppp: "PPP"
        case .rawIP, .rawIPDLT12, .rawIPDLT14: "raw IP"
        case .pppHDLC: "PPP in HDLC framing"
        case .pppoe: "PPPoE"
        case .ciscoHDLC: "Cisco HDLC"
        case .ieee80211: "IEEE 802.11"
        case .loop: "OpenBSD loopback"
        case .linuxSLL: "Linux cooked v1"
        case .ieee80211Radiotap: "IEEE 802.11 with radiotap"
        case .ipv4: "raw IPv4"
        case .ipv6: "raw IPv6"
        case .linuxSLL2: "Linux cooked v2"
        default: "link type \(rawValue)"
        }
    }
}
