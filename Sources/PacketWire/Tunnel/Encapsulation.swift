/// One header that a packet travelled in: a VLAN tag, an MPLS label, a tunnel.
///
/// It holds what the header says by itself. The addresses of a tunnel's ends stay in the frame, because few ask
/// for them and every packet would have to carry them: see `addresses(in:)`.
@frozen
public struct Encapsulation: Hashable, Sendable, CustomStringConvertible {
    @frozen
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case vlan
        /// IEEE 802.1ah's service instance tag: Ethernet in Ethernet.
        case backbone
        case mpls
        /// Ethernet under an MPLS label, RFC 4448.
        case pseudowire
        case pppoe
        /// IP in IP of the four kinds: RFC 2003, RFC 4213, RFC 2473.
        case ipv4InIPv4, ipv6InIPv4, ipv4InIPv6, ipv6InIPv6
        case gre
        /// GRE version 1 with PPP, RFC 2637.
        case pptp
        /// Ethernet in GRE with a subnet in the key, RFC 7637; without a key it is a plain bridge: `gre`.
        case nvgre
        case erspan
        case etherIP
        case mplsInIP
        case vxlan
        case geneve
        case gtp
        case l2tp
        case teredo
        case lisp
        /// RFC 8300.
        case serviceFunctionChain
        /// TaZmen sniffer protocol: what mirrors a port of some access points and routers.
        case tzsp
    }

    public var kind: Kind
    /// The number of the header as it stands there, with what belongs to it: a VLAN's tag type and control
    /// bits, a label's time to live.
    public var rawIdentifier: UInt32
    /// Where the header begins that carries it: the tag or the label itself, for tunnels the outer IP header.
    /// Nil beyond 65,534 bytes.
    public var offset: Int? { offsetField == .max ? nil : Int(offsetField) }

    @usableFromInline var offsetField: UInt16

    @inlinable
    public init(_ kind: Kind, rawIdentifier: UInt32 = 0, offset: Int = 0) {
        self.kind = kind
        self.rawIdentifier = rawIdentifier
        offsetField = UInt16(clamping: offset)
    }

    /// VLAN, label, session, key, network or tunnel endpoint, as people name it; nil where the header has none.
    public var identifier: UInt32? {
        switch kind {
        case .vlan: rawIdentifier & 0xFFF
        case .mpls: rawIdentifier >> 12
        case .ipv4InIPv4, .ipv6InIPv4, .ipv4InIPv6, .ipv6InIPv6, .pseudowire, .etherIP, .mplsInIP, .teredo, .tzsp: nil
        case .backbone, .pppoe, .gre, .pptp, .nvgre, .erspan, .vxlan, .geneve, .gtp, .l2tp, .lisp,
            .serviceFunctionChain:
            rawIdentifier
        }
    }

    /// The same with nothing but what people name: no control bits, no place in a frame.
    var named: Encapsulation {
        let bits: UInt32 =
            switch kind {
            case .vlan: 0xFFF
            case .mpls: 0xFFFF_F000
            default: identifier == nil ? 0 : .max
            }
        return Encapsulation(kind, rawIdentifier: rawIdentifier & bits)
    }

    /// The identifier names a network with addresses of its own, the same one in both directions: equal flows
    /// in two of them are two conversations. Labels, call and endpoint identifiers differ by direction, and
    /// VLANs may be rewritten on the way back.
    public var namesNetwork: Bool {
        switch kind {
        case .vxlan, .geneve, .nvgre, .backbone: true
        default: false
        }
    }

    /// Between two hosts over IP, so that it has addresses of its own.
    public var isTunnel: Bool {
        switch kind {
        case .vlan, .backbone, .mpls, .pseudowire, .pppoe, .serviceFunctionChain: false
        default: true
        }
    }

    /// The ends of a tunnel, read from the frame that the packet came from; nil where there are none.
    public func addresses(in frame: Span<UInt8>) -> (source: IPAddress, destination: IPAddress)? {
        guard isTunnel, let offset, frame.available(from: offset) > 0 else { return nil }
        if frame[offset] >> 4 == 6 {
            guard let header = try? IPv6Header(decoding: frame, at: offset) else { return nil }
            return (.v6(header.source), .v6(header.destination))
        }
        guard let header = try? IPv4Header(decoding: frame, at: offset) else { return nil }
        return (.v4(header.source), .v4(header.destination))
    }

    /// `vlan 20`, `VXLAN 77`, `IPv6 in IPv4`.
    public var description: String { identifier.map { "\(kind.name) \($0)" } ?? kind.name }

    /// The same with the ends of a tunnel: `VXLAN 77 10.0.0.1 > 10.0.0.2`.
    public func description(in frame: Span<UInt8>) -> String {
        addresses(in: frame).map { "\(self) \($0.source) > \($0.destination)" } ?? description
    }
}

extension Encapsulation.Kind {
    public var name: String {
        switch self {
        case .vlan: "vlan"
        case .backbone: "802.1ah"
        case .mpls: "MPLS"
        case .pseudowire: "pseudowire"
        case .pppoe: "PPPoE"
        case .ipv4InIPv4: "IPv4 in IPv4"
        case .ipv6InIPv4: "IPv6 in IPv4"
        case .ipv4InIPv6: "IPv4 in IPv6"
        case .ipv6InIPv6: "IPv6 in IPv6"
        case .gre: "GRE"
        case .pptp: "PPTP"
        case .nvgre: "NVGRE"
        case .erspan: "ERSPAN"
        case .etherIP: "EtherIP"
        case .mplsInIP: "MPLS in IP"
        case .vxlan: "VXLAN"
        case .geneve: "Geneve"
        case .gtp: "GTP-U"
        case .l2tp: "L2TP"
        case .teredo: "Teredo"
        case .lisp: "LISP"
        case .serviceFunctionChain: "NSH"
        case .tzsp: "TZSP"
        }
    }
}
