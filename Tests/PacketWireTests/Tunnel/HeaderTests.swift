import PacketWire
import Testing

/// The tunnels' headers by themselves.
struct TunnelHeaderTests {
    @Test func greRoundTrips() throws {
        for key in [nil, 7] as [UInt32?] {
            for sequence in [nil, 9] as [UInt32?] {
                for version in [0, 1] as [UInt8] {
                    var header = GREHeader(0x0800, key: key, sequenceNumber: sequence, version: version)
                    let bytes = emitted { header.encode(into: &$0) }
                    #expect(bytes.count == header.length)
                    #expect(try GREHeader(decoding: bytes.span, at: 0) == header)
                    header.hasChecksum = true
                    #expect(try GREHeader(decoding: bytes.span, at: 0) != header)
                }
            }
        }
    }

    @Test func vxlanAndGeneveRoundTrip() throws {
        for header in [VXLANHeader(network: 0x1FF_FFFF), VXLANHeader(network: 5, nextProtocol: 3)] {
            let bytes = emitted { header.encode(into: &$0) }
            #expect(try VXLANHeader(decoding: bytes.span, at: 0) == header)
        }
        var geneve = GeneveHeader(network: 77, protocolType: 0x86DD)
        geneve.optionsLength = 8
        geneve.isControl = true
        let bytes = emitted { geneve.encode(into: &$0) } + [UInt8](repeating: 0, count: 8)
        #expect(try GeneveHeader(decoding: bytes.span, at: 0) == geneve)
        #expect(throws: DecodeError(.geneve, at: 0, .truncated(needed: 16, available: 12))) {
            try GeneveHeader(decoding: Array(bytes.prefix(12)).span, at: 0)
        }
    }

    /// Flags, length, and the extension headers' lengths.
    @Test(arguments: [
        ("30ff 0000 00000001", 8, 8), ("32ff 0004 00000001 0001 00 00", 12, 12),
        ("32ff 0004 00000001 0001 00 ff", 12, 12), ("34ff 0008 00000001 0000 00 85 01 0000 00", 16, 16),
        ("34ff 000c 00000001 0000 00 85 01 0000 40 01 0000 00", 20, 20),
        ("1eff 0004 0001 0002 00 ffffff 0102030405060708", 20, 24),
    ])
    func gtpHeadersSayWhereThePacketBegins(_ text: String, _ length: Int, _ end: Int) throws {
        let header = try GTPHeader(decoding: hex(text).span, at: 0)
        #expect(header.messageType == GTPHeader.userData)
        #expect(header.length == length)
        #expect(header.end == end)
    }

    @Test(arguments: [
        "30ff", "50ff 0000 00000001", "34ff 0000 00000001 0000 00 85", "34ff 0000 00000001 0000 00 85 00 000000",
        "34ff 0000 00000001 0000 00 85 05 000000", "32ff 0000 00000001 0000",
        "34ff 0000 00000001 0000 00 85" + String(repeating: "01 0000 85", count: 40),
    ])
    func gtpThatCannotBeIsRefused(_ text: String) {
        #expect(throws: DecodeError.self) { try GTPHeader(decoding: hex(text).span, at: 0) }
    }

    @Test(arguments: [
        ("0002 0007 0009", 6), ("4002 0040 0007 0009", 8), ("4802 0040 0007 0009 0001 0002", 12),
        ("4a02 0040 0007 0009 0001 0002 0002 ffff", 16), ("0202 0007 0009 0000", 8),
    ])
    func l2tpHeadersSayWhereThePacketBegins(_ text: String, _ length: Int) throws {
        let bytes = hex(text)
        let header = try L2TPHeader(decoding: bytes.span, at: 0)
        #expect(header.length == length && header.tunnel == 7 && header.session == 9 && !header.isControl)
        for count in 0..<length {
            #expect(throws: DecodeError.self) { try L2TPHeader(decoding: Array(bytes.prefix(count)).span, at: 0) }
        }
    }

    @Test(arguments: [
        ("60000000", 0), ("0000 1234 01020304 60", 8), ("0001 0000 0000000000000001 00 6000", 13),
        ("0001 0201 aabb cc 0000000000000001 00 0000 1234 01020304", 24),
    ])
    func teredoHeadersSayWhereThePacketBegins(_ text: String, _ length: Int) throws {
        #expect(try TeredoHeader(decoding: hex(text).span, at: 0).length == length)
    }

    /// 802.11, A to D of the distribution system's bits, with quality of service, an aggregate, padding.
    @Test(arguments: [
        ("0800 0000 020000000001 020000000002 020000000003 0000", 24, 2, 1),
        ("0801 0000 020000000003 020000000002 020000000001 0000", 24, 2, 1),
        ("0802 0000 020000000001 020000000003 020000000002 0000", 24, 2, 1),
        ("0803 0000 020000000003 020000000004 020000000001 0000 020000000002", 30, 2, 1),
        ("8800 0000 020000000001 020000000002 020000000003 0000 0000", 26, 2, 1),
        ("8880 0000 020000000001 020000000002 020000000003 0000 0000 00000000", 30, 2, 1),
        ("8800 0000 020000000009 020000000009 020000000003 0000 8000 020000000001 020000000002 0020", 40, 2, 1),
    ])
    func wirelessHeadersNameTheStations(_ text: String, _ length: Int, _ source: UInt64, _ destination: UInt64) throws {
        let header = try WLANHeader(decoding: hex(text).span, at: 0)
        #expect(header.length == length)
        #expect(header.source.rawValue == 0x0200_0000_0000 | source)
        #expect(header.destination.rawValue == 0x0200_0000_0000 | destination)
        #expect(header.aggregateEnd == (length == 40 ? 72 : nil))
    }

    @Test(arguments: ["8000", "4800", "c400", "0840", "0900", "08"])
    func wirelessFramesWithoutAReadablePacketAreTold(_ text: String) {
        let bytes = text.count < 4 ? hex(text) : hex(text) + [UInt8](repeating: 0, count: 40)
        #expect(throws: DecodeError.self) { try WLANHeader(decoding: bytes.span, at: 0) }
    }
}
