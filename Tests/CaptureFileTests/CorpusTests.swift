import CaptureFile
import Foundation
import StallpointTestKit
import Testing

/// Captures collected from other projects, where they are at hand: each gives the number of packets that
/// its list says, or the error that belongs to it.
@Suite struct CorpusTests {
    struct Entry {
        var file: String
        var packets: Int
        var tags: String
    }

    static var folder: URL? { SharedCorpora.folder }

    static func entries(in folder: URL) throws -> [Entry] {
        let text = try String(contentsOf: folder.appendingPathComponent("manifest.tsv"), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count >= 9, let packets = Int(fields[6]) else { return nil }
            return Entry(file: fields[0], packets: packets, tags: fields[8])
        }
    }

    /// What the list does not say: files that are refused, and how many packets come before that.
    static let refused: [String: (packets: Int, kind: CaptureFileError.Kind)] = [
        "libpcap__pcap-invalid-version-1.pcap": (0, .unsupportedVersion(major: 1, minor: 4)),
        "libpcap__pcapng-invalid-vers-1.pcapng": (0, .unsupportedVersion(major: 0, minor: 1)),
        "libpcap__shb-option-too-long.pcapng": (0, .lengthMismatch(front: 52, back: 0x3030_3030)),
        "pcap-parser__modified-format.pcap": (0, .pcapVariant(.kuznetzov)),
        "dpkt__truncated_dns_2.pcap": (1, .truncated(needed: 16, available: 7)),
    ]

    /// Where the list, made with tshark, counts differently: custom blocks as packets, or a link type it does
    /// not know as a bad file.
    static let countedDifferently: [String: Int] = [
        "libpcap__dsa.pcap": 8,
        "gopacket__test901.pcapng": 2,
        "pcapng-test-generator__be_test018.pcapng": 4,
        "pcapng-test-generator__be_test102.pcapng": 5,
        "pcapng-test-generator__le_test202.pcapng": 8,
    ]

    /// Parts that are passed over: a section of another version.
    static let damaged = ["gopacket__test901.pcapng": 1]

    /// An empty file that libpcap and Wireshark refuse for bits that draft-ietf-opsawg-pcap has readers ignore.
    static let reservedBits = "libpcap__linktype-reserved-field-not-zero.pcap"

    @Test(.enabled(if: folder != nil, "no folder shared/corpora beside the project"))
    func filesReadAsListed() throws {
        let folder = try #require(Self.folder)
        let entries = try Self.entries(in: folder)
        #expect(entries.count >= 100)
        for entry in entries {
            let contents = CaptureFile.readAll(try Self.bytes(of: entry, in: folder))
            let refusal = Self.refused[entry.file]
            #expect(contents.problem?.kind == refusal?.kind, "\(entry.file)")
            let packets = refusal?.packets ?? Self.countedDifferently[entry.file] ?? entry.packets
            #expect(contents.packets.count == packets, "\(entry.file)")
            #expect(contents.problem == nil || contents.problem?.packets == packets, "\(entry.file)")
            #expect(contents.totals.places == Self.damaged[entry.file] ?? 0, "\(entry.file)")
            #expect(
                refusal != nil || !entry.tags.contains("malformed-file") || packets > 0
                    || entry.file == Self.reservedBits, "\(entry.file)")
        }
    }

    /// Fed in small pieces, with everything consumed dropped in between, each file gives the same.
    @Test(.enabled(if: folder != nil, "no folder shared/corpora beside the project"))
    func streamsReadLikeFiles() throws {
        let folder = try #require(Self.folder)
        var generator = SeededGenerator(seed: 7)
        for entry in try Self.entries(in: folder) {
            let bytes = try Self.bytes(of: entry, in: folder)
            guard bytes.count < 200_000 else { continue }
            let whole = CaptureFile.readAll(bytes)
            let streamed = readStream(bytes, using: &generator)
            #expect(streamed.packets == whole.packets, "\(entry.file)")
            #expect(streamed.problem == whole.problem, "\(entry.file)")
        }
    }

    static func bytes(of entry: Entry, in folder: URL) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appendingPathComponent(entry.file)))
    }
}
