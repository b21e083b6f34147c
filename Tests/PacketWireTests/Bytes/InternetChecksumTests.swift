import StallpointTestKit
import Testing

@testable import PacketWire

/// Sums in blocks of several sizes, against RFC 1071 word by word.
struct InternetChecksumTests {
    /// RFC 1071 section 4.1, as it stands there.
    private func plain(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var sum: UInt32 = 0
        var rest = bytes
        while let high = rest.popFirst() {
            sum += UInt32(high) << 8 | UInt32(rest.popFirst() ?? 0)
            sum = (sum & 0xFFFF) + sum >> 16
        }
        return UInt16(sum)
    }

    @Test func anyRangeHasThePlainSum() {
        var random = SeededGenerator(seed: 1_071)
        let bytes = random.bytes(160)
        for start in 0..<9 {
            for end in start...bytes.count {
                var sum = InternetChecksum()
                sum.add(bytes.span, start..<end)
                #expect(sum.folded == plain(bytes[start..<end]), "\(start)..<\(end)")
            }
        }
    }

    @Test func whatDoesNotExistAddsNothing() {
        let bytes = [UInt8](repeating: 0xFF, count: 40)
        var cut = InternetChecksum()
        cut.add(bytes.span, -3..<100)
        var whole = InternetChecksum()
        whole.add(bytes.span, 0..<40)
        #expect(cut.folded == whole.folded && whole.folded == 0xFFFF)
    }

    @Test func wideNumbersAddTheirWords() {
        var wide = InternetChecksum()
        wide.add(UInt64(0x0123_4567_89AB_CDEF))
        wide.add(UInt32(0xFEDC_BA98))
        var words = InternetChecksum()
        for word: UInt16 in [0x0123, 0x4567, 0x89AB, 0xCDEF, 0xFEDC, 0xBA98] { words.add(word) }
        #expect(wide.folded == words.folded)
    }

    @Test(arguments: [IPFamily.v4, .v6])
    func aWrongSegmentNamesTheChecksumThatItNeeds(_ family: IPFamily) {
        let (source, destination) =
            family == .v4
            ? (IPAddress("192.0.2.1")!, IPAddress("198.51.100.2")!)
            : (IPAddress("2001:db8::1")!, IPAddress("2001:db8::2")!)
        var random = SeededGenerator(seed: 793)
        for length in [0, 1, 2, 3, 7, 31, 32, 33, 64, 100] {
            let header = TCPHeader(from: 40_000, to: 80, [.ack, .psh], sequenceNumber: 1, acknowledgementNumber: 2)
            var frame = FrameBuilder(.rawIP, from: source, to: destination).tcp(header, payload: random.bytes(length))
            let good = Packet.decode(frame.span, linkType: .rawIP, originalLength: frame.count)
            #expect(good.checksums(in: frame.span).transport == .valid)
            guard let right = good.tcp?.checksum else { return #expect(Bool(false), "no segment") }
            let field = good.transportOffset + 16
            frame[field] ^= 0x40
            let bad = Packet.decode(frame.span, linkType: .rawIP, originalLength: frame.count)
            #expect(
                bad.checksums(in: frame.span).transport == .wrong(found: right ^ 0x4000, expected: right),
                "\(length) bytes")
        }
    }
}
