import CaptureFile
import PacketWire
import Testing

@Suite struct PcapReaderTests {
    @Test(arguments: [false, true], [(0xA1B2_C3D4 as UInt32, 1000 as Int64), (0xA1B2_3C4D, 1)])
    func recordsInEachOrderAndResolution(big: Bool, _ kind: (magic: UInt32, nanosecondsPerTick: Int64)) {
        let file =
            Golden.pcapHeader(magic: kind.magic, linkType: 113, big: big)
            + Golden.pcapRecord(1_700_000_000, 123_456, captured: 3, original: 60, [1, 2, 3], big: big)
            + Golden.pcapRecord(1_700_000_001, 0, captured: 0, original: 0, [], big: big)
        let contents = CaptureFile.readAll(file)
        #expect(contents.problem == nil)
        #expect(contents.format == .pcap)
        #expect(contents.interfaces.map(\.linkType) == [.linuxSLL])
        #expect(contents.interfaces.map(\.snapLength) == [65_535])
        #expect(contents.packets.map(\.number) == [1, 2])
        #expect(contents.packets.map(\.bytes) == [[1, 2, 3], []])
        #expect(contents.packets.map(\.originalLength) == [60, 0])
        let times = contents.packets.map { $0.timestamp?.nanosecondsSince1970 }
        #expect(
            times == [
                1_700_000_000_000_000_000 + 123_456 * kind.nanosecondsPerTick, 1_700_000_001_000_000_000,
            ])
        let resolution: TimestampResolution = kind.nanosecondsPerTick == 1 ? .nanoseconds : .microseconds
        #expect(contents.packets.allSatisfy { $0.timestamp?.resolution == resolution })
    }

    @Test func rangesPointIntoTheWindow() throws {
        let file = Golden.pcapHeader() + Golden.pcapRecord(1, 2, captured: 2, original: 9, [8, 9])
        var reader = CaptureReader()
        guard case .record(let record) = try reader.next(in: file.span) else {
            Issue.record("no record")
            return
        }
        #expect(record.frame == 40..<42)
        #expect(record.offset == 24)
        #expect(record.missingLength == 7)
        #expect(!record.hasOptions)
        #expect(record.options(in: file.span) == .none)
        #expect(record.direction(in: file.span) == nil)
        #expect(reader.offset == 42)
    }

    /// A fraction above a second is carried over, not refused: writers with such a bug exist.
    @Test func fractionsAboveOneSecondCarry() {
        let file = Golden.pcapHeader() + Golden.pcapRecord(10, 1_500_000, captured: 0, original: 0, [])
        #expect(CaptureFile.readAll(file).packets.first?.timestamp?.nanosecondsSince1970 == 11_500_000_000)
    }

    @Test func largestNumbersDoNotTrap() {
        let file =
            Golden.pcapHeader(snapLength: .max) + Golden.pcapRecord(.max, .max, captured: 0, original: .max, [])
        let packet = CaptureFile.readAll(file).packets.first
        #expect(packet?.originalLength == Int(UInt32.max))
        #expect(packet?.timestamp?.seconds == Int64(UInt32.max) + 4294)
    }

    /// Versions before 2.3 stored the original length first; 2.3 did either.
    @Test(arguments: [(2 as UInt16, 60 as UInt32, 2 as UInt32), (3, 60, 2), (3, 2, 60), (4, 2, 60)])
    func oldVersionsSwapLengths(minor: UInt16, first: UInt32, second: UInt32) {
        let file =
            Golden.pcapHeader(minor: minor) + Golden.pcapRecord(0, 0, captured: first, original: second, [5, 6])
        let packet = CaptureFile.readAll(file).packets.first
        #expect(packet?.bytes == [5, 6])
        #expect(packet?.originalLength == 60)
    }

    @Test func linkTypeFieldHoldsTheFrameCheckSequence() {
        let contents = CaptureFile.readAll(Golden.pcapHeader(linkType: 0x2400_0001))
        #expect(contents.problem == nil)
        #expect(contents.interfaces.map(\.linkType) == [.ethernet])
        #expect(contents.interfaces.map(\.frameCheckSequenceLength) == [4])
        #expect(
            CaptureFile.readAll(Golden.pcapHeader(linkType: 0x2000_0001)).interfaces.first?
                .frameCheckSequenceLength == nil)
    }

    /// draft-ietf-opsawg-pcap: bits without a meaning are to be ignored.
    @Test(arguments: [0x0001_0001 as UInt32, 0x03FF_0001, 0x0800_0001, 0x2BFF_0001])
    func reservedBitsOfTheLinkTypeAreIgnored(field: UInt32) {
        let record = Golden.pcapRecord(1, 1, captured: 1, original: 1, [0])
        let contents = CaptureFile.readAll(Golden.pcapHeader(linkType: field) + record)
        #expect(contents.problem == nil)
        #expect(contents.packets.count == 1)
        #expect(contents.interfaces.map(\.linkType) == [.ethernet])
        #expect(contents.interfaces.first?.frameCheckSequenceLength == nil)
    }

    @Test(arguments: [
        (Golden.pcapHeader(major: 3), CaptureFileError.Kind.unsupportedVersion(major: 3, minor: 4)),
        (Golden.pcapHeader(minor: 5), .unsupportedVersion(major: 2, minor: 5)),
        (Golden.pcapHeader(magic: 0xA1B2_CD34), .pcapVariant(.kuznetzov)),
        (Golden.pcapHeader(magic: 0xA1B2_CD34, big: true), .pcapVariant(.kuznetzov)),
        (Golden.pcapHeader(magic: 0xA1B2_34CD), .pcapVariant(.mesquita)),
        (Golden.pcapHeader(magic: 0xA12B_3C4D), .pcapVariant(.navtel)),
        (Golden.pcapHeader(magic: 0x1C00_01AC), .pcapVariant(.ixiaHardware)),
        (Golden.pcapHeader(magic: 0x1C00_01AB, big: true), .pcapVariant(.ixiaSoftware)),
        (Golden.pcapHeader(magic: 0xA1B2_C3D5), .unknownFormat(magic: 0xD5C3_B2A1)),
    ])
    func headersThatAreRefused(file: [UInt8], kind: CaptureFileError.Kind) {
        let problem = CaptureFile.readAll(file).problem
        #expect(problem?.kind == kind)
        #expect(problem?.place == .fileHeader)
        #expect(problem?.offset == 0)
    }

    @Test func insaneLengthIsAnErrorAndNotACut() {
        let good = Golden.pcapRecord(1, 1, captured: 1, original: 1, [0])
        let file = Golden.pcapHeader() + good + Golden.pcapRecord(2, 2, captured: 262_145, original: 60, [])
        let problem = CaptureFile.readAll(file).problem
        #expect(problem?.kind == .tooLarge(.capturedLength, found: 262_145, limit: 262_144))
        #expect(problem?.offset == 24 + 17)
        #expect(problem?.place == .record(2))
        #expect(problem?.packets == 1)
        #expect(
            problem?.description
                == "record 2 at offset 41: captured length 262145 is above the limit of 262144")
    }

    /// D-Bus messages are longer than any frame, and a file may announce longer frames for itself.
    @Test(arguments: [(231 as UInt32, 65_535 as UInt32, 100 << 20), (1, 1 << 20, 1 << 20), (1, .max, 16 << 20)])
    func limitFollowsTheFile(linkType: UInt32, snapLength: UInt32, length: Int) {
        let file =
            Golden.pcapHeader(snapLength: snapLength, linkType: linkType)
            + Golden.pcapRecord(0, 0, captured: UInt32(length), original: UInt32(length), [])
        #expect(CaptureFile.readAll(file).problem?.kind == .truncated(needed: 16 + length, available: 16))
    }
}
