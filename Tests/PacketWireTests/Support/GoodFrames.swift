import PacketWire
import Testing

/// One well-formed frame of every kind that is decoded, for tests that then damage them.
struct GoodFrame: Sendable, CustomTestStringConvertible {
    var name: String
    var linkType: LinkType
    var bytes: [UInt8]

    var testDescription: String { name }

    init(_ name: String, _ bytes: [UInt8]) {
        self.init(name, .ethernet, bytes)
    }

    init(_ name: String, _ linkType: LinkType, _ bytes: [UInt8]) {
        self.name = name
        self.linkType = linkType
        self.bytes = bytes
    }

    static let all: [GoodFrame] =
        [IPFamily.v4, .v6].flatMap(transports) + links + neighbours + LinkedFrame.all.map(\.good)
        + TunnelledFrame.all.map { GoodFrame($0.name, $0.linkType, $0.bytes) }

    private static let options: [TCPOption] = [
        .maximumSegmentSize(1460), .sackPermitted, .timestamps(TCPTimestamps(value: 7, echoReply: 0)), .noOperation,
        .windowScale(7), .fastOpen(cookie: [1, 2, 3, 4, 5, 6, 7, 8]),
    ]

    private static func transports(_ family: IPFamily) -> [GoodFrame] {
        let from = builder(family)
        let syn = from.tcp(TCPHeader(from: 40000, to: 443, .syn, sequenceNumber: 123), options: options)
        let quoted = decode(syn).networkBytes(of: syn)
        let labels = ICMPExtensions([
            .mplsLabelStack([MPLSLabel(100_001, isBottom: false, timeToLive: 1), MPLSLabel(3)]),
            .interfaceInformation(type: 0x40, data: [0, 0, 0, 7]),
        ])
        let link = FrameBuilder.Link.ethernet(from: serverMAC, to: clientMAC)
        let expired: UInt8 = family == .v4 ? 11 : 3
        return [
            GoodFrame("\(family) SYN", syn),
            GoodFrame(
                "\(family) data",
                from.tcp(TCPHeader(from: 40000, to: 443, [.ack, .psh]), payload: [UInt8](repeating: 0x41, count: 33))),
            GoodFrame("\(family) UDP", from.udp(from: 5353, to: 53, payload: [1, 2, 3, 4, 5])),
            GoodFrame("\(family) echo", from.echo(identifier: 7, sequence: 9, payload: [1, 2, 3])),
            GoodFrame(
                "\(family) time exceeded",
                router(family, link).icmpError(type: expired, code: 0, quoting: quoted)),
            GoodFrame(
                "\(family) time exceeded with labels",
                router(family, link).icmpError(type: expired, code: 0, quoting: quoted, extensions: labels)),
            GoodFrame("\(family) ESP", from.ip(.esp, [0, 0, 8, 0, 1, 2, 3, 4])),
        ]
    }

    private static var links: [GoodFrame] {
        let header = TCPHeader(from: 40000, to: 443, .syn)
        var tagged = builder(.v4)
        tagged.vlanTags = [VLANTag(10, tagProtocol: .serviceVLAN), VLANTag(20)]
        let raw = builder(.v4, .rawIP).tcp(header)
        let ethernet = { (type: EtherType, rest: [UInt8]) in
            emitted { EthernetHeader(destination: serverMAC, source: clientMAC, etherType: type).encode(into: &$0) }
                + rest
        }
        return [
            GoodFrame("QinQ", tagged.tcp(header)),
            GoodFrame("cooked v1", .linuxSLL, builder(.v4, .linuxSLL(.fromUs)).tcp(header)),
            GoodFrame("cooked v2", .linuxSLL2, builder(.v6, .linuxSLL2(.toUs, interfaceIndex: 3)).tcp(header)),
            GoodFrame("loopback", .null, builder(.v6, .null).tcp(header)),
            GoodFrame("raw", .rawIP, raw),
            GoodFrame(
                "PPPoE",
                ethernet(
                    .pppoeSession,
                    emitted { PPPoEHeader(sessionID: 5, payloadLength: UInt16(raw.count + 2)).encode(into: &$0) }
                        + emitted { PPPHeader(.ipv4).encode(into: &$0) } + raw)),
            GoodFrame("PPP", .ppp, hex("ff030021") + raw),
            GoodFrame("MPLS", ethernet(.mplsUnicast, emitted { MPLSLabel(17).encode(into: &$0) } + raw)),
            GoodFrame(
                "SNAP",
                hex("020000000002 020000000001")
                    + emitted { $0.append(contentsOf: [0, UInt8(raw.count + 8)]) }
                    + emitted { LLCHeader.snap(.ipv4).encode(into: &$0) } + raw),
            GoodFrame("IPv4 options", .rawIP, withOptions),
            GoodFrame("IPv6 extensions", .rawIP, withExtensions),
        ]
    }

    /// A router alert, then UDP.
    private static var withOptions: [UInt8] {
        let payload = emitted { UDPHeader(from: 1, to: 2, payloadLength: 0).encode(into: &$0) }
        var header = IPv4Header(
            from: IPv4Address(10, 1, 1, 1), to: IPv4Address(10, 9, 9, 9), .udp, payloadLength: payload.count)
        header.totalLength = 24 + UInt16(payload.count)
        return emitted { header.encode(into: &$0, options: [148, 4, 0, 0]) } + payload
    }

    /// Hop-by-hop, destination options, routing, fragment (the first), authentication, then UDP.
    private static var withExtensions: [UInt8] {
        let chain = hex(
            """
            3c00 0104 0000 0000
            2b00 0104 0000 0000
            2c02 0400 0000 0000 20010db8 00000000 00000000 00000001
            3300 0001 00000007
            1104 0000 00000001 00000002 000000000000000000000000
            """)
        let payload = emitted { UDPHeader(from: 1, to: 2, payloadLength: 4).encode(into: &$0) } + [1, 2, 3, 4]
        return builder(.v6, .rawIP).ip(.hopByHopOptions, chain + payload)
    }

    private static var neighbours: [GoodFrame] {
        var solicitation = NDMessage(.neighborSolicitation, target: IPv6Address(rawValue: 0xFE80 << 112 | 1))
        solicitation.sourceLinkAddress = clientMAC
        var advertisement = NDMessage(.neighborAdvertisement, target: solicitation.target, flags: [.solicited])
        advertisement.targetLinkAddress = serverMAC
        var routerAdvertisement = NDMessage(.routerAdvertisement, flags: .managedAddresses)
        routerAdvertisement.hopLimit = 64
        routerAdvertisement.routerLifetime = 1800
        routerAdvertisement.mtu = 1480
        routerAdvertisement.prefix = NDMessage.Prefix(IPv6Address(rawValue: 0x2001_0DB8 << 96), length: 64)
        routerAdvertisement.sourceLinkAddress = serverMAC
        return [
            GoodFrame(
                "ARP",
                builder(.v4).arp(
                    ARPPacket(.request, sender: clientMAC, IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 9)))),
            GoodFrame("NS", builder(.v6).neighborDiscovery(solicitation)),
            GoodFrame("NA", builder(.v6).neighborDiscovery(advertisement)),
            GoodFrame("RS", builder(.v6).neighborDiscovery(NDMessage(.routerSolicitation))),
            GoodFrame("RA", builder(.v6).neighborDiscovery(routerAdvertisement)),
            GoodFrame("redirect", builder(.v6).neighborDiscovery(NDMessage(.redirect, target: solicitation.target))),
        ]
    }
}
