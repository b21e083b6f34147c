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
    public static let tokenRing = LinkType(rawValue: 6)
    public static let arcnet = LinkType(rawValue: 7)
    public static let slip = LinkType(rawValue: 8)
    public static let ppp = LinkType(rawValue: 9)
    public static let fddi = LinkType(rawValue: 10)
    /// `atm` as libpcap numbers it in memory on most systems; files should say 100.
    public static let atmDLT = LinkType(rawValue: 11)
    /// Raw IP as libpcap numbers it in memory (DLT_RAW) on most systems; files should say 101.
    public static let rawIPDLT12 = LinkType(rawValue: 12)
    /// Raw IP as OpenBSD numbers it in memory.
    public static let rawIPDLT14 = LinkType(rawValue: 14)
    public static let pppHDLC = LinkType(rawValue: 50)
    public static let pppoe = LinkType(rawValue: 51)
    /// LLC in ATM's adaptation layer 5: RFC 2684.
    public static let atm = LinkType(rawValue: 100)
    /// IPv4 or IPv6 with no link header.
    public static let rawIP = LinkType(rawValue: 101)
    public static let ciscoHDLC = LinkType(rawValue: 104)
    public static let ieee80211 = LinkType(rawValue: 105)
    public static let frameRelay = LinkType(rawValue: 107)
    /// OpenBSD loopback: the address family in network byte order.
    public static let loop = LinkType(rawValue: 108)
    /// OpenBSD's view into IPsec.
    public static let enc = LinkType(rawValue: 109)
    public static let linuxSLL = LinkType(rawValue: 113)
    /// What a pf rule logged.
    public static let pflog = LinkType(rawValue: 117)
    public static let ieee80211Prism = LinkType(rawValue: 119)
    public static let fibreChannelIP = LinkType(rawValue: 122)
    public static let sunATM = LinkType(rawValue: 123)
    public static let ieee80211Radiotap = LinkType(rawValue: 127)
    public static let arcnetLinux = LinkType(rawValue: 129)
    public static let ieee1394 = LinkType(rawValue: 138)
    public static let ieee80211AVS = LinkType(rawValue: 163)
    public static let pppd = LinkType(rawValue: 166)
    /// What a Juniper router's `monitor traffic` writes, by what its interface speaks.
    public static let juniperEthernet = LinkType(rawValue: 178)
    public static let juniperPPP = LinkType(rawValue: 179)
    public static let juniperFrameRelay = LinkType(rawValue: 180)
    public static let juniperCiscoHDLC = LinkType(rawValue: 181)
    /// Another header, and the link type that is behind it.
    public static let ppi = LinkType(rawValue: 192)
    public static let erf = LinkType(rawValue: 197)
    public static let pppWithDirection = LinkType(rawValue: 204)
    public static let ciscoHDLCWithDirection = LinkType(rawValue: 205)
    public static let frameRelayWithDirection = LinkType(rawValue: 206)
    public static let mpls = LinkType(rawValue: 219)
    public static let ipnet = LinkType(rawValue: 226)
    public static let ipv4 = LinkType(rawValue: 228)
    public static let ipv6 = LinkType(rawValue: 229)
    public static let nflog = LinkType(rawValue: 239)
    public static let netAnalyzer = LinkType(rawValue: 240)
    public static let netAnalyzerTransparent = LinkType(rawValue: 241)
    public static let ipOverInfiniBand = LinkType(rawValue: 242)
    public static let pktap = LinkType(rawValue: 258)
    public static let epon = LinkType(rawValue: 259)
    public static let mPacket = LinkType(rawValue: 274)
    public static let linuxSLL2 = LinkType(rawValue: 276)
    /// A switch's tag between the addresses and the type.
    public static let broadcomTag = LinkType(rawValue: 281)
    /// The same in front of the frame.
    public static let broadcomPrepended = LinkType(rawValue: 282)
    public static let marvellDSA = LinkType(rawValue: 284)
    public static let marvellEDSA = LinkType(rawValue: 285)

    /// Whether `Packet.decode` knows the link header, so that a reader can say of a file that it cannot.
    public var isSupported: Bool {
        switch self {
        case .null, .ethernet, .tokenRing, .arcnet, .slip, .ppp, .fddi, .rawIPDLT12, .rawIPDLT14, .pppHDLC, .pppoe,
            .atm, .atmDLT, .rawIP, .ciscoHDLC, .ieee80211, .frameRelay, .loop, .enc, .linuxSLL, .pflog, .ieee80211Prism,
            .fibreChannelIP, .sunATM, .ieee80211Radiotap, .arcnetLinux, .ieee1394, .ieee80211AVS, .pppd, .ppi, .erf,
            .pppWithDirection, .ciscoHDLCWithDirection, .frameRelayWithDirection, .mpls, .ipnet, .ipv4, .ipv6, .nflog,
            .juniperEthernet, .juniperPPP, .juniperFrameRelay, .juniperCiscoHDLC, .netAnalyzer,
            .netAnalyzerTransparent, .ipOverInfiniBand, .pktap, .epon, .mPacket, .linuxSLL2,
            .broadcomTag, .broadcomPrepended, .marvellDSA, .marvellEDSA:
            true
        default: false
        }
    }
}
