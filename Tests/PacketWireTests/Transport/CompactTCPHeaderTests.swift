import PacketWire
import Testing

struct CompactTCPHeaderTests {
    @Test("A header comes out as it went in, whatever options it has", arguments: TCPOptionTests.golden)
    func isTheSame(_ option: TCPOption, _: String) throws {
        var bytes: [UInt8] = []
        TCPHeader(
            from: 40_000, to: 443, [.syn, .ack, .urg], sequenceNumber: 0xFFFF_FFFE, acknowledgementNumber: 7,
            window: 65_535, urgentPointer: 9
        ).encode(into: &bytes, options: [option, .timestamps(TCPTimestamps(value: 3, echoReply: 4))])
        (bytes[16], bytes[17]) = (0xAB, 0xCD)
        let header = try TCPHeader(decoding: bytes.span, at: 0)
        let compact = CompactTCPHeader(header)
        if case .sack = option {
            #expect(compact == nil)
        } else {
            #expect(compact?.header == header)
        }
    }

    @Test("It is little more than half as large")
    func size() { #expect(MemoryLayout<CompactTCPHeader>.stride <= 44) }
}
