import CaptureFile
import PacketWire
import StallpointTestKit
import Testing

/// Files that were cut or changed: what is whole is read, the place of the damage is named, nothing traps.
@Suite struct DamageTests {
    static func pcap() -> (bytes: [UInt8], packetEnds: [Int]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        let writer = PcapWriter(linkType: .ethernet, to: &bytes)
        for length in [0, 14, 60, 1] {
            let frame = [UInt8](repeating: 0xAA, count: length)
            writer.append(
                frame.span, at: CaptureTimestamp(seconds: 9, nanoseconds: 1),
                to: &bytes)
            ends.append(bytes.count)
        }
        return (bytes, ends)
    }

    static func pcapng(_ order: ByteOrder) -> (bytes: [UInt8], packetEnds: [Int]) {
        var generator = SeededGenerator(seed: 3)
        return RandomCapture(using: &generator).encoded(order)
    }

    @Test func everyPrefixOfPcap() {
        let (bytes, ends) = Self.pcap()
        Self.checkPrefixes(bytes, ends, boundaries: Set(ends + [24]), firstReadable: 24)
    }

    @Test(arguments: ByteOrder.allCases)
    func everyPrefixOfPcapng(order: ByteOrder) {
        let (bytes, ends) = Self.pcapng(order)
        Self.checkPrefixes(bytes, ends, boundaries: Self.blockEnds(bytes, order), firstReadable: 28)
    }

    /// Where blocks end, counted without the reader under test.
    static func blockEnds(_ bytes: [UInt8], _ order: ByteOrder) -> Set<Int> {
        var ends: Set<Int> = []
        var offset = 0
        while offset + 8 <= bytes.count {
            let field = bytes[offset + 4..<offset + 8]
            let ordered = order == .bigEndian ? Array(field) : field.reversed()
            offset += ordered.reduce(0) { $0 << 8 | Int($1) }
            ends.insert(offset)
        }
        return ends
    }

    static func checkPrefixes(_ bytes: [UInt8], _ ends: [Int], boundaries: Set<Int>, firstReadable: Int) {
        for count in 1..<bytes.count {
            let contents = CaptureFile.readAll(Array(bytes.prefix(count)))
            let whole = ends.count { $0 <= count }
            #expect(contents.packets.count == whole, "cut at \(count)")
            if boundaries.contains(count) {
                #expect(contents.problem == nil, "cut at \(count)")
            } else {
                #expect(contents.problem?.isTruncation == true, "cut at \(count)")
                #expect(contents.problem?.packets == whole, "cut at \(count)")
                let start = boundaries.filter { $0 <= count }.max() ?? 0
                #expect(contents.problem?.offset == start, "cut at \(count)")
            }
        }
    }

    /// A cut file asks for exactly what brings it on: with that many more bytes the next step succeeds, or
    /// asks again having seen a length.
    @Test func needsMoreIsNeverTooMuch() throws {
        let (bytes, _) = Self.pcapng(.littleEndian)
        for count in 0..<bytes.count {
            var reader = CaptureReader()
            let cut = Array(bytes.prefix(count))
            steps: while true {
                switch try reader.next(in: cut.span, isComplete: false) {
                case .record: continue
                case .needsMore(let missing):
                    #expect(missing > 0 && count + missing <= bytes.count || reader.offset == bytes.count)
                    break steps
                case .end:
                    Issue.record("an open input has no end")
                    break steps
                }
            }
        }
    }

    @Test(arguments: ["pcap", "pcapng little", "pcapng big"])
    func flippedBytesNeverTrap(kind: String) {
        let bytes =
            switch kind {
            case "pcap": Self.pcap().bytes
            case "pcapng little": Self.pcapng(.littleEndian).bytes
            default: Self.pcapng(.bigEndian).bytes
            }
        let whole = CaptureFile.readAll(bytes).packets.count
        var different = 0
        for index in bytes.indices {
            for flip in [0x01, 0x80, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= flip
                let contents = CaptureFile.readAll(damaged)
                #expect(contents.packets.count <= whole)
                if let problem = contents.problem {
                    #expect((0...bytes.count).contains(problem.offset))
                    #expect(problem.packets == contents.packets.count)
                    #expect(!problem.description.isEmpty)
                    different += 1
                }
            }
        }
        #expect(different > 0)
    }

    /// The same error each time, and the way on when the missing bytes arrive.
    @Test func errorsLeaveTheReaderWhereItIs() throws {
        let (bytes, ends) = Self.pcap()
        let cut = Array(bytes.prefix(ends[2] - 1))
        var reader = CaptureReader()
        for _ in 0..<2 { _ = try reader.next(in: cut.span) }
        for _ in 0..<3 {
            #expect(throws: CaptureFileError.self) { _ = try reader.next(in: cut.span) }
            #expect(reader.offset == ends[1])
        }
        guard case .record(let record) = try reader.next(in: bytes.span) else {
            Issue.record("the whole record was there")
            return
        }
        #expect(record.number == 3)
        #expect(record.frame.count == 60)
    }

    @Test func randomBytesNeverTrap() {
        var generator = SeededGenerator(seed: 23)
        let starts = [
            Golden.pcapHeader(), Golden.pcapHeader(big: true), Golden.section() + Golden.interface(), [],
        ]
        for round in 0..<2000 {
            let start = starts[round % starts.count]
            var noise = generator.bytes(.random(in: 0...120, using: &generator))
            // Small numbers reach further than random ones.
            if round % 3 == 0 { noise = noise.map { $0 & 0x0F } }
            let contents = CaptureFile.readAll(start + noise)
            #expect(contents.packets.allSatisfy { $0.bytes.count <= noise.count })
        }
    }
}
