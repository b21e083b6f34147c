import CaptureFile
import PacketWire
import StallpointTestKit
import Testing

@testable import LiveCapture

/// The quick writer of a recording, held against CaptureFile's.
@Suite struct PacketBufferTests {
    struct Sample {
        var frame: [UInt8]
        var time: Int64
        var originalLength: Int
        var direction: PacketDirection?
    }

    static let samples: [Sample] = {
        var generator = SeededGenerator(seed: 11)
        return (0..<200).map { index in
            let length = index < 20 ? index : Int.random(in: 0...1_600, using: &generator)
            return Sample(
                frame: (0..<length).map { _ in .random(in: 0...255, using: &generator) },
                time: [0, 1, 999_999_999, 1_000_000_000, 1_764_126_341_123_456_789, 4_294_967_295_999_999_999][
                    index % 6],
                originalLength: length + [0, 1, 100_000][index % 3],
                direction: [nil, .inbound, .outbound][index % 3])
        }
    }()

    static func filled(_ format: PacketBuffer.Format, capacity: Int = 64) -> PacketBuffer {
        var buffer = PacketBuffer(format, capacity: capacity)
        for sample in samples {
            buffer.append(
                sample.frame.span, unixNanoseconds: sample.time, originalLength: sample.originalLength,
                direction: sample.direction)
        }
        return buffer
    }

    static func bytes(_ buffer: PacketBuffer) -> [UInt8] {
        buffer.withBytes { span in span.indices.map { span[$0] } }
    }

    @Test func blocksAreThoseOfTheOtherWriter() {
        var expected: [UInt8] = []
        var writer = PcapngWriter(CaptureSection(), to: &expected)
        _ = writer.append(CaptureInterface(linkType: .ethernet), to: &expected)
        expected = []
        for sample in Self.samples {
            let flags = sample.direction.map { PacketFlags(direction: $0 == .inbound ? .inbound : .outbound) }
            writer.append(
                sample.frame.span, at: CaptureTimestamp(nanosecondsSince1970: sample.time),
                originalLength: sample.originalLength, options: PacketOptions(flags: flags), to: &expected)
        }
        let buffer = Self.filled(.pcapng)
        #expect(Self.bytes(buffer) == expected)
        #expect(buffer.count == expected.count && buffer.packets == Self.samples.count)
    }

    @Test func recordsAreThoseOfTheOtherWriter() {
        var expected: [UInt8] = []
        let writer = PcapWriter(linkType: .ethernet, to: &expected)
        expected = []
        for sample in Self.samples {
            writer.append(
                sample.frame.span, at: CaptureTimestamp(nanosecondsSince1970: sample.time),
                originalLength: sample.originalLength, to: &expected)
        }
        #expect(Self.bytes(Self.filled(.pcap)) == expected)
    }

    /// The length is known before the packet is there, so that it goes into the file that has room for it.
    @Test(arguments: [PacketBuffer.Format.pcap, .pcapng])
    func lengthsAreForetold(_ format: PacketBuffer.Format) {
        for sample in Self.samples {
            var buffer = PacketBuffer(format, capacity: 64)
            let length = buffer.length(ofFrame: sample.frame.count, hasDirection: sample.direction != nil)
            buffer.append(
                sample.frame.span, unixNanoseconds: sample.time, originalLength: 0, direction: sample.direction)
            #expect(buffer.count == length)
        }
    }

    /// A full disk takes any number of bytes; what stays is whole packets, all that there is room for.
    @Test(arguments: [PacketBuffer.Format.pcap, .pcapng])
    func whatIsWhole(_ format: PacketBuffer.Format) {
        let buffer = Self.filled(format)
        var ends = [0]
        for sample in Self.samples {
            ends.append(
                ends.last! + buffer.length(ofFrame: sample.frame.count, hasDirection: sample.direction != nil))
        }
        var packets = 0
        // Around each end: looking at every byte takes a debug build a minute.
        let limits = Set(ends.flatMap { ($0 - 2...$0 + 20) }).filter { $0 >= 0 }.sorted()
        for limit in limits {
            while packets + 1 < ends.count, ends[packets + 1] <= limit { packets += 1 }
            let whole = buffer.whole(within: limit)
            if whole.bytes != ends[packets] || whole.packets != packets {
                Issue.record("\(limit): \(whole), not \(ends[packets]) bytes and \(packets) packets")
                return
            }
        }
        #expect(packets == Self.samples.count)
    }

    @Test(arguments: [PacketBuffer.Format.pcap, .pcapng])
    func olderOnesAreSkipped(_ format: PacketBuffer.Format) {
        var buffer = PacketBuffer(format, capacity: 64)
        let length = buffer.length(ofFrame: 3, hasDirection: false)
        for time in [10, 20, 30] {
            buffer.append(
                ([1, 2, 3] as [UInt8]).span, unixNanoseconds: Int64(time) * 1_500_000_000, originalLength: 3,
                direction: nil)
        }
        for (from, packets) in [(0, 0), (10, 0), (11, 1), (20, 1), (30, 2), (31, 3)] {
            #expect(buffer.offset(notBefore: Int64(from) * 1_500_000_000) == packets * length)
        }
        buffer.removeAll()
        #expect(buffer.isEmpty && buffer.offset(notBefore: 0) == 0 && buffer.whole(within: 9) == (0, 0))
    }

    /// The counts go on where 32 bits end.
    @Test func countsGoBeyond32Bits() {
        var counters = CaptureHandle.Counters()
        counters.add(received: .max, dropped: 7, droppedByInterface: 0)
        counters.add(received: 4, dropped: 7, droppedByInterface: .max)
        counters.add(received: 5, dropped: 9, droppedByInterface: 1)
        #expect(
            counters.sums
                == CaptureHandle.Statistics(received: 1 << 32 + 5, dropped: 9, droppedByInterface: 1 << 32 + 1))
    }
}
