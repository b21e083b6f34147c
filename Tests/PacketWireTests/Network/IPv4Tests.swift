import PacketWire
import StallpointTestKit
import Testing

struct IPv4Tests {
    /// The example of RFC 1071-style textbooks: checksum 0xB861.
    static let known = hex("45000073 00004000 4011 b861 c0a80001 c0a800c7")

    @Test func decodesAndEncodesAKnownHeader() throws {
        let header = try IPv4Header(decoding: Self.known.span, at: 0)
        #expect(header.headerLength == 20)
        #expect(header.totalLength == 0x73)
        #expect(header.dontFragment && !header.moreFragments && !header.reservedFlag)
        #expect(header.protocolNumber == .udp)
        #expect(header.source == IPv4Address(192, 168, 0, 1))
        #expect(header.destination == IPv4Address(192, 168, 0, 199))
        #expect(emitted { header.encode(into: &$0) } == Self.known)
        var wrong = header
        wrong.checksum = 0x1234
        #expect(emitted { wrong.encode(into: &$0) } == Self.known)
        #expect(emitted { wrong.encodeVerbatim(into: &$0) } != Self.known)
    }

    @Test func anyHeaderRoundTrips() throws {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<500 {
            var encoded = random.bytes(20)
            encoded[0] = 0x45
            let header = try IPv4Header(decoding: encoded.span, at: 0)
            #expect(emitted { header.encodeVerbatim(into: &$0) } == encoded)
        }
    }

    @Test func optionsMakeTheHeaderLongerAndSuspicious() throws {
        let good = try #require(GoodFrame.all.first { $0.name == "IPv4 options" })
        let packet = decode(good.bytes, .rawIP)
        #expect(packet.anomalies == .ipv4Options)
        #expect(packet.udp?.destinationPort == 2)
        let options = IPv4Option.list(in: good.bytes.span, 20..<24)
        #expect(options == [IPv4Option(kind: 148, data: [0, 0])])
        #expect(options[0].description == "router alert")
        #expect(emitted { options[0].encode(into: &$0) } == [148, 4, 0, 0])
    }

    /// Kind, length, pointer, addresses; and where the packet goes in the end.
    static let routes: [(String, String)] = [
        ("830b04 01020304 05060708 00", "5.6.7.8"), ("890b08 01020304 05060708 00", "5.6.7.8"),
        ("01 830704 01020304", "1.2.3.4"),
        // Used up, empty, a pointer into the middle or before the beginning, half an address.
        ("830b0c 01020304 05060708 00", "10.9.9.9"), ("83030400", "10.9.9.9"), ("830706 01020304 00", "10.9.9.9"),
        ("830703 01020304 00", "10.9.9.9"), ("830b05 01020304 05060708 00", "10.9.9.9"),
        ("830904 01020304 0506 000000", "10.9.9.9"),
        // A record of the route is none.
        ("070b04 01020304 05060708 00", "10.9.9.9"),
    ]

    @Test("Behind a source route stands the host that answers", arguments: routes)
    func finalDestination(_ text: String, _ expected: String) {
        let options = hex(text)
        let segment = Array(builder(.v4, .rawIP).tcp(TCPHeader(from: 1, to: 443, .syn))[20...])
        let header = IPv4Header(
            from: IPv4Address(10, 1, 1, 1), to: IPv4Address(10, 9, 9, 9), .tcp,
            payloadLength: options.count + segment.count)
        let frame = emitted { header.encode(into: &$0, options: options) } + segment
        let packet = decode(frame, .rawIP)
        #expect(packet.destination == IPAddress(expected) && packet.tcp?.destinationPort == 443)
        let quote = QuotedPacket(decoding: frame.span, 0..<frame.count)
        #expect(quote?.destination == IPAddress(expected))
    }

    static let options: [(String, Anomalies)] = [
        ("8307040102030400", [.ipv4Options, .sourceRoute]), ("01010100", .ipv4Options),
        ("07010000", [.ipv4Options, .malformedIPv4Options]), ("07090000", [.ipv4Options, .malformedIPv4Options]),
        ("01010107", [.ipv4Options, .malformedIPv4Options]),
    ]

    @Test(arguments: options)
    func optionsThatLieAreNoted(_ text: String, _ expected: Anomalies) {
        let options = hex(text)
        var header = IPv4Header(from: IPv4Address(10, 1, 1, 1), to: IPv4Address(10, 9, 9, 9), .gre, payloadLength: 0)
        header.totalLength = UInt16(20 + options.count)
        let frame = emitted { header.encode(into: &$0, options: options) }
        #expect(decode(frame, .rawIP).anomalies == expected)
    }

    @Test func fragmentsAreTold() {
        var from = builder(.v4, .rawIP)
        from.dontFragment = false
        from.identification = 77
        var frame = from.udp(from: 1, to: 2, payload: [UInt8](repeating: 0, count: 16))
        frame[6] = 0x20
        let first = decode(frame, .rawIP)
        #expect(first.fragment == IPFragment(identification: 77, offset: 0, moreFragments: true))
        #expect(first.flow?.destination.port == 2)
        #expect(first.checksums(in: frame.span).transport == .unverifiable)
        frame[6] = 0
        frame[7] = 5
        let second = decode(frame, .rawIP)
        #expect(second.transport == .fragment(.udp))
        #expect(second.fragment?.offset == 40)
        #expect(second.flow == nil)
        #expect(second.payload == 20..<44)
        #expect(second.ipIdentification == 77)
        #expect(second.checksums(in: frame.span).transport == nil)
        #expect(second.summary == "UDP fragment, offset 40")
        frame[6] = 0x1F
        frame[7] = 0xFF
        #expect(decode(frame, .rawIP).anomalies == .fragmentOverflow)
    }

    @Test func aFirstFragmentTooSmallForItsTransportIsSuspicious() {
        var frame = builder(.v4, .rawIP).ip(.tcp, [0, 1, 0, 2, 0, 0, 0, 0])
        frame[6] = 0x20
        let packet = decode(frame, .rawIP)
        #expect(packet.anomalies == .tinyFragment)
        #expect(packet.stop == DecodeError(.tcp, at: 20, .truncated(needed: 20, available: 8)))
    }

    @Test func aTotalLengthOfZeroIsSegmentationOffload() {
        var frame = builder(.v4, .rawIP).tcp(TCPHeader(from: 1, to: 2, .ack), payload: [1, 2, 3])
        frame[2] = 0
        frame[3] = 0
        let packet = decode(frame, .rawIP)
        #expect(packet.anomalies == .lengthFromFrame)
        #expect(packet.payload == 40..<43 && packet.payloadLengthOnWire == 3)
        // Captured with a snap length: the record says how long it was.
        let cut = decode(Array(frame.prefix(41)), .rawIP, originalLength: 80_000)
        #expect(cut.payload == 40..<41 && cut.payloadLengthOnWire == 79_960)
    }

    static let lyingFirstBytes: [(UInt8, DecodeError)] = [
        (0x44, DecodeError(.ipv4, at: 0, .badLength(found: 16, minimum: 20))),
        (0x4F, DecodeError(.ipv4, at: 0, .truncated(needed: 60, available: 40))),
        (0x55, DecodeError(.ip, at: 0, .badVersion(5))),
    ]

    @Test(arguments: lyingFirstBytes)
    func aFirstByteThatLiesStopsTheDecoder(_ byte: UInt8, _ expected: DecodeError) {
        var frame = builder(.v4, .rawIP).tcp(TCPHeader(from: 1, to: 2, .ack))
        frame[0] = byte
        let packet = decode(frame, .rawIP)
        #expect(packet.stop == expected)
        // Options that are not all there leave the addresses in front of them.
        #expect((packet.network != nil) == (byte == 0x4F))
        #expect(packet.transport == nil)
    }

    @Test(arguments: [(UInt8(19), 20), (1, 20)])
    func aTotalLengthBelowTheHeaderStopsTheDecoder(_ length: UInt8, _ minimum: Int) {
        var frame = builder(.v4, .rawIP).tcp(TCPHeader(from: 1, to: 2, .ack))
        frame[3] = length
        #expect(
            decode(frame, .rawIP).stop == DecodeError(.ipv4, at: 2, .badLength(found: Int(length), minimum: minimum)))
    }

    @Test func lengthsBoundThePayloadAndPaddingIsNone() {
        let frame = builder(.v4).tcp(TCPHeader(from: 1, to: 2, .ack), payload: [9]) + [0, 0, 0, 0, 0]
        let packet = decode(frame)
        #expect(packet.payload == 54..<55 && packet.payloadLengthOnWire == 1)
        #expect(packet.networkBytes(of: frame) == Array(frame[14..<55]))
        var long = frame
        long[17] = 200
        #expect(decode(long).anomalies == .lengthBeyondFrame)
        #expect(decode(long).payload.upperBound == frame.count && decode(long).payloadLengthOnWire == 6)
        // Not a lie when the frame was that long before the capture cut it.
        #expect(decode(long, originalLength: 214).anomalies == [])
    }

    @Test func aMulticastSenderAndTheReservedFlagAreSuspicious() {
        var frame = builder(.v4, .rawIP).udp(from: 1, to: 2)
        frame[6] |= 0x80
        frame[12] = 224
        #expect(decode(frame, .rawIP).anomalies == [.reservedIPFlag, .sourceNotUnicast])
    }

    @Test func theEtherTypeMayNameTheOtherVersion() {
        var frame = builder(.v4).udp(from: 1, to: 2)
        frame[12] = 0x86
        frame[13] = 0xDD
        let packet = decode(frame)
        #expect(packet.anomalies == .versionMismatch)
        #expect(packet.udp?.destinationPort == 2)
    }

    @Test func theAuthenticationHeaderIsReadThrough() {
        let inner = emitted { UDPHeader(from: 1, to: 2, payloadLength: 0).encode(into: &$0) }
        let frame = builder(.v4, .rawIP).ip(.ah, hex("1104 0000 00000001 00000002 000000000000000000000000") + inner)
        let packet = decode(frame, .rawIP)
        #expect(packet.extensions == .authentication)
        #expect(packet.udp?.destinationPort == 2)
    }
}
