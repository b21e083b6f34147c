/// Why a header could not be decoded: at which layer, where in the frame, and what was missing or wrong.
@frozen
public struct DecodeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The protocol whose header stopped the decoder.
    @frozen
    public enum Layer: String, Hashable, Sendable {
        case link = "link layer"
        case ethernet = "Ethernet"
        case vlan = "VLAN tag"
        case llc = "LLC"
        case linuxCooked = "Linux cooked"
        case null = "BSD loopback"
        case ppp = "PPP"
        case pppoe = "PPPoE"
        case mpls = "MPLS"
        case ieee80211 = "IEEE 802.11"
        case radio = "radio header"
        case frameRelay = "Frame Relay"
        case hdlc = "Cisco HDLC"
        case arcnet = "ARCnet"
        case nflog = "NFLOG"
        case pktap = "PKTAP"
        case ppi = "PPI"
        case erf = "ERF"
        case backbone = "802.1ah"
        case serviceHeader = "NSH"
        case tunnel = "tunnel"
        case gre = "GRE"
        case erspan = "ERSPAN"
        case vxlan = "VXLAN"
        case geneve = "Geneve"
        case gtp = "GTP-U"
        case l2tp = "L2TP"
        case teredo = "Teredo"
        case tzsp = "TZSP"
        case arp = "ARP"
        case ip = "IP"
        case ipv4 = "IPv4"
        case ipv6 = "IPv6"
        case ipv6Extension = "IPv6 extension header"
        case tcp = "TCP"
        case udp = "UDP"
        case icmpv4 = "ICMP"
        case icmpv6 = "ICMPv6"
        case icmpExtension = "ICMP extension"
        case dns = "DNS"
        case tls = "TLS"
        /// The answer of a UDP service.
        case service = "service"
    }

    @frozen
    public enum Problem: Hashable, Sendable {
        /// The header goes on after the last byte that there is.
        case truncated(needed: Int, available: Int)
        /// A length field says less than the header that holds it, or more than its frame can.
        case badLength(found: Int, minimum: Int)
        /// The version field is not the one of this protocol.
        case badVersion(UInt8)
        /// Well-formed, but the next protocol is none that is decoded here.
        case unknownProtocol(UInt32)
        /// More nested headers than any honest packet has.
        case chainTooLong(limit: Int)
        /// Longer than the protocol allows.
        case tooLong(found: Int, limit: Int)
        /// A value that this field cannot have: a compression pointer forward, a reserved label type.
        case badValue(UInt32)
    }

    public var layer: Layer
    /// From the start of the frame.
    public var offset: Int
    public var problem: Problem

    @inlinable
    public init(_ layer: Layer, at offset: Int, _ problem: Problem) {
        self.layer = layer
        self.offset = offset
        self.problem = problem
    }

    public var description: String {
        let what =
            switch problem {
            case .truncated(let needed, let available): "needs \(needed) bytes, \(available) there"
            case .badLength(let found, let minimum): "length \(found) where at least \(minimum) is needed"
            case .badVersion(let version): "version \(version)"
            case .unknownProtocol(let number): "unknown protocol 0x" + String(number, radix: 16)
            case .chainTooLong(let limit): "more than \(limit) headers in a row"
            case .tooLong(let found, let limit): "length \(found) above the limit of \(limit)"
            case .badValue(let value): "impossible value 0x" + String(value, radix: 16)
            }
        return "\(layer.rawValue) at offset \(offset): \(what)"
    }
}
