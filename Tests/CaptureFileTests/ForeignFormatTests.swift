import CaptureFile
import Testing

@Suite struct ForeignFormatTests {
    @Test(arguments: [
        ("snoop\0\0\0\0\0\0\u{2}", ForeignFormat.snoop), ("btsnoop\0\0\0\0\u{1}", .btsnoop), ("RTSS\u{1}", .netmon1),
        ("GMBU\0\0", .netmon2), ("TRSNIFF data    \u{1A}", .sniffer), ("XCP\0001.1", .netxray),
        ("iptrace 2.0\0", .iptrace), ("BZh91AY", .bzip2), ("PK\u{3}\u{4}", .zip), ("\u{7F}ELF\u{2}", .elf),
        ("<?xml version=\"1.0\"?>", .markup), ("  {\"a\": 1}", .json), ("12:00:00.1 IP 192.0.2.1 > ", .text),
        ("hi", .text), ("\n\n\n\n\n", .text),
    ])
    func isNamed(text: String, format: ForeignFormat) {
        expect(Array(text.utf8), format)
    }

    @Test(arguments: [
        ([0x1F, 0x8B, 8, 0], ForeignFormat.gzip), ([0x28, 0xB5, 0x2F, 0xFD, 0], .zstd),
        ([0x04, 0x22, 0x4D, 0x18, 0x64], .lz4), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .xz),
    ])
    func compressedIsNamed(bytes: [UInt8], format: ForeignFormat) {
        expect(bytes, format)
        #expect(format.hint == "decompress it first")
    }

    private func expect(_ bytes: [UInt8], _ format: ForeignFormat) {
        let problem = CaptureFile.readAll(bytes).problem
        #expect(problem?.kind == .foreign(format))
        #expect(problem?.description.hasPrefix("this is \(format.text), not pcap or pcapng") == true)
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
    }
}
