import PacketWire
import Testing

struct TunnelTests {
    @Test(arguments: TunnelledFrame.all)
    func theInnermostPacketIsThePacket(_ frame: TunnelledFrame) {
        let packet = decode(frame.bytes, frame.linkType)
        #expect(packet.stop == nil)
        #expect(packet.anomalies == [])
        #expect(packet.tcp?.destinationPort == 443)
        #expect(packet.flow == builder(packet.family ?? .v4).flow)
        #expect(packet.encapsulations.description(in: frame.bytes.span) == frame.inside)
        #expect(packet.checksums(in: frame.bytes.span).transport == .valid)
        #expect(packet.payloadLengthOnWire == 0)
        let inner = packet.family == .v6 ? TunnelledFrame.innerV6 : TunnelledFrame.innerV4
        #expect(packet.networkBytes(of: frame.bytes) == inner)
    }

    /// The addresses of the link are those of the innermost Ethernet header, or none: a router's address must not
    /// be taken for that of the hosts behind a tunnel.
    @Test(arguments: [("VXLAN", TunnelledFrame.innerMAC), ("GTP-U", nil), ("VLAN", clientMAC)])
    func theLinkIsTheInnermostOne(_ name: String, _ source: MACAddress?) throws {
        let frame = try #require(TunnelledFrame.all.first { $0.name == name })
        #expect(decode(frame.bytes).link?.source == source)
    }

    static let outer = FrameBuilder(.rawIP, from: clientV4, to: serverV4)

    /// What is no tunnelled packet stays what it was: a datagram, or a protocol that is not decoded.
    @Test(arguments: [
        ("a probe's payload", outer.udp(from: 40000, to: 4789, payload: [1, 2, 3])),
        (
            "VXLAN without its flag",
            outer.udp(from: 40000, to: 4789, payload: hex("00000000 00004d00") + TunnelledFrame.innerFrame)
        ),
        (
            "VXLAN with LLDP",
            outer.udp(from: 40000, to: 4789, payload: hex("08000000 00004d00 0180c200000e 020000000001 88cc 0000"))
        ),
        (
            "Geneve of version 1",
            outer.udp(from: 40000, to: 6081, payload: hex("4000 6558 00004d00") + TunnelledFrame.innerFrame)
        ),
        ("GTP echo request", outer.udp(from: 2152, to: 2152, payload: hex("3201 0004 00000000 0001 0000"))),
        ("GTP with garbage", outer.udp(from: 2152, to: 2152, payload: hex("30ff 0004 00000001 ffffffff"))),
        ("L2TP control", outer.udp(from: 1701, to: 1701, payload: hex("c802 000c 0001 0000 0000 0000"))),
        ("Teredo bubble of version 4", outer.udp(from: 3544, to: 3544, payload: TunnelledFrame.innerV4)),
        ("nothing", outer.udp(from: 40000, to: 3544, payload: [])),
    ])
    func aDatagramThatIsNoTunnelStaysOne(_ name: String, _ bytes: [UInt8]) {
        let packet = decode(bytes, .rawIP)
        #expect(packet.stop == nil, "\(name)")
        #expect(packet.encapsulations.isEmpty)
        #expect(packet.udp != nil)
        #expect(packet.source == clientV4 && packet.destination == serverV4)
        #expect(packet.payload == 28..<bytes.count)
    }

    @Test(arguments: [
        (IPProtocol.gre, "0000 0000"), (.gre, "0000 0800 60"), (.gre, "2000 0800 00"), (.gre, "0002 0800 45"),
        (.gre, "4000 0800 00000000" + String(repeating: "0001 0000", count: 20)), (.ipv4, "45"), (.ipv6, "45"),
        (.etherIP, "30"), (.mplsInIP, "000640ff"), (.mplsInIP, "000641ff 10000021"), (.esp, "00000001"),
        (.gre, "1000 88be 00000001 7000 0000 00000000"),
    ])
    func aProtocolThatCarriesNoPacketStaysOne(_ proto: IPProtocol, _ payload: String) {
        let packet = decode(Self.outer.ip(proto, hex(payload)), .rawIP)
        #expect(packet.stop == nil)
        #expect(packet.encapsulations.isEmpty)
        #expect(packet.transportProtocol == proto)
        #expect(packet.source == clientV4)
    }

    /// The inner header says more than the tunnel has.
    @Test func aLengthBeyondTheTunnelIsSeen() {
        var inner = TunnelledFrame.innerV4
        inner[3] += 1
        let packet = decode(Self.outer.ip(.ipv4, inner) + [0, 0, 0], .rawIP)
        #expect(packet.anomalies == .lengthBeyondFrame)
        #expect(packet.payload.isEmpty)
        #expect(packet.payloadLengthOnWire == 0)
    }

    /// What stopped the inner packet is told; its addresses are there.
    @Test func anInnerTransportMayBeCut() {
        let frame = Self.outer.ip(.ipv4, TunnelledFrame.innerV4)
        let packet = decode(Array(frame.prefix(48)), .rawIP, originalLength: frame.count)
        #expect(packet.stop?.layer == .tcp)
        #expect(packet.encapsulations.description == "IPv4 in IPv4")
        #expect(packet.network?.source == clientV4)
    }

    /// The ports of a tunnel's datagram are not those of a packet inside whose own are missing.
    @Test func portsAreThoseOfTheInnermostPacket() {
        let payload = hex("08000000 00004d00") + TunnelledFrame.innerFrame.prefix(34)
        let packet = decode(Self.outer.udp(from: 40000, to: 4789, payload: Array(payload)), .rawIP)
        #expect(packet.stop?.layer == .tcp)
        #expect(packet.encapsulations.description == "VXLAN 77")
        #expect(packet.ports == nil)
    }

    /// The first of several fragments is not entered: the rest of its packet is elsewhere.
    @Test func aFragmentOfATunnelIsAFragment() {
        var frame = Self.outer.ip(.ipv4, TunnelledFrame.innerV4)
        frame[6] = 0x20
        let packet = decode(frame, .rawIP)
        #expect(packet.fragment?.moreFragments == true)
        #expect(packet.transportProtocol == .ipv4)
        #expect(packet.encapsulations.isEmpty)
    }

    /// Addresses that are asked for in an inner ARP message, and the outer ones still in the frame.
    @Test func addressResolutionInsideIsRead() {
        let request = ARPPacket(
            .request, sender: TunnelledFrame.innerMAC, IPv4Address(10, 5, 0, 1), IPv4Address(10, 5, 0, 2))
        let inner = FrameBuilder(.ethernet(from: TunnelledFrame.innerMAC, to: .broadcast), from: clientV4, to: serverV4)
            .arp(request)
        let frame = Self.outer.udp(from: 1, to: 4789, payload: hex("08000000 00004d00") + inner)
        let packet = decode(frame, .rawIP)
        #expect(packet.arp == request)
        #expect(packet.flow == nil && packet.udp == nil)
        #expect(packet.anomalies == [])
        #expect(packet.encapsulations.description(in: frame.span) == "VXLAN 77 10.1.1.1 > 10.9.9.9")
    }

    @Test(arguments: 1...20)
    func nestingIsBounded(_ depth: Int) {
        var bytes = TunnelledFrame.innerV4
        for _ in 0..<depth { bytes = Self.outer.ip(.ipv4, bytes) }
        let packet = decode(bytes, .rawIP)
        #expect(packet.encapsulations.total == min(depth, 16))
        #expect(packet.encapsulations.count == min(depth, 8))
        #expect((packet.tcp != nil) == (depth <= 16))
        #expect(packet.stop?.problem == (depth > 16 ? .chainTooLong(limit: 16) : nil))
        #expect(isPlausible(packet, bytes))
    }

    @Test func identifiersThatNameNetworksAreTold() {
        let names = Encapsulation.Kind.allCases.filter { Encapsulation($0).namesNetwork }.map(\.name)
        #expect(names == ["802.1ah", "NVGRE", "VXLAN", "Geneve"])
        #expect(Set(Encapsulation.Kind.allCases.map(\.name)).count == Encapsulation.Kind.allCases.count)
        #expect(Encapsulation(.vxlan, rawIdentifier: 1, offset: 70_000).offset == nil)
        #expect(Encapsulation(.vxlan, rawIdentifier: 1).addresses(in: [UInt8]().span) == nil)
    }
}

extension FrameBuilder {
    /// Of the SYN that the tests send through tunnels.
    var flow: Flow { Flow(.tcp, from: Endpoint(source, 40000), to: Endpoint(destination, 443)) }
}
