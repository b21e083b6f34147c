import PacketWire
import Testing

/// Frames that other programs and other hosts made, and what other decoders say of them.
struct GoldenFrameTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        var name: String
        var linkType: LinkType
        var hex: String
        var flow: String?
        var summary: String
        var testDescription: String { name }
    }

    static let frames: [Golden] = [
        Golden(
            name: "SYN in a cooked capture", linkType: .linuxSLL,
            hex: """
                00040200000000000000000000000800 4500003c29a940004006db5f839bd7458974515e
                b64000502f842acb00000000a0026a4050c40000 020405500402080a436a03620000000001030307
                """,
            flow: "tcp 131.155.215.69:46656 > 137.116.81.94:80",
            summary: "SYN seq 797190859 win 27200 mss 1360 wscale 7 sackOK TS"),
        Golden(
            name: "accurate ECN asks with three flags", linkType: .ethernet,
            hex: """
                18fd740745cd000c29f780120800 4500003c0000400040061a4f1f8592f842e42b0c
                40310050741d4a2d00000000a1c2ffff209c0000 020405b4010303060402080a06af3c1500000000
                """,
            flow: "tcp 31.133.146.248:16433 > 66.228.43.12:80",
            summary: "SYN-ECE-CWR-AE seq 1948076589 win 65535 mss 1460 wscale 6 sackOK TS"),
        Golden(
            name: "multipath SYN", linkType: .linuxSLL,
            hex: """
                000000010006323287aa040200000800 45000040ad7f4000400676370a0001010a000201
                821a271481fbb5fd00000000b002ffff17340000 020405b40402080a1baf9ea10000000001030308 1e040101
                """,
            flow: "tcp 10.0.1.1:33306 > 10.0.2.1:10004",
            summary: "SYN seq 2180756989 win 65535 mss 1460 wscale 8 sackOK TS MP_CAPABLE"),
        Golden(
            name: "multipath reset", linkType: .rawIP,
            hex: "4500002c00000000ff06ed05c0000201c0a84c1cd9bb1f900000000181bdc28660140100f47000001e048000",
            flow: "tcp 192.0.2.1:55739 > 192.168.76.28:8080",
            summary: "RST-ACK seq 1 ack 2176696966 MP_TCPRST"),
        Golden(
            name: "ARP behind two tags", linkType: .ethernet,
            hex: """
                ffffffffffff0020d25afb3f 88a800c8 810007d1 0806 00010800060400010020d25afb3fac154f61000000000000
                ac154f640000000000000000000000000000
                """,
            flow: nil, summary: "ARP who-has 172.21.79.100 tell 172.21.79.97"),
        Golden(
            name: "segment with Linux cooked v2", linkType: .linuxSLL2,
            hex: """
                080000000000001400010006f03b958b26300000 45000047872c40002c06716e743f426c07f99772
                01bbdfccaaceb5caa7ab9fbf5018003fa1550000
                150303001a91c1b9659e9ff9c3c493ae82573966caff40dba0f6b6304c5c72
                """,
            flow: "tcp 116.63.66.108:443 > 7.249.151.114:57292",
            summary: "PSH-ACK seq 2865673674 ack 2813042623 win 63 length 31"),
        Golden(
            name: "raw IPv6", linkType: .ipv6,
            hex: """
                600000000025114020010db8000000000000000000000001262000fe000000000000000000000009
                30390035002598b3 1234010000010000000000000765 78616d706c6503636f6d0000010001
                """,
            flow: "udp [2001:db8::1]:12345 > [2620:fe::9]:53", summary: "UDP length 29"),
        Golden(
            name: "packet too big", linkType: .ethernet,
            hex: """
                fe0000000002fe000000000186dd 61212345003b3a64 20010db8000000000000000300020002
                20010db8000000000000000300020001 0200b34100003039
                61212345000b3a64 20010db8000000000000000300020001 20010db8000000000000000300020002 800021cc0064000a 000102
                """,
            flow: nil,
            summary: "ICMPv6 packet too big mtu 12345 from 2001:db8::3:2:2 quoting ICMPv6 2001:db8::3:2:1 > "
                + "2001:db8::3:2:2"),
    ]

    @Test(arguments: frames)
    func decodes(_ golden: Golden) {
        let frame = hex(golden.hex)
        let packet = decode(frame, golden.linkType)
        #expect(packet.stop == nil)
        #expect(packet.anomalies == [])
        #expect(packet.flow?.description == golden.flow)
        #expect(packet.summary == golden.summary)
        #expect(!packet.checksums(in: frame.span).isWrong)
    }

    @Test func theLastWordsOfAFrameAreNumbersOfOurs() throws {
        let frame = hex(Self.frames[0].hex)
        let packet = decode(frame, .linuxSLL)
        let tcp = try #require(packet.tcp)
        #expect(tcp.sourcePort == 46656)
        #expect(tcp.headerLength == 40)
        #expect(tcp.options.timestamps == TCPTimestamps(value: 1_131_021_154, echoReply: 0))
        #expect(packet.timeToLive == 64)
        #expect(packet.ipIdentification == 0x29A9)
        #expect(packet.link?.packetType == .fromUs)
        #expect(packet.payload.isEmpty && packet.payload.lowerBound == frame.count)
        #expect(packet.payloadLengthOnWire == 0)
    }

    @Test func theQuoteInsideAnErrorIsReadLikeAnyPacket() throws {
        let packet = decode(hex(Self.frames[7].hex))
        let icmp = try #require(packet.icmp)
        #expect(icmp.nextHopMTU == 12345)
        let quoted = try #require(icmp.quoted)
        #expect(quoted.protocolNumber == .icmpv6)
        #expect(quoted.echoIdentifier == 100)
        #expect(quoted.echoSequence == 10)
        #expect(quoted.timeToLive == 100)
        #expect(quoted.totalLength == 51)
        #expect(quoted.trafficClass == 0x12)
    }
}
