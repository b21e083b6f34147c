import PacketWire
import Testing

/// A SYN from the client to port 443 of the server, and what it travelled in.
struct TunnelledFrame: Sendable, CustomTestStringConvertible {
    var name: String
    var linkType = LinkType.ethernet
    var bytes: [UInt8]
    /// As `Encapsulations.description(in:)` says it.
    var inside: String
    var testDescription: String { name }

    static let all: [TunnelledFrame] = tags + ipInIP + gre + overlays + access + [nested]

    static let syn = TCPHeader(from: 40000, to: 443, .syn, sequenceNumber: 1)
    static let innerV4 = builder(.v4, .rawIP).tcp(syn)
    static let innerV6 = builder(.v6, .rawIP).tcp(syn)
    static let innerFrame = builder(.v4, .ethernet(from: innerMAC, to: clientMAC)).tcp(syn)
    static let innerMAC = MACAddress(rawValue: 0x0A00_0000_0077)

    private static let outerV4 = FrameBuilder(
        .ethernet(from: clientMAC, to: serverMAC), from: .v4(IPv4Address(192, 0, 2, 1)),
        to: .v4(IPv4Address(192, 0, 2, 2)))
    private static let outerV6 = FrameBuilder(
        .ethernet(from: clientMAC, to: serverMAC), from: .v6(IPv6Address(rawValue: 0xFD00 << 112 | 1)),
        to: .v6(IPv6Address(rawValue: 0xFD00 << 112 | 2)))
    private static let ends = "192.0.2.1 > 192.0.2.2"
    private static let endsV6 = "fd00::1 > fd00::2"

    private static func ethernet(_ type: EtherType, _ rest: [UInt8]) -> [UInt8] {
        emitted { EthernetHeader(destination: serverMAC, source: clientMAC, etherType: type).encode(into: &$0) } + rest
    }

    private static var tags: [TunnelledFrame] {
        let label = emitted { MPLSLabel(17).encode(into: &$0) }
        return [
            TunnelledFrame(name: "VLAN", bytes: ethernet(.vlan, hex("2064 0800") + innerV4), inside: "vlan 100"),
            TunnelledFrame(
                name: "VLAN in 802.1ad", bytes: ethernet(.serviceVLAN, hex("0064 8100 0007 86dd") + innerV6),
                inside: "vlan 100, vlan 7"),
            TunnelledFrame(
                name: "802.1ah", bytes: ethernet(.serviceVLAN, hex("0064 88e7 00012345") + innerFrame),
                inside: "vlan 100, 802.1ah 74565"),
            TunnelledFrame(
                name: "MPLS stack", bytes: ethernet(.mplsUnicast, hex("000640ff") + label + innerV6),
                inside: "MPLS 100, MPLS 17"),
            TunnelledFrame(
                name: "pseudowire with control word",
                bytes: ethernet(.mplsUnicast, label + hex("00000000") + innerFrame), inside: "MPLS 17, pseudowire"),
            TunnelledFrame(
                // Its first address begins with 2.
                name: "pseudowire without",
                bytes: ethernet(
                    .mplsUnicast,
                    label
                        + builder(.v4, .ethernet(from: clientMAC, to: MACAddress(rawValue: 0x2A00_0000_0001))).tcp(syn)),
                inside: "MPLS 17, pseudowire"),
            TunnelledFrame(
                name: "pseudowire without, from a vendor's station",
                bytes: ethernet(.mplsUnicast, label + innerFrame), inside: "MPLS 17, pseudowire"),
            TunnelledFrame(
                name: "PPPoE",
                bytes: ethernet(
                    .pppoeSession,
                    hex("1100 0009") + emitted { $0 += [0, UInt8(innerV6.count + 2)] } + hex("0057") + innerV6),
                inside: "PPPoE 9"),
        ]
    }

    private static var ipInIP: [TunnelledFrame] {
        [
            TunnelledFrame(name: "4in4", bytes: outerV4.ip(.ipv4, innerV4), inside: "IPv4 in IPv4 \(ends)"),
            TunnelledFrame(name: "6in4", bytes: outerV4.ip(.ipv6, innerV6), inside: "IPv6 in IPv4 \(ends)"),
            TunnelledFrame(name: "4in6", bytes: outerV6.ip(.ipv4, innerV4), inside: "IPv4 in IPv6 \(endsV6)"),
            TunnelledFrame(name: "6in6", bytes: outerV6.ip(.ipv6, innerV6), inside: "IPv6 in IPv6 \(endsV6)"),
            TunnelledFrame(
                // RFC 2473's encapsulation limit stands in destination options.
                name: "4in6 with a limit",
                bytes: outerV6.ip(.ipv6DestinationOptions, hex("0400 0401 0401 0100") + innerV4),
                inside: "IPv4 in IPv6 \(endsV6)"),
            TunnelledFrame(
                name: "EtherIP", bytes: outerV4.ip(.etherIP, hex("3000") + innerFrame), inside: "EtherIP \(ends)"),
            TunnelledFrame(
                name: "MPLS in IP", bytes: outerV4.ip(.mplsInIP, hex("000641ff") + innerV4),
                inside: "MPLS in IP \(ends), MPLS 100"),
        ]
    }

    private static var gre: [TunnelledFrame] {
        func gre(_ header: String, _ rest: [UInt8]) -> [UInt8] { outerV4.ip(.gre, hex(header) + rest) }
        return [
            TunnelledFrame(name: "GRE", bytes: gre("0000 0800", innerV4), inside: "GRE 0 \(ends)"),
            TunnelledFrame(
                name: "GRE over IPv6", bytes: outerV6.ip(.gre, hex("0000 86dd") + innerV6), inside: "GRE 0 \(endsV6)"),
            TunnelledFrame(
                name: "GRE with everything", bytes: gre("b000 86dd ffff0000 00000007 00000001", innerV6),
                inside: "GRE 7 \(ends)"),
            TunnelledFrame(
                name: "GRE with a route", bytes: gre("4000 0800 00000000 00020004 0a000001 00000000", innerV4),
                inside: "GRE 0 \(ends)"),
            TunnelledFrame(
                name: "PPTP", bytes: gre("3081 880b 00400005 00000001 00000002 ff03 0021", innerV4),
                inside: "PPTP 5 \(ends)"),
            TunnelledFrame(name: "NVGRE", bytes: gre("2000 6558 00123407", innerFrame), inside: "NVGRE 4660 \(ends)"),
            TunnelledFrame(name: "bridge over GRE", bytes: gre("0000 6558", innerFrame), inside: "GRE 0 \(ends)"),
            TunnelledFrame(name: "ERSPAN I", bytes: gre("0000 88be", innerFrame), inside: "ERSPAN 0 \(ends)"),
            TunnelledFrame(
                name: "ERSPAN II", bytes: gre("1000 88be 00000001 1064 0805 00000000", innerFrame),
                inside: "ERSPAN 5 \(ends)"),
            TunnelledFrame(
                name: "ERSPAN III",
                bytes: gre("1000 22eb 00000001 2064 0805 00000000 00000001 0000000000000000", innerFrame),
                inside: "ERSPAN 5 \(ends)"),
            TunnelledFrame(name: "WCCP", bytes: gre("0000 883e 00010203", innerV4), inside: "GRE 0 \(ends)"),
            TunnelledFrame(
                name: "MPLS over GRE", bytes: gre("0000 8847 000641ff", innerV4), inside: "GRE 0 \(ends), MPLS 100"),
        ]
    }

    private static func udp(_ port: UInt16, _ header: String, _ rest: [UInt8]) -> [UInt8] {
        outerV4.udp(from: 50000, to: port, payload: hex(header) + rest)
    }

    private static var overlays: [TunnelledFrame] {
        [
            TunnelledFrame(
                name: "VXLAN", bytes: udp(4789, "08000000 00004d00", innerFrame), inside: "VXLAN 77 \(ends)"),
            TunnelledFrame(
                name: "VXLAN on Linux's old port", bytes: udp(8472, "08000000 00004d00", innerFrame),
                inside: "VXLAN 77 \(ends)"),
            TunnelledFrame(
                name: "VXLAN over IPv6",
                bytes: outerV6.udp(from: 1, to: 4789, payload: hex("08000000 00004d00") + innerFrame),
                inside: "VXLAN 77 \(endsV6)"),
            TunnelledFrame(
                name: "VXLAN-GPE", bytes: udp(4790, "0c000002 00004d00", innerV6), inside: "VXLAN 77 \(ends)"),
            TunnelledFrame(
                name: "NSH in VXLAN-GPE",
                bytes: udp(
                    4790, "0c000004 00004d00 0fc6 0203 000007 ff" + String(repeating: "00", count: 16), innerFrame),
                inside: "VXLAN 77 \(ends), NSH 7"),
            TunnelledFrame(
                name: "Geneve", bytes: udp(6081, "0000 6558 00004d00", innerFrame), inside: "Geneve 77 \(ends)"),
            TunnelledFrame(
                name: "Geneve with options, IP", bytes: udp(6081, "0240 86dd 00004d00 0102 8001 00000005", innerV6),
                inside: "Geneve 77 \(ends)"),
            TunnelledFrame(name: "LISP", bytes: udp(4341, "08000000 00000900", innerV4), inside: "LISP 9 \(ends)"),
            TunnelledFrame(name: "GRE in UDP", bytes: udp(4754, "0000 0800", innerV4), inside: "GRE 0 \(ends)"),
            TunnelledFrame(
                name: "MPLS in UDP", bytes: udp(6635, "000641ff", innerV4), inside: "MPLS in IP \(ends), MPLS 100"),
            TunnelledFrame(
                name: "TZSP", bytes: udp(37008, "01000001 0a01c4 00 01", innerFrame), inside: "TZSP \(ends)"),
        ]
    }

    private static var access: [TunnelledFrame] {
        let length = emitted { $0 += [0, UInt8(innerV4.count)] }
        let longer = emitted { $0 += [0, UInt8(innerV4.count + 8)] }
        return [
            TunnelledFrame(
                name: "GTP-U",
                bytes: outerV4.udp(from: 2152, to: 2152, payload: hex("30ff") + length + hex("00001234") + innerV4),
                inside: "GTP-U 4660 \(ends)"),
            TunnelledFrame(
                name: "GTP-U with extensions",
                bytes: udp(2152, "34ff", longer + hex("00001234 0001 00 85 01 1009 00") + innerV4),
                inside: "GTP-U 4660 \(ends)"),
            TunnelledFrame(
                name: "GTP-U with Ethernet",
                bytes: udp(
                    2152, "30ff", emitted { $0 += [0, UInt8(innerFrame.count)] } + hex("00001234") + innerFrame),
                inside: "GTP-U 4660 \(ends)"),
            TunnelledFrame(
                name: "L2TP",
                bytes: udp(
                    1701, "4002 ",
                    emitted { $0 += [0, UInt8(innerV4.count + 12)] } + hex("0007 0009 ff03 0021") + innerV4),
                inside: "L2TP 458761 \(ends)"),
            TunnelledFrame(name: "Teredo", bytes: udp(3544, "", innerV6), inside: "Teredo \(ends)"),
            TunnelledFrame(
                name: "Teredo with its headers",
                bytes: udp(3544, "0001 0000 0000000000000001 00 0000 1234 01020304", innerV6), inside: "Teredo \(ends)"),
        ]
    }

    /// A mobile phone's packet, mirrored in a data centre.
    private static let nested: TunnelledFrame = {
        let phone = outerV4.udp(from: 2152, to: 2152, payload: hex("30ff 0028 00001234") + innerV4)
        return TunnelledFrame(
            name: "GTP-U in VLAN in ERSPAN",
            bytes: outerV6.ip(
                .gre,
                hex("1000 88be 00000001 1064 0805 00000000") + phone.prefix(12) + hex("8100 0064") + phone.dropFirst(12)
            ),
            inside: "ERSPAN 5 \(endsV6), vlan 100, GTP-U 4660 \(ends)")
    }()
}
