import PacketWire
import Testing

struct ICMPExtensionTests {
    // A macro cannot take a span apart.
    private func structure(of packet: Packet, _ frame: [UInt8]) -> ICMPExtensions? {
        packet.icmp?.extensions(in: frame.span)
    }

    static let quote = builder(.v4, .rawIP).udp(from: 33434, to: 53)
    static let labels = ICMPExtensions([.mplsLabelStack([MPLSLabel(100_001, trafficClass: 0, timeToLive: 1)])])

    /// A router of 2006: no length field, the quote padded to 128 bytes (from tcpdump's own collection).
    static let older =
        hex(
            """
            450000a813974000ff014db00a0500010c040404 0b00cd0300000000
            45000028a54d00000111f76e0c0404040c010101 a54b829c00140000
            """) + [UInt8](repeating: 0, count: 100) + hex("2000c55f 00080101 18960101")

    @Test func olderRoutersPutThemAtAFixedPlace() throws {
        let packet = decode(Self.older, .rawIP)
        let icmp = try #require(packet.icmp)
        #expect(icmp.hasUncompliantExtensions)
        #expect(packet.anomalies == .uncompliantExtensions)
        let extensions = try #require(structure(of: packet, Self.older))
        #expect(extensions.isChecksumValid && !extensions.isMalformed)
        #expect(extensions.objects == [.mplsLabelStack([MPLSLabel(rawValue: 0x1896_0101)])])
        #expect(icmp.quoted?.range == 28..<156)
        #expect(icmp.quoted?.destinationPort == 33436)
        #expect(packet.checksums(in: Self.older.span) == ChecksumReport(ipv4Header: .valid, transport: .valid))
    }

    /// Plain long quotes look the same: without a checksum that fits, there are none.
    @Test func withoutALengthTheChecksumDecides() {
        var frame = Self.older
        frame[158] ^= 1
        #expect(decode(frame, .rawIP).icmp?.extensionsRange == nil)
        #expect(decode(frame, .rawIP).icmp?.quoted?.range == 28..<168)
    }

    @Test(arguments: IPFamily.allCases)
    func theLengthFieldSaysWhereTheyAre(_ family: IPFamily) throws {
        let quote = builder(family, .rawIP).udp(from: 33434, to: 53)
        let objects: [ICMPExtensions.Object] = [
            .mplsLabelStack([MPLSLabel(16, isBottom: false), MPLSLabel(17)]),
            .interfaceInformation(type: 0x0E, data: [0, 0, 0, 15]), .other(classNumber: 9, type: 1, data: []),
        ]
        let frame = router(family).icmpError(
            type: family == .v4 ? 11 : 3, code: 0, quoting: quote, extensions: ICMPExtensions(objects))
        let icmp = try #require(decode(frame, .rawIP).icmp)
        #expect(!icmp.hasUncompliantExtensions)
        let extensions = try #require(structure(of: decode(frame, .rawIP), frame))
        #expect(extensions == ICMPExtensions(objects))
        #expect(icmp.quoted?.range.count == 128)
        #expect(icmp.quoted?.destinationPort == 53)
    }

    @Test func aWrongChecksumIsSaidToBeOne() throws {
        var frame = router(.v4).icmpError(type: 3, code: 1, quoting: Self.quote, extensions: Self.labels)
        frame[frame.count - 1] ^= 0xFF
        let extensions = try #require(structure(of: decode(frame, .rawIP), frame))
        #expect(!extensions.isChecksumValid)
        #expect(extensions.objects.count == 1)
    }

    @Test(arguments: [UInt8(0), 3, 200])
    func anObjectThatLiesEndsTheList(_ length: UInt8) throws {
        var frame = router(.v4).icmpError(type: 3, code: 1, quoting: Self.quote, extensions: Self.labels)
        frame[frame.count - 7] = length
        let extensions = try #require(structure(of: decode(frame, .rawIP), frame))
        #expect(extensions.isMalformed && extensions.objects.isEmpty)
    }

    @Test func onlyTheExtendedTypesHaveThem() {
        let frame = router(.v6).icmpError(
            type: 2, code: 0, quoting: builder(.v6, .rawIP).udp(from: 1, to: 2), extensions: Self.labels)
        #expect(decode(frame, .rawIP).icmp?.extensionsRange == nil)
    }
}
