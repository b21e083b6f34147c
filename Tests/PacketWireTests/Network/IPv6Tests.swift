import PacketWire
import StallpointTestKit
import Testing

struct IPv6Tests {
    @Test func anyHeaderRoundTrips() throws {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<500 {
            var encoded = random.bytes(40)
            encoded[0] = 0x60 | encoded[0] & 0xF
            let header = try IPv6Header(decoding: encoded.span, at: 0)
            #expect(emitted { header.encode(into: &$0) } == encoded)
        }
    }

    @Test func theChainOfExtensionsIsWalkedToTheTransport() throws {
        let good = try #require(GoodFrame.all.first { $0.name == "IPv6 extensions" })
        let packet = decode(good.bytes, .rawIP)
        #expect(packet.extensions == [.hopByHop, .destinationOptions, .routing, .fragment, .authentication])
        #expect(packet.fragment == IPFragment(identification: 7, offset: 0, moreFragments: true))
        #expect(packet.ipIdentification == 7)
        #expect(packet.segmentsLeft == 0)
        #expect(packet.udp?.destinationPort == 2)
        #expect(packet.anomalies == [])
    }

    @Test func laterFragmentsHideTheirTransport() {
        let frame = builder(.v6, .rawIP).ip(.ipv6Fragment, hex("0600 05a8 0000002a") + [UInt8](repeating: 6, count: 24))
        let packet = decode(frame, .rawIP)
        #expect(packet.transport == .fragment(.tcp))
        #expect(packet.fragment == IPFragment(identification: 42, offset: 1448, moreFragments: false))
        #expect(packet.flow == nil && packet.payload == 48..<72)
    }

    @Test func anAtomicFragmentIsAWholePacket() {
        let inner = emitted {
            TCPHeader(from: 1, to: 2, .syn).encode(into: &$0, from: clientV6, to: serverV6)
        }
        let frame = builder(.v6, .rawIP).ip(.ipv6Fragment, hex("0600 0000 0000002a") + inner)
        let packet = decode(frame, .rawIP)
        #expect(packet.anomalies == .atomicFragment)
        #expect(packet.checksums(in: frame.span).transport == .valid)
    }

    @Test func aLongChainIsAnAttack() {
        let chain = [UInt8](repeating: 0, count: 0) + (0..<250).flatMap { _ in hex("3c00 0104 0000 0000") }
        let packet = decode(builder(.v6, .rawIP).ip(.ipv6DestinationOptions, chain), .rawIP)
        #expect(packet.stop?.problem == .chainTooLong(limit: 200))
        #expect(packet.transport == nil)
        #expect(packet.source == clientV6)
    }

    @Test(arguments: [
        ("2b00 0001 00000000 3c00 0000 00000000 3b00 0104 00000000", IPProtocol.hopByHopOptions, false),
        ("2b00 0001 00000000 2b00 0000 00000000 3b00 0000 00000000", .hopByHopOptions, true),
        ("0000 0104 00000000 3b00 0104 00000000 ", .ipv6DestinationOptions, true),
    ])
    func theOrderOfHeadersIsChecked(_ chain: String, _ first: IPProtocol, _ isOutOfOrder: Bool) {
        let packet = decode(builder(.v6, .rawIP).ip(first, hex(chain)), .rawIP)
        #expect(packet.anomalies.contains(.extensionOrder) == isOutOfOrder)
        #expect(packet.transport == .other(.ipv6NoNextHeader))
    }

    @Test func espEndsTheReading() {
        let packet = decode(builder(.v6, .rawIP).ip(.esp, [UInt8](repeating: 7, count: 30)), .rawIP)
        #expect(packet.transport == .other(.esp))
        #expect(packet.stop == nil)
        #expect(packet.payload == 40..<70)
    }

    @Test func anAuthenticationHeaderShorterThanItsFieldsIsRefused() {
        let packet = decode(builder(.v6, .rawIP).ip(.ah, hex("3b00 0000 00000000 00000000")), .rawIP)
        #expect(packet.stop == DecodeError(.ipv6Extension, at: 41, .badLength(found: 8, minimum: 12)))
    }

    @Test func aRoutingHeaderWithHopsLeftHidesTheDestination() {
        let inner = emitted { UDPHeader(from: 1, to: 2, payloadLength: 0, checksum: 1).encode(into: &$0) }
        let frame = builder(.v6, .rawIP).ip(.ipv6Routing, hex("1100 0001 00000000") + inner)
        let packet = decode(frame, .rawIP)
        #expect(packet.segmentsLeft == 1)
        #expect(packet.checksums(in: frame.span).transport == .unverifiable)
    }

    /// RFC 2675: the length stands in an option.
    @Test func jumbogramsSayTheirLengthInAnOption() {
        let inner = emitted { TCPHeader(from: 1, to: 2, .ack).encode(into: &$0, from: clientV6, to: serverV6) }
        var frame = builder(.v6, .rawIP).ip(.hopByHopOptions, hex("0600 c204 00011170") + inner)
        frame[4] = 0
        frame[5] = 0
        let packet = decode(frame, .rawIP, originalLength: 40 + 70_000)
        #expect(packet.stop == nil)
        #expect(packet.anomalies == [])
        #expect(packet.payloadLengthOnWire == 70_000 - 28)
    }

    @Test func aGiantFrameWithoutTheOptionTakesItsLengthFromTheFrame() {
        var frame = builder(.v6, .rawIP).tcp(TCPHeader(from: 1, to: 2, .ack))
        frame[4] = 0
        frame[5] = 0
        let packet = decode(frame, .rawIP, originalLength: 40 + 70_000)
        #expect(packet.anomalies == .lengthFromFrame)
        #expect(packet.payloadLengthOnWire == 70_000 - 20)
    }

    @Test func quotesAreCutNotRefused() {
        let chain = decode(Array(builder(.v6, .rawIP).ip(.hopByHopOptions, hex("3c05 0000")).prefix(44)), .rawIP)
        #expect(chain.stop == DecodeError(.ipv6Extension, at: 40, .truncated(needed: 8, available: 4)))
        #expect(chain.destination == serverV6)
    }
}
