import PacketWire
import Testing

struct LinkTests {
    static let header = TCPHeader(from: 40000, to: 443, .syn, sequenceNumber: 1)

    /// The same segment behind each link header gives the same network and transport.
    @Test(arguments: GoodFrame.all.filter { decode($0.bytes, $0.linkType).tcp?.destinationPort == 443 })
    func theLinkDoesNotChangeWhatItCarries(_ good: GoodFrame) {
        let packet = decode(good.bytes, good.linkType)
        #expect(packet.flow?.transport == .tcp)
        #expect(packet.flow?.destination.port == 443)
        #expect(packet.link != nil)
    }

    @Test func ethernetRoundTrips() throws {
        let header = EthernetHeader(destination: serverMAC, source: clientMAC, etherType: .ipv6)
        let encoded = emitted { header.encode(into: &$0) }
        #expect(encoded == hex("020000000002 020000000001 86dd"))
        #expect(try EthernetHeader(decoding: encoded.span, at: 0) == header)
        #expect(header.etherType == .ipv6)
    }

    @Test func aFrameKnowsItsTagsOutermostFirst() {
        var tagged = builder(.v4)
        tagged.vlanTags = [VLANTag(200, priority: 5, tagProtocol: .serviceVLAN), VLANTag(1001)]
        let packet = decode(tagged.tcp(Self.header))
        #expect(packet.vlanTags.count == 2)
        #expect(packet.vlanTags[0] == VLANTag(200, priority: 5, tagProtocol: .serviceVLAN))
        #expect(packet.vlanTags[0]?.priority == 5)
        #expect(packet.vlanTags[1]?.identifier == 1001)
        #expect(packet.vlanTags[2] == nil)
        #expect(packet.vlanTags[-1] == nil)
    }

    @Test(arguments: [(4, 4, true), (6, 4, true), (17, 4, false)])
    func tagsAreCountedUpToARoom(_ tags: Int, _ kept: Int, _ reachesIP: Bool) {
        var tagged = builder(.v4)
        tagged.vlanTags = (0..<tags).map { VLANTag(UInt16($0)) }
        let packet = decode(tagged.tcp(Self.header))
        #expect(packet.vlanTags.count == kept)
        #expect((packet.tcp != nil) == reachesIP)
        #expect(reachesIP || packet.stop?.problem == .chainTooLong(limit: 16))
    }

    @Test func cookedHeadersRoundTrip() throws {
        let first = LinuxCookedHeader(packetType: .fromUs, source: clientMAC, etherType: .ipv4)
        let v1 = emitted { first.encode(into: &$0) }
        #expect(v1 == hex("0004 0001 0006 0200000000010000 0800"))
        #expect(try LinuxCookedHeader(decoding: v1.span, at: 0) == first)
        #expect(first.source == clientMAC)

        let second = LinuxCookedV2Header(packetType: .toUs, interfaceIndex: 7, source: clientMAC, etherType: .ipv6)
        let v2 = emitted { second.encode(into: &$0) }
        #expect(v2 == hex("86dd 0000 00000007 0001 00 06 0200000000010000"))
        #expect(try LinuxCookedV2Header(decoding: v2.span, at: 0) == second)
    }

    @Test(arguments: [
        ("02000000", EtherType.ipv4), ("00000002", .ipv4), ("1e000000", .ipv6), ("0000001e", .ipv6),
        ("18000000", .ipv6),
        ("1c000000", .ipv6), ("0a000000", .ipv6), ("07000000", nil), ("00000000", nil),
        // Families of 16 bits with padding on either side, and an EtherType where the family should be.
        ("00020000", .ipv4), ("00000200", .ipv4), ("0f000800", .ipv4), ("ff0086dd", .ipv6), ("0f000123", nil),
    ])
    func loopbackFamiliesAreReadInBothByteOrders(_ field: String, _ expected: EtherType?) throws {
        let encoded = hex(field)
        let header = try NullHeader(decoding: encoded.span, at: 0)
        #expect(header.etherType == expected)
        #expect(emitted { header.encode(into: &$0) } == encoded)
    }

    /// RFC 1661 section 6.5: the protocol field may be compressed; RFC 1662: so may address and control.
    @Test(arguments: [("ff030021", 4), ("ff0321", 3), ("0021", 2), ("21ff", 1)])
    func pppTakesAllItsForms(_ field: String, _ length: Int) throws {
        let header = try PPPHeader(decoding: hex(field).span, at: 0)
        #expect(header.etherType == .ipv4)
        #expect(header.length == length)
    }

    @Test func pppoeSessionsAreNamedAndDiscoveryIsNotDecoded() {
        let session = GoodFrame.all.first { $0.name == "PPPoE" }
        #expect(session.map { decode($0.bytes).pppoeSession } == 5)
        let discovery = decode(hex("ffffffffffff000c29903a8b8863 110900000012010100000120000205dc0103000416372c16"))
        #expect(discovery.stop?.problem == .unknownProtocol(0x8863))
        #expect(discovery.payload.lowerBound == 14)
    }

    @Test func mplsReachesIPUnderItsBottomLabel() {
        let raw = builder(.v6, .rawIP).tcp(Self.header)
        let labels = emitted {
            MPLSLabel(16, isBottom: false).encode(into: &$0)
            MPLSLabel(0xF_FFFF, trafficClass: 7, timeToLive: 3).encode(into: &$0)
        }
        #expect(labels == hex("000100ff ffffff03"))
        let packet = decode(hex("020000000002 020000000001 8847") + labels + raw)
        #expect(packet.mplsLabelCount == 2)
        #expect(packet.tcp?.destinationPort == 443)
        let endless = decode(hex("020000000002 020000000001 8847") + [UInt8](repeating: 0, count: 80))
        #expect(endless.stop?.problem == .chainTooLong(limit: 16))
    }

    /// 802.3: the length tells the packet from the padding.
    @Test func llcWithoutSNAPIsNotIP() {
        let packet = decode(hex("0180c2000000 020000000001 0026 424203") + [UInt8](repeating: 0, count: 43))
        #expect(packet.stop == DecodeError(.llc, at: 14, .unknownProtocol(0x42)))
        #expect(packet.payload == 14..<52)
    }

    @Test func anUnknownLinkIsSaidToBeOne() {
        let packet = decode([1, 2, 3], LinkType(rawValue: 999))
        #expect(packet.stop == DecodeError(.link, at: 0, .unknownProtocol(999)))
        #expect(packet.link == nil)
        #expect(LinkType(rawValue: 999).description == "link type 999")
        #expect(!LinkType(rawValue: 253).isSupported && LinkType.linuxSLL2.isSupported)
    }
}
