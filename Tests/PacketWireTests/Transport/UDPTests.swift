import PacketWire
import Testing

struct UDPTests {
    @Test func roundTrips() throws {
        let header = UDPHeader(from: 53, to: 40000, payloadLength: 4, checksum: 0xABCD)
        let encoded = emitted { header.encode(into: &$0) }
        #expect(encoded == hex("0035 9c40 000c abcd"))
        #expect(try UDPHeader(decoding: encoded.span, at: 0) == header)
    }

    @Test(arguments: IPFamily.allCases)
    func theLengthBoundsThePayload(_ family: IPFamily) {
        let start = family == .v4 ? 20 : 40
        var frame = builder(family, .rawIP).udp(from: 1, to: 2, payload: [1, 2, 3, 4])
        frame[start + 5] = 10
        let packet = decode(frame, .rawIP)
        #expect(packet.anomalies == .udpLengthMismatch)
        #expect(packet.payload.count == 2 && packet.payloadLengthOnWire == 2)
    }

    @Test(arguments: [UInt8(0), 7, 200])
    func aLengthThatCannotBeLeavesIPsLength(_ length: UInt8) {
        var frame = builder(.v4, .rawIP).udp(from: 1, to: 2, payload: [1, 2, 3, 4])
        frame[25] = length
        let packet = decode(frame, .rawIP)
        #expect(packet.anomalies == .udpLengthMismatch)
        #expect(packet.payload.count == 4)
        #expect(packet.summary == "UDP length 4")
    }

    @Test func lessThanAHeaderIsAnError() {
        let packet = decode(builder(.v4, .rawIP).ip(.udp, [0, 1, 0, 2, 0, 8]), .rawIP)
        #expect(packet.stop == DecodeError(.udp, at: 20, .truncated(needed: 8, available: 6)))
        #expect(packet.stop?.description == "UDP at offset 20: needs 8 bytes, 6 there")
        #expect(packet.transport == nil && packet.source == clientV4)
    }
}
