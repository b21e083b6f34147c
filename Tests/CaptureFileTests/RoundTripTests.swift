import CaptureFile
import PacketWire
import StallpointTestKit
import Testing

@Suite struct RoundTripTests {
    @Test(arguments: ByteOrder.allCases)
    func pcapngComesBackWhole(order: ByteOrder) {
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let capture = RandomCapture(using: &generator)
            let (bytes, _) = capture.encoded(order)
            #expect(bytes.count % 4 == 0)
            let contents = CaptureFile.readAll(bytes)
            #expect(contents.problem == nil, "seed \(seed)")
            #expect(contents.sections == [capture.section], "seed \(seed)")
            #expect(contents.interfaces == capture.interfaces, "seed \(seed)")
            #expect(contents.names == capture.names, "seed \(seed)")
            #expect(contents.packets == capture.packets, "seed \(seed)")
            #expect(readStream(bytes, using: &generator).packets == capture.packets, "seed \(seed)")
        }
    }

    @Test(arguments: ByteOrder.allCases, [TimestampResolution.microseconds, .nanoseconds])
    func pcapComesBackWhole(order: ByteOrder, resolution: TimestampResolution) {
        var generator = SeededGenerator(seed: 5)
        var bytes: [UInt8] = []
        let writer = PcapWriter(
            linkType: .linuxSLL, snapLength: 4000, resolution: resolution, byteOrder: order, to: &bytes)
        var packets: [CaptureFile.Packet] = []
        for number in 1...50 {
            let frame = generator.bytes(.random(in: 0...90, using: &generator))
            let step: Int64 = resolution == .nanoseconds ? 1 : 1000
            let time = CaptureTimestamp(
                nanosecondsSince1970: .random(in: 0...4_000_000_000_000_000, using: &generator) * step,
                resolution: resolution)
            writer.append(frame.span, at: time, originalLength: frame.count + number, to: &bytes)
            packets.append(
                CaptureFile.Packet(
                    number: number, bytes: frame, originalLength: frame.count + number, timestamp: time))
        }
        let contents = CaptureFile.readAll(bytes)
        #expect(contents.problem == nil)
        #expect(contents.interfaces.map(\.linkType) == [.linuxSLL])
        #expect(contents.interfaces.map(\.snapLength) == [4000])
        #expect(contents.packets == packets)
    }

    @Test func pcapTimesOutsideItsRangeAreClamped() {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .ethernet, to: &bytes)
        let frame: [UInt8] = []
        writer.append(frame.span, at: CaptureTimestamp(seconds: -5, nanoseconds: 7), to: &bytes)
        writer.append(frame.span, at: CaptureTimestamp(nanosecondsSince1970: .max), to: &bytes)
        let seconds = CaptureFile.readAll(bytes).packets.map { $0.timestamp?.seconds }
        #expect(seconds == [0, Int64(UInt32.max)])
    }

    /// The exact bytes, so that reader and writer cannot agree on something wrong.
    @Test func pcapngGolden() {
        var bytes: [UInt8] = []
        var writer = PcapngWriter(CaptureSection(application: "stallpoint"), to: &bytes)
        let interface = writer.append(CaptureInterface(linkType: .ethernet, snapLength: 0, name: "lo"), to: &bytes)
        let frame: [UInt8] = [1, 2, 3, 4, 5]
        writer.append(
            frame.span, at: CaptureTimestamp(nanosecondsSince1970: 0x1_0000_0002), interface: interface,
            originalLength: 9,
            options: PacketOptions(comments: ["no reply"], flags: PacketFlags(direction: .inbound), dropCount: 3),
            to: &bytes)
        let end = Golden.option(0, [])
        #expect(
            bytes
                == Golden.section(options: Golden.option(4, Array("stallpoint".utf8)) + end)
                + Golden.interface(options: Golden.option(2, Array("lo".utf8)) + Golden.option(9, [9]) + end)
                + Golden.enhanced(
                    ticks: 0x1_0000_0002, original: 9, [1, 2, 3, 4, 5],
                    options: Golden.option(1, Array("no reply".utf8)) + Golden.option(2, [1, 0, 0, 0])
                        + Golden.option(4, [3, 0, 0, 0, 0, 0, 0, 0]) + end))
    }

    @Test func blocksWithoutOptionsHaveNoEndMark() {
        var bytes: [UInt8] = []
        _ = PcapngWriter(CaptureSection(), to: &bytes)
        #expect(bytes == Golden.section())
    }

    /// A comment longer than its 16-bit length field can say is cut between characters.
    @Test func overlongTextIsCutBetweenCharacters() {
        let comment = String(repeating: "é", count: 40_000)
        var bytes: [UInt8] = []
        var writer = PcapngWriter(CaptureSection(), to: &bytes)
        _ = writer.append(CaptureInterface(linkType: .ethernet, filter: comment), to: &bytes)
        let frame: [UInt8] = [1]
        writer.append(
            frame.span, at: CaptureTimestamp(nanosecondsSince1970: 0), options: PacketOptions(comments: [comment]),
            to: &bytes)
        let contents = CaptureFile.readAll(bytes)
        #expect(contents.problem == nil)
        #expect(contents.packets.first?.options.comments == [String(repeating: "é", count: 32_767)])
        #expect(contents.interfaces.first?.filter?.count == 32_767)
    }

    @Test func namesThatCannotBeStoredAreLeftOut() {
        var bytes: [UInt8] = []
        let writer = PcapngWriter(CaptureSection(), to: &bytes)
        let address = IPAddress.v4(IPv4Address(192, 0, 2, 1))
        writer.append([NameRecord(address, []), NameRecord(address, ["", "a\0b", "ok"])], to: &bytes)
        #expect(CaptureFile.readAll(bytes).names == [NameRecord(address, ["ok"])])
    }
}
