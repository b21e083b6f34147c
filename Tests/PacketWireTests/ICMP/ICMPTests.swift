import PacketWire
import Testing

struct ICMPTests {
    /// Timestamp, information and address mask messages carry the two numbers that echo does.
    @Test(arguments: [
        (UInt8(8), true), (0, true), (13, true), (14, true), (15, true), (18, true), (3, false), (5, false),
    ])
    func queriesHaveAnIdentifier(_ type: UInt8, _ hasOne: Bool) {
        let packet = decode(router(.v4).icmp(type: type, code: 0, restOfHeader: 0x1234_0005), .rawIP)
        #expect(packet.icmp?.queryIdentifier == (hasOne ? 0x1234 : nil))
        #expect(packet.icmp?.querySequence == (hasOne ? 5 : nil))
        #expect(decode(router(.v6).icmp(type: 128, code: 0, restOfHeader: 7), .rawIP).icmp?.querySequence == 7)
    }

    static func syn(_ family: IPFamily) -> [UInt8] {
        var from = builder(family, .rawIP)
        from.timeToLive = 1
        from.identification = 0xBEEF
        return from.tcp(
            TCPHeader(
                from: 40000, to: 443, .syn, sequenceNumber: 123, options: TCPOptions(maximumSegmentSize: 1460)))
    }

    @Test(arguments: IPFamily.allCases)
    func anErrorNamesTheFlowThatItIsAbout(_ family: IPFamily) throws {
        let frame = router(family).icmpError(type: family == .v4 ? 11 : 3, code: 0, quoting: Self.syn(family))
        let packet = decode(frame, .rawIP)
        let icmp = try #require(packet.icmp)
        #expect(icmp.isError && icmp.family == family)
        #expect(icmp.error?.meaning == .timeToLiveExceeded)
        let quoted = try #require(icmp.quoted)
        #expect(quoted.flow == decode(Self.syn(family), .rawIP).flow)
        #expect(quoted.sequenceNumber == 123)
        #expect(quoted.tcpFlags == .syn)
        #expect(quoted.timeToLive == 1)
        #expect(quoted.totalLength == Self.syn(family).count)
        #expect(quoted.identification == (family == .v4 ? 0xBEEF : 0))
        let options = try #require(quoted.tcpOptionsRange)
        #expect(TCPOption.list(in: frame.span, options) == [.maximumSegmentSize(1460)])
        #expect(packet.checksums(in: frame.span).transport == .valid)
        #expect(packet.flow == nil)
    }

    static let summaries: [([UInt8], String)] = [
        (
            router(.v4).icmpError(type: 11, code: 0, quoting: syn(.v4)),
            "ICMP time exceeded from 10.0.0.1 quoting 10.1.1.1:40000 > 10.9.9.9:443"
        ),
        (
            router(.v6).icmpError(type: 1, code: 1, quoting: syn(.v6)),
            "ICMPv6 administratively prohibited from fe80::1 quoting [2001:db8:1::1]:40000 > [2001:db8:9::9]:443"
        ),
        (
            router(.v4).icmpError(type: 3, code: 4, quoting: syn(.v4), mtu: 1400),
            "ICMP fragmentation needed mtu 1400 from 10.0.0.1 quoting 10.1.1.1:40000 > 10.9.9.9:443"
        ),
        (builder(.v4, .rawIP).echo(identifier: 7, sequence: 2), "ICMP echo request id 7 seq 2"),
        (builder(.v6, .rawIP).echo(identifier: 7, sequence: 2, isReply: true), "ICMPv6 echo reply id 7 seq 2"),
    ]

    @Test(arguments: summaries)
    func summariesNameSenderAndQuote(_ frame: [UInt8], _ expected: String) {
        #expect(decode(frame, .rawIP).summary == expected)
    }

    /// RFC 792 asks for eight bytes of the transport; some senders quote even less.
    @Test(arguments: [
        (20, false, false, false), (24, true, false, false), (28, true, true, false), (40, true, true, true),
    ])
    func quotesMayBeShort(_ limit: Int, _ ports: Bool, _ sequence: Bool, _ flags: Bool) throws {
        let frame = router(.v4).icmpError(type: 3, code: 3, quoting: Self.syn(.v4), limit: limit)
        let quoted = try #require(decode(frame, .rawIP).icmp?.quoted)
        #expect((quoted.sourcePort != nil) == ports)
        #expect((quoted.flow != nil) == ports)
        #expect((quoted.sequenceNumber != nil) == sequence)
        #expect((quoted.tcpFlags != nil) == flags)
        #expect(quoted.tcpOptionsRange == nil)
        #expect(quoted.destination == serverV4)
        #expect(quoted.description == (ports ? "10.1.1.1:40000 > 10.9.9.9:443" : "TCP 10.1.1.1 > 10.9.9.9"))
    }

    /// RFC 4884 section 5.1: a quote that extensions follow is filled up with zeros.
    @Test func whatAQuoteIsPaddedWithIsNoHeader() throws {
        let quote = Array(Self.syn(.v4).prefix(28)) + [UInt8](repeating: 0, count: 100)
        let quoted = try #require(decode(router(.v4).icmpError(type: 11, code: 0, quoting: quote), .rawIP).icmp?.quoted)
        #expect(quoted.sequenceNumber == 123)
        #expect(quoted.tcpFlags == nil && quoted.acknowledgementNumber == nil && quoted.checksum == nil)
        #expect(quoted.tcpOptionsRange == nil)
    }

    @Test(arguments: [[], [0x45, 0, 0], [UInt8](repeating: 0xFF, count: 60)])
    func anUnreadableQuoteIsSuspicious(_ quote: [UInt8]) {
        let packet = decode(router(.v4).icmpError(type: 3, code: 1, quoting: quote), .rawIP)
        #expect(packet.icmp?.quoted == nil)
        #expect(packet.anomalies == .unreadableQuote)
        #expect(packet.stop == nil)
        #expect(packet.summary == "ICMP host unreachable from 10.0.0.1")
    }

    @Test func aQuotedFragmentHasNoPorts() throws {
        var quote = builder(.v4, .rawIP).udp(from: 1, to: 2)
        quote[7] = 9
        let quoted = try #require(
            decode(router(.v4).icmpError(type: 11, code: 1, quoting: quote), .rawIP).icmp?.quoted)
        #expect(quoted.fragment?.offset == 72)
        #expect(quoted.flow == nil && quoted.protocolNumber == .udp)
    }

    @Test(arguments: IPFamily.allCases, [(7, nil), (8, 508)] as [(Int, UInt16?)])
    func aQuotedDatagramSaysHowLongItWas(_ family: IPFamily, quoted: (bytes: Int, length: UInt16?)) throws {
        let datagram = builder(family, .rawIP).udp(from: 40_000, to: 7, payload: Array(repeating: 1, count: 500))
        let quote = Array(datagram.prefix((family == .v4 ? 20 : 40) + quoted.bytes))
        let frame = router(family).icmpError(type: family == .v4 ? 11 : 3, code: 0, quoting: quote)
        let found = try #require(decode(frame, .rawIP).icmp?.quoted)
        #expect(found.flow?.source.port == 40_000 && found.datagramLength == quoted.length)
        #expect(found.sequenceNumber == nil)
        #expect(Self.quote(of: Self.syn(family), family)?.datagramLength == nil)
    }

    private static func quote(of packet: [UInt8], _ family: IPFamily) -> QuotedPacket? {
        decode(router(family).icmpError(type: family == .v4 ? 11 : 3, code: 0, quoting: packet), .rawIP).icmp?.quoted
    }

    @Test func aQuotedEchoIsRecognized() throws {
        let ping = builder(.v4, .rawIP).echo(identifier: 77, sequence: 3)
        let quoted = try #require(decode(router(.v4).icmpError(type: 11, code: 0, quoting: ping), .rawIP).icmp?.quoted)
        #expect(quoted.echoIdentifier == 77 && quoted.echoSequence == 3)
        #expect(quoted.sourcePort == nil && quoted.flow == nil)
    }

    static let limits: [(IPFamily, UInt8, UInt8, UInt32, UInt32?)] = [
        (.v4, 3, 4, 1400, 1400), (.v4, 3, 4, 0, nil), (.v4, 3, 3, 1400, nil), (.v6, 2, 0, 1280, 1280),
        (.v6, 2, 0, 100_000, 100_000), (.v6, 1, 0, 1280, nil),
    ]

    @Test(arguments: limits)
    func theNextLinksLimitIsRead(_ family: IPFamily, _ type: UInt8, _ code: UInt8, _ mtu: UInt32, _ expected: UInt32?) {
        let frame = router(family).icmpError(type: type, code: code, quoting: Self.syn(family), mtu: mtu)
        #expect(decode(frame, .rawIP).icmp?.nextHopMTU == expected)
    }

    @Test(arguments: IPFamily.allCases)
    func echoesCarryTheirNumbers(_ family: IPFamily) throws {
        let frame = builder(family).echo(identifier: 0x1234, sequence: 5, payload: [1, 2, 3])
        let packet = decode(frame)
        let icmp = try #require(packet.icmp)
        #expect(icmp.echoIdentifier == 0x1234 && icmp.echoSequence == 5)
        #expect(icmp.isEchoRequest && !icmp.isEchoReply && !icmp.isError && icmp.error == nil)
        #expect(packet.payload.count == 3)
        #expect(packet.transportProtocol == (family == .v4 ? .icmpv4 : .icmpv6))
    }

    /// ICMPv6 over IPv4 and the other way round is not ICMP.
    @Test func theFamiliesDoNotMix() {
        #expect(decode(builder(.v4, .rawIP).ip(.icmpv6, hex("8000000000000000")), .rawIP).transport == .other(.icmpv6))
        #expect(decode(builder(.v6, .rawIP).ip(.icmpv4, hex("0800000000000000")), .rawIP).transport == .other(.icmpv4))
    }
}
