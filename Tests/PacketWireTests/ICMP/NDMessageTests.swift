import PacketWire
import Testing

struct NDMessageTests {
    static let target = IPv6Address(rawValue: 0xFE80 << 112 | 1)

    static func message(_ name: String) throws -> (Packet, NDMessage) {
        let good = try #require(GoodFrame.all.first { $0.name == name })
        let packet = decode(good.bytes)
        return (packet, try #require(packet.icmp?.neighborDiscovery))
    }

    static let summaries = [
        ("NS", "neighbour solicitation for fe80::1"),
        ("NA", "neighbour advertisement: fe80::1 is at 02:00:00:00:00:02"),
        ("RS", "router solicitation from 2001:db8:1::1"),
        ("RA", "router advertisement from 2001:db8:1::1"),
    ]

    @Test(arguments: summaries)
    func messagesAreSummedUp(_ name: String, _ expected: String) throws {
        let (packet, _) = try Self.message(name)
        #expect(packet.summary == expected)
        #expect(packet.anomalies == [])
    }

    @Test func aSolicitationCarriesItsSender() throws {
        let (packet, message) = try Self.message("NS")
        #expect(message.target == Self.target)
        #expect(message.sourceLinkAddress == clientMAC && message.targetLinkAddress == nil)
        #expect(packet.timeToLive == 255)
    }

    @Test func anAdvertisementCarriesTheAddress() throws {
        let (_, message) = try Self.message("NA")
        #expect(message.flags == .solicited)
        #expect(message.targetLinkAddress == serverMAC)
    }

    /// A real router's, from tcpdump's own collection.
    @Test func aRouterSaysPrefixAndLifetime() throws {
        let frame = hex(
            """
            333300000001b09928c8d66c86dd 6000000000b03aff fe80000000000000b29928fffec8d66c
            ff020000000000000000000000000001 860024014020000f0000000000000000
            030448c000278d0000093a80000000002222333344445555660000000000000019050000000000
            05abcd000000000000000000000000efef
            123456780000000000000000000000011f07000000000005076578616d706c6503636f6d00076578616d706c65036f7267
            0004646f6d3104646f6d3203746c64000000000000000005010000000006400101b09928c8d66c
            070100000000138808010000c351000f
            """)
        let decoded = NDMessage(decoding: frame.span, at: 54)
        let message = try #require(decoded)
        #expect(message.type == .routerAdvertisement)
        #expect(message.hopLimit == 64 && message.routerLifetime == 15)
        #expect(message.flags == NDMessage.Flags(rawValue: 0x20))
        #expect(message.prefix == NDMessage.Prefix(try #require(IPv6Address("2222:3333:4444:5555:6600::")), length: 72))
        #expect(message.prefixCount == 1)
    }

    @Test func everythingARouterSaysRoundTrips() throws {
        let (_, message) = try Self.message("RA")
        #expect(message.mtu == 1480)
        #expect(message.prefix?.length == 64)
        #expect(message.hopLimit == 64 && message.routerLifetime == 1800)
        #expect(message.flags == .managedAddresses)
        #expect(message.sourceLinkAddress == serverMAC)
        let again = decode(builder(.v6).neighborDiscovery(message))
        #expect(again.icmp?.neighborDiscovery == message)
    }

    /// RFC 4861 section 7.1: only neighbours can send a hop limit of 255.
    @Test func aMessageFromBehindARouterIsSuspicious() {
        let encoded = NDMessage(.neighborSolicitation, target: Self.target).encoded
        let frame = builder(.v6).icmp(type: 135, code: 0, body: encoded.body)
        #expect(decode(frame).anomalies == .forwardedNeighborDiscovery)
    }

    @Test(arguments: ["0100020000000001", "0102020000000001", "01"])
    func optionsThatLieAreSuspicious(_ option: String) {
        var from = builder(.v6)
        from.timeToLive = 255
        let body = NDMessage(.neighborSolicitation, target: Self.target).encoded.body + hex(option)
        let packet = decode(from.icmp(type: 135, code: 0, body: body))
        #expect(packet.anomalies == .malformedNeighborDiscovery)
        #expect(packet.icmp?.neighborDiscovery?.target == Self.target)
    }
}
