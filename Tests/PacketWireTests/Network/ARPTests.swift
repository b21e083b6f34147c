import PacketWire
import Testing

struct ARPTests {
    static let request = ARPPacket(.request, sender: clientMAC, IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 9))
    static let requestBytes = hex(
        "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000009")

    @Test func roundTrips() throws {
        #expect(emitted { Self.request.encode(into: &$0) } == Self.requestBytes)
        #expect(try ARPPacket(decoding: Self.requestBytes.span, at: 0) == Self.request)
    }

    @Test func thePaddingIsNoPayload() {
        let frame = builder(.v4).arp(Self.request) + [UInt8](repeating: 0, count: 18)
        let packet = decode(frame)
        #expect(packet.arp == Self.request)
        #expect(packet.payload.isEmpty && packet.payloadLengthOnWire == 0)
        #expect(packet.source == nil && packet.flow == nil)
        #expect(packet.summary == "ARP who-has 10.0.0.9 tell 10.0.0.1")
    }

    @Test func aReplyNamesTheOwner() {
        let reply = ARPPacket(
            .reply, sender: serverMAC, IPv4Address(10, 0, 0, 9), target: clientMAC, IPv4Address(10, 0, 0, 1))
        let packet = decode(builder(.v4).reversed.arp(reply))
        #expect(packet.summary == "ARP 10.0.0.9 is-at 02:00:00:00:00:02")
        #expect(packet.anomalies == [])
    }

    /// Somebody else's frame that speaks for an address.
    @Test func aForeignSenderIsAnAnomaly() {
        #expect(decode(builder(.v4).reversed.arp(Self.request)).anomalies == .arpSenderMismatch)
    }

    @Test func probesAndAnnouncementsAreTold() {
        let address = IPv4Address(10, 0, 0, 1)
        #expect(ARPPacket(.request, sender: clientMAC, .any, address).isProbe)
        #expect(ARPPacket(.request, sender: clientMAC, address, address).isAnnouncement)
        #expect(!Self.request.isProbe && !Self.request.isAnnouncement)
    }

    @Test(arguments: [
        (2, UInt8(0x86), DecodeError(.arp, at: 2, .unknownProtocol(0x8600))),
        (4, 8, DecodeError(.arp, at: 0, .truncated(needed: 32, available: 28))),
        (5, 16, DecodeError(.arp, at: 5, .badLength(found: 16, minimum: 4))),
    ])
    func otherAddressesAreRefused(_ index: Int, _ value: UInt8, _ expected: DecodeError) {
        var encoded = Self.requestBytes
        encoded[index] = value
        #expect(throws: expected) { try ARPPacket(decoding: encoded.span, at: 0) }
    }

    /// ARCnet's link addresses have one byte, InfiniBand's twenty.
    @Test(arguments: [1, 20])
    func otherLinkAddressesAreReadOver(_ length: Int) throws {
        let link = [UInt8](repeating: 0xEE, count: length)
        let bytes = hex("0007 0800") + [UInt8(length)] + hex("04 0001") + link + [10, 0, 0, 1] + link + [10, 0, 0, 9]
        let packet = try ARPPacket(decoding: bytes.span, at: 0)
        #expect(packet.senderAddress == IPv4Address(10, 0, 0, 1) && packet.targetAddress == IPv4Address(10, 0, 0, 9))
        #expect(packet.length == bytes.count)
        #expect(packet.senderHardwareAddress.rawValue == 0)
        #expect(throws: DecodeError.self) { try ARPPacket(decoding: Array(bytes.dropLast()).span, at: 0) }
    }
}
