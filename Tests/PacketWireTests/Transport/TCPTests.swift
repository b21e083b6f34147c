import PacketWire
import StallpointTestKit
import Testing

struct TCPTests {
    /// A snap length may end behind the ports, or behind all that a connection is followed by.
    @Test(arguments: [(20, false, false), (24, true, false), (35, true, false), (36, true, true), (39, true, true)])
    func aCutHeaderIsReadAsFarAsItGoes(_ count: Int, _ hasPorts: Bool, _ isFollowed: Bool) {
        let header = TCPHeader(from: 40000, to: 443, .syn, sequenceNumber: 77, window: 1000)
        let frame = builder(.v4, .rawIP).tcp(header)
        let packet = decode(Array(frame.prefix(count)), .rawIP, originalLength: frame.count)
        #expect(packet.ports?.source == (hasPorts ? 40000 : nil))
        #expect(packet.ports?.destination == (hasPorts ? 443 : nil))
        #expect(packet.tcp?.flags == (isFollowed ? .syn : nil))
        #expect(packet.tcp?.window == (isFollowed ? 1000 : nil))
        if count < 38 { #expect(packet.tcp?.checksum == (isFollowed ? 0 : nil)) }
        #expect(packet.stop?.layer == .tcp)
        #expect(
            packet.payloadLengthOnWire == (isFollowed ? 0 : 20) && packet.payload.isEmpty == isFollowed || !isFollowed)
        #expect(packet.checksums(in: Array(frame.prefix(count)).span).transport != .valid)
    }

    /// Nobody reads what its sender cut, wherever that is.
    @Test func aHeaderThatIsTooShortOnTheWireIsNone() {
        let frame = builder(.v4, .rawIP).tcp(TCPHeader(from: 40000, to: 443, .syn))
        let packet = decode(Array(frame.prefix(38)), .rawIP, originalLength: 38)
        #expect(packet.tcp == nil && packet.ports?.source == 40000)
        guard case .tcp(let front)? = packet.cutHeader(in: Array(frame.prefix(38)).span) else {
            Issue.record("its front is there to be shown")
            return
        }
        #expect(front.sequenceNumber == 0)
    }

    static let flagNames: [(TCPFlags, String)] = [
        (.syn, "SYN"), ([.syn, .ack], "SYN-ACK"), ([.rst, .ack], "RST-ACK"), (.rst, "RST"), (.ack, "ACK"),
        ([.fin, .ack], "FIN-ACK"), ([.psh, .ack], "PSH-ACK"), ([.syn, .ece, .cwr], "SYN-ECE-CWR"),
        ([.syn, .ece, .cwr, .ae], "SYN-ECE-CWR-AE"), ([.syn, .fin], "SYN-FIN"), ([], "none"), (.urg, "URG"),
    ]

    @Test(arguments: flagNames)
    func flagsAreNamed(_ flags: TCPFlags, _ name: String) {
        #expect(flags.description == name)
    }

    @Test func anyHeaderWithoutOptionsRoundTrips() throws {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<500 {
            var encoded = random.bytes(20)
            encoded[12] = 0x50 | encoded[12] & 0xF
            let header = try TCPHeader(decoding: encoded.span, at: 0)
            #expect(emitted { header.encode(into: &$0) } == encoded)
            #expect(header.headerLength == 20)
        }
    }

    @Test func headersAreReadAtAnyOffset() throws {
        let header = TCPHeader(
            from: 1, to: 2, [.syn, .ack], sequenceNumber: 3, acknowledgementNumber: 4, window: 5,
            options: TCPOptions(maximumSegmentSize: 1400, windowScale: 8, sackPermitted: true))
        let encoded = [0xAA, 0xBB] + emitted { header.encode(into: &$0) }
        #expect(try TCPHeader(decoding: encoded.span, at: 2) == header)
    }

    static let summaries: [(TCPHeader, Int, String)] = [
        (
            TCPHeader(
                from: 1, to: 2, .syn, sequenceNumber: 123, window: 64240, options: TCPOptions(maximumSegmentSize: 1460)),
            0,
            "SYN seq 123 win 64240 mss 1460"
        ),
        (TCPHeader(from: 1, to: 2, [.rst, .ack], acknowledgementNumber: 124), 0, "RST-ACK ack 124"),
        (TCPHeader(from: 1, to: 2, .rst, sequenceNumber: 9), 0, "RST seq 9"),
        (TCPHeader(from: 1, to: 2, .ack, acknowledgementNumber: 7, window: 500), 0, "ACK ack 7 win 500"),
        (
            TCPHeader(from: 1, to: 2, [.psh, .ack], sequenceNumber: 5, acknowledgementNumber: 7, window: 500), 3,
            "PSH-ACK seq 5 ack 7 win 500 length 3"
        ),
    ]

    @Test(arguments: summaries)
    func summariesReadLikeTcpdump(_ header: TCPHeader, _ length: Int, _ expected: String) {
        let frame = builder(.v4).tcp(header, payload: [UInt8](repeating: 0, count: length))
        #expect(decode(frame).summary == expected)
    }

    static let suspicious: [(TCPFlags, Anomalies)] = [
        ([.syn, .fin], .impossibleTCPFlags), ([.syn, .rst], .impossibleTCPFlags), ([], .impossibleTCPFlags),
        ([.psh, .urg], .impossibleTCPFlags), (.fin, []), (.rst, []), ([.syn, .ack], []),
        ([.ack, TCPFlags(rawValue: 0x200)], .reservedTCPFlags), ([.ack, .ae], []),
    ]

    @Test(arguments: suspicious)
    func impossibleFlagsAreNoted(_ flags: TCPFlags, _ expected: Anomalies) {
        #expect(decode(builder(.v6).tcp(TCPHeader(from: 1, to: 2, flags))).anomalies == expected)
    }

    @Test func portZeroIsSuspicious() {
        #expect(decode(builder(.v4).tcp(TCPHeader(from: 0, to: 2, .syn))).anomalies == .portZero)
        #expect(decode(builder(.v4).udp(from: 1, to: 0)).anomalies == .portZero)
    }

    @Test func aHeaderLengthThatLiesKeepsThePorts() {
        var frame = builder(.v4, .rawIP).tcp(TCPHeader(from: 1, to: 2, .syn))
        frame[32] = 0xF0
        let long = decode(frame, .rawIP)
        #expect(long.stop == DecodeError(.tcp, at: 20, .truncated(needed: 60, available: 20)))
        #expect(long.flow?.destination.port == 2)
        #expect(long.anomalies == .malformedTCPOptions)
        frame[32] = 0x40
        let short = decode(frame, .rawIP)
        #expect(short.stop == DecodeError(.tcp, at: 32, .badLength(found: 16, minimum: 20)))
        #expect(short.tcp == nil)
    }

    /// The snap length cut the options: what was read of them stands.
    @Test func aCaptureMayEndWithinTheOptions() throws {
        let options: [TCPOption] = [.maximumSegmentSize(1460), .timestamps(TCPTimestamps(value: 1, echoReply: 2))]
        let frame = builder(.v4, .rawIP).tcp(TCPHeader(from: 1, to: 2, .syn), options: options)
        let packet = decode(Array(frame.prefix(46)), .rawIP, originalLength: frame.count)
        let tcp = try #require(packet.tcp)
        #expect(tcp.options.maximumSegmentSize == 1460)
        #expect(tcp.options.isMalformed)
        #expect(tcp.options.timestamps == nil)
        #expect(packet.tcpOptionsRange == 40..<46)
        #expect(packet.isCut && packet.stop != nil)
    }
}
