import CaptureFile
import PacketWire
import Testing

/// Solaris snoop: RFC 1761, and Shomiti's use of it.
@Suite struct SnoopTests {
    static func file(version: UInt32 = 2, link: UInt32 = 4, _ records: [[UInt8]]) -> [UInt8] {
        Array("snoop".utf8) + [0, 0, 0] + Golden.word(version, big: true) + Golden.word(link, big: true)
            + records.flatMap { $0 }
    }

    static func record(
        _ seconds: UInt32, _ fraction: UInt32, original: UInt32? = nil, drops: UInt32 = 0, _ data: [UInt8],
        padding: Int? = nil
    ) -> [UInt8] {
        let count = UInt32(data.count)
        let padding = padding ?? (4 - data.count % 4) % 4
        return [original ?? count, count, 24 + count + UInt32(padding), drops, seconds, fraction].flatMap {
            Golden.word($0, big: true)
        } + data + [UInt8](repeating: 0, count: padding)
    }

    @Test func recordsAndTheirPadding() {
        let contents = CaptureFile.readAll(
            Self.file([
                Self.record(1_700_000_000, 5, original: 1500, [1, 2, 3]),
                Self.record(1_700_000_001, 999_999, drops: 7, [4, 5, 6, 7], padding: 0),
                Self.record(1_700_000_002, 0, drops: 7, [8], padding: 6),
            ]))
        #expect(contents.problem == nil)
        #expect(contents.damage.isEmpty)
        #expect(contents.format == .snoop)
        #expect(contents.packets.map(\.bytes) == [[1, 2, 3], [4, 5, 6, 7], [8]])
        #expect(contents.packets.map(\.originalLength) == [1500, 4, 1])
        #expect(
            contents.packets.map { $0.timestamp?.nanosecondsSince1970 } == [
                1_700_000_000_000_005_000, 1_700_000_001_999_999_000, 1_700_000_002_000_000_000,
            ])
        #expect(contents.interfaces.map(\.linkType) == [.ethernet])
        #expect(contents.interfaces.first?.statistics?.droppedByOS == 7)
    }

    /// The same number means different links; sixteen bytes behind the first packet mean Shomiti.
    @Test(arguments: [
        (0 as UInt32, 0, 1 as UInt32?), (4, 0, 1), (2, 0, 6), (8, 0, 10), (18, 0, 123), (0x8000_0005, 0, 226),
        (12, 0, nil), (12, 16, 1), (11, 20, 6), (1, 0, nil), (99, 16, nil),
    ])
    func links(number: UInt32, padding: Int, linkType: UInt32?) {
        let contents = CaptureFile.readAll(
            Self.file(link: number, [Self.record(9, 9, [1, 2, 3, 4], padding: padding)]))
        #expect(contents.interfaces.first?.linkType.rawValue == linkType)
        #expect(contents.problem?.kind == (linkType == nil ? .unknownSnoopLink(number) : nil))
    }

    @Test(arguments: [1 as UInt32, 6, .max])
    func versionsThatAreRefused(version: UInt32) {
        let problem = CaptureFile.readAll(Self.file(version: version, [])).problem
        #expect(problem?.kind == .unsupportedVersion(major: UInt16(clamping: version), minor: 0))
    }

    @Test func everyPrefix() {
        let records = (0..<4).map { Self.record(1_700_000_000, UInt32($0), [UInt8](repeating: 0xAA, count: 9 * $0)) }
        let file = Self.file(records)
        var ends: [Int] = []
        for record in records { ends.append((ends.last ?? 16) + record.count) }
        for count in 1..<file.count {
            let contents = CaptureFile.readAll(Array(file.prefix(count)))
            #expect(contents.packets.count == ends.count { $0 <= count }, "cut at \(count)")
            #expect((contents.problem == nil) == ((ends + [16]).contains(count)), "cut at \(count)")
            #expect(contents.problem?.isTruncation ?? true, "cut at \(count)")
        }
    }

    /// A record that claims less than it holds, or far more, is passed over.
    @Test(arguments: [0 as UInt32, 23, 25, 60_000, .max])
    func lengthsThatLie(length: UInt32) {
        var bad = Self.record(1_700_000_000, 1, [UInt8](repeating: 0xAA, count: 40))
        bad.replaceSubrange(8..<12, with: Golden.word(length, big: true))
        let good = (0..<5).map { Self.record(1_700_000_000, UInt32($0 + 2), [UInt8](repeating: 0xBB, count: 20)) }
        let contents = CaptureFile.readAll(Self.file([good[0], bad] + good[1...]))
        #expect(contents.packets.map(\.bytes.count) == [20, 20, 20, 20, 20])
        #expect(contents.totals.bytes == bad.count)
        #expect(contents.problem == nil)
    }
}
