import CaptureFile
import Testing

@Suite struct ForeignFormatTests {
    @Test(arguments: [
        ("btsnoop\0\0\0\0\u{1}", ForeignFormat.btsnoop), ("RTSS\u{1}", .netmon1),
        ("GMBU\0\0", .netmon2), ("TRSNIFF data    \u{1A}", .sniffer), ("XCP\0001.1", .netxray),
        ("iptrace 2.0\0", .iptrace), ("BZh91AY", .bzip2), ("PK\u{3}\u{4}", .zip), ("\u{7F}ELF\u{2}", .elf),
        ("<?xml version=\"1.0\"?>", .markup), ("  {\"a\": 1}", .json), ("12:00:00.1 IP 192.0.2.1 > ", .text),
        ("hi", .text), ("\n\n\n\n\n", .text),
        ("ObserverPktBuffer\0\0", .observer), ("\u{5}VNF", .visual), ("EyeSDN\0", .eyeSDN),
        ("Session Transcript\0", .catapult), ("NetScaler V20", .netscaler), ("TR\0d\0\0", .nettl),
        ("\u{7F}ver\0", .omnipeek), ("LZIP\u{1}", .lzip), ("Rar!\u{1A}\u{7}", .rar),
        ("MZ\u{1}\0\u{3}\0", .portableExecutable),
        ("%PDF-1.7", .pdf), ("SQLite format 3\0", .sqlite), ("ElfFile\0", .eventLog),
    ])
    func isNamed(text: String, format: ForeignFormat) {
        expect(Array(text.utf8), format)
    }

    @Test(arguments: [
        ([0x1F, 0x8B, 8, 0], ForeignFormat.gzip), ([0x28, 0xB5, 0x2F, 0xFD, 0], .zstd),
        ([0x04, 0x22, 0x4D, 0x18, 0x64], .lz4), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .xz),
        ([0x5D, 0, 0, 0x80, 0], .lzma), ([0x89, 0x4C, 0x5A, 0x4F, 0], .lzop), ([0x1F, 0x9D, 0x90, 0], .compress),
    ])
    func compressedIsNamed(bytes: [UInt8], format: ForeignFormat) {
        expect(bytes, format)
        #expect(format.hint == "decompress it first")
    }

    /// Marks that stand elsewhere than in front, and bytes that are no text.
    @Test func marksElsewhere() {
        var tar = Array("case.pcap".utf8) + [UInt8](repeating: 0, count: 503)
        tar.replaceSubrange(257..<262, with: Array("ustar".utf8))
        expect(tar, .tar)
        expect([0xAA, 0xAA, 0xAA, 0xAA, 1], .fiveViews)
        expect([0, 0, 2, 0, 0x12, 5, 0, 0x10, 0], .k12)
        expect([1, 0x10, 0x4C, 0, 1, 5], .lanalyzer)
        expect(Array("+---------+---------------+----------+\r\n".utf8), .k12text)
        expect([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0], .sevenZip)
    }

    /// Endace's records have no mark; two that fit are one.
    @Test func twoRecordsOfERF() {
        func record(seconds: UInt32, type: UInt8) -> [UInt8] {
            [0, 0, 0, 0x80] + Golden.word(seconds, big: false) + [type, 4, 0, 64, 0, 0, 0, 46]
                + [UInt8](repeating: 0, count: 48)
        }
        expect(record(seconds: 1_700_000_000, type: 2) + record(seconds: 1_700_000_001, type: 2), .erf)
        let others = [
            record(seconds: 1_700_000_000, type: 2) + record(seconds: 1_800_000_000, type: 2),
            record(seconds: 1_700_000_000, type: 0) + record(seconds: 1_700_000_000, type: 2),
            record(seconds: 1_700_000_000, type: 2), record(seconds: 5, type: 2) + record(seconds: 5, type: 2),
        ]
        for other in others { #expect(CaptureFile.readAll(other).problem?.kind == .unknownFormat(magic: 0x80)) }
    }

    /// Lengths and a date tell CommView's two forms; another date is none.
    @Test func datesOfCommView() {
        let date: [UInt8] = [0xE7, 7, 11, 14, 22, 13, 20]
        let rest = [UInt8](repeating: 0, count: 16)
        expect([0x3A, 0, 0x3A, 0, 0] + date + rest, .commView)
        expect([0x3A, 0, 0, 0] + date + rest, .commView)
        for (place, value) in [(1, 3), (2, 13), (3, 0), (4, 24), (5, 60), (6, 60)] as [(Int, UInt8)] {
            var other = date
            other[place] = value
            #expect(
                CaptureFile.readAll([0x3A, 0, 0x3A, 0, 0] + other + rest).problem?.kind
                    == .unknownFormat(magic: 0x3A00_3A00))
        }
    }

    private func expect(_ bytes: [UInt8], _ format: ForeignFormat) {
        let problem = CaptureFile.readAll(bytes).problem
        #expect(problem?.kind == .foreign(format))
        #expect(problem?.description.hasPrefix("this is \(format.text), not pcap, pcapng or snoop") == true)
    }

    @Test func emptyAndUnknown() {
        #expect(CaptureFile.readAll([]).problem?.kind == .empty)
        #expect(CaptureFile.readAll([0xFF]).problem?.kind == .unknownFormat(magic: 0xFF00_0000))
        #expect(CaptureFile.readAll([1, 2, 3, 4, 5]).problem?.kind == .unknownFormat(magic: 0x0102_0304))
    }

    /// The first bytes of a capture are a cut capture, not an unknown file.
    @Test func shortestPrefixesOfACapture() {
        for magic in [[0xD4, 0xC3, 0xB2, 0xA1], [0xA1, 0xB2, 0x3C, 0x4D], [0x0A, 0x0D, 0x0D, 0x0A]] as [[UInt8]] {
            for count in 1...3 {
                let problem = CaptureFile.readAll(Array(magic.prefix(count))).problem
                #expect(problem?.isTruncation == true, "\(magic.prefix(count))")
            }
        }
    }

    @Test func eachFormatHasItsOwnText() {
        #expect(Set(ForeignFormat.allCases.map(\.text)).count == ForeignFormat.allCases.count)
        #expect(Set(PcapVariant.allCases.map(\.text)).count == PcapVariant.allCases.count)
        for variant in PcapVariant.allCases {
            let text = CaptureFileError.Kind.pcapVariant(variant).description
            #expect(text.hasPrefix("this is \(variant.text)") && text.hasSuffix(variant.hint))
        }
    }
}
