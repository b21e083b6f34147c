import CaptureFile
import PacketWire
import StallpointTestKit
import Testing

@Suite struct CaptureTimestampTests {
    @Test(arguments: [
        (0 as Int64, TimestampResolution.seconds, "1970-01-01T00:00:00Z"),
        (1_709_210_096_123_456_789, .nanoseconds, "2024-02-29T12:34:56.123456789Z"),
        (1_709_210_096_123_456_789, .microseconds, "2024-02-29T12:34:56.123456Z"),
        (1_709_210_096_123_456_789, .milliseconds, "2024-02-29T12:34:56.123Z"),
        (951_868_799_000_000_000, .milliseconds, "2000-02-29T23:59:59.000Z"),
        (4_107_542_400_000_000_000, .seconds, "2100-03-01T00:00:00Z"),
        (-1, .nanoseconds, "1969-12-31T23:59:59.999999999Z"),
        (-86_400_000_000_000, .seconds, "1969-12-31T00:00:00Z"),
        (.max, .nanoseconds, "2262-04-11T23:47:16.854775807Z"),
        (.min, .nanoseconds, "1677-09-21T00:12:43.145224192Z"),
        (1_000_000_000, TimestampResolution(rawValue: 0x80 | 10), "1970-01-01T00:00:01.0000Z"),
        (1_000_000_000, TimestampResolution(rawValue: 0x7F), "1970-01-01T00:00:01.000000000Z"),
    ])
    func prints(nanoseconds: Int64, resolution: TimestampResolution, text: String) {
        #expect("\(CaptureTimestamp(nanosecondsSince1970: nanoseconds, resolution: resolution))" == text)
    }

    @Test func partsAndDifferences() {
        let early = CaptureTimestamp(seconds: -2, nanoseconds: 5)
        #expect(early.seconds == -2)
        #expect(early.nanosecondOfSecond == 5)
        let late = CaptureTimestamp(seconds: 3, nanoseconds: 0)
        #expect(late.nanoseconds(since: early) == 4_999_999_995)
        #expect(early.nanoseconds(since: late) == -4_999_999_995)
        #expect(early < late)
        let first = CaptureTimestamp(nanosecondsSince1970: .min)
        let last = CaptureTimestamp(nanosecondsSince1970: .max)
        #expect(last.nanoseconds(since: first) == .max)
        #expect(first.nanoseconds(since: last) == .min)
        #expect(CaptureTimestamp(seconds: .max, nanoseconds: 0) == last)
        #expect(CaptureTimestamp(seconds: .min, nanoseconds: 0) == first)
    }

    struct Ticks: Sendable {
        var resolution: UInt8
        var offset: Int64 = 0
        var ticks: UInt64
        var nanoseconds: Int64
    }

    static let ticks: [Ticks] = [
        Ticks(resolution: 6, ticks: 1_700_000_000_000_001, nanoseconds: 1_700_000_000_000_001_000),
        Ticks(resolution: 9, ticks: 1_700_000_000_000_000_001, nanoseconds: 1_700_000_000_000_000_001),
        Ticks(resolution: 0, ticks: 1_700_000_000, nanoseconds: 1_700_000_000_000_000_000),
        Ticks(resolution: 12, ticks: 1_700_000_000_001_999, nanoseconds: 1_700_000_000_001),
        Ticks(resolution: 28, ticks: .max, nanoseconds: 1),
        Ticks(resolution: 29, ticks: .max, nanoseconds: 0),
        Ticks(resolution: 127, ticks: .max, nanoseconds: 0),
        Ticks(resolution: 0x80, ticks: 5, nanoseconds: 5_000_000_000),
        Ticks(resolution: 0x80 | 10, ticks: 1024 + 512, nanoseconds: 1_500_000_000),
        Ticks(resolution: 0x80 | 32, ticks: 3 << 31, nanoseconds: 1_500_000_000),
        Ticks(resolution: 0x80 | 127, ticks: .max, nanoseconds: 0),
        Ticks(resolution: 6, offset: 1_700_000_000, ticks: 1, nanoseconds: 1_700_000_000_000_001_000),
        Ticks(resolution: 6, offset: -1, ticks: 1_000_001, nanoseconds: 1_000),
        Ticks(resolution: 6, ticks: .max, nanoseconds: .max),
        Ticks(resolution: 0, offset: .max, ticks: .max, nanoseconds: .max),
        Ticks(resolution: 0, offset: .min, ticks: 0, nanoseconds: .min),
    ]

    /// Ticks as the file has them, through a reader.
    @Test(arguments: ticks)
    func ticksBecomeNanoseconds(_ example: Ticks) {
        let offset = (0..<8).map { UInt8(truncatingIfNeeded: example.offset >> (8 * $0)) }
        let options = Golden.option(9, [example.resolution]) + Golden.option(14, offset)
        let file =
            Golden.section() + Golden.interface(options: options) + Golden.enhanced(ticks: example.ticks, [])
        let timestamp = CaptureFile.readAll(file).packets.first?.timestamp
        #expect(timestamp?.nanosecondsSince1970 == example.nanoseconds)
        #expect(timestamp?.resolution.rawValue == example.resolution)
    }

    /// Written in a clock and read back: never later, and about a tick earlier at most.
    @Test func writtenTimesComeBackToTheTick() {
        var generator = SeededGenerator(seed: 11)
        for round in 0..<500 {
            let resolution = TimestampResolution(
                rawValue: round % 2 == 0
                    ? UInt8.random(in: 0...9, using: &generator) : 0x80 | .random(in: 0...30, using: &generator))
            let offset = Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)
            let time = CaptureTimestamp(
                seconds: offset + .random(in: 0...2_000_000_000, using: &generator),
                nanoseconds: .random(in: 0..<1_000_000_000, using: &generator))
            var bytes: [UInt8] = []
            var writer = PcapngWriter(CaptureSection(), to: &bytes)
            let interface = writer.append(
                CaptureInterface(linkType: .ethernet, resolution: resolution, timestampOffsetSeconds: offset),
                to: &bytes)
            let frame: [UInt8] = []
            writer.append(frame.span, at: time, interface: interface, to: &bytes)
            let read = CaptureFile.readAll(bytes).packets.first?.timestamp
            var tick: Int64 = resolution.isPowerOfTwo ? 1_000_000_000 >> Int64(resolution.exponent) : 1_000_000_000
            if !resolution.isPowerOfTwo { for _ in 0..<resolution.exponent { tick /= 10 } }
            let early = read.map { time.nanoseconds(since: $0) } ?? -1
            #expect((0...tick + 1).contains(early), "\(resolution) \(offset) \(time)")
        }
    }
}
