import CaptureFile
import Foundation
import PacketWire
import Testing

/// The files in `fixtures/pcapng` and `fixtures/hostile`: a new file needs a line in its folder's
/// `expected.tsv` and no code.
@Suite struct FixtureTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "fixtures")

    /// For each file name what is found: packets, what ends the reading, what was passed over.
    static func expectations(in folder: URL) throws -> [String: String] {
        let text = try String(contentsOf: folder.appending(path: "expected.tsv"), encoding: .utf8)
        var expectations: [String: String] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: "\t", maxSplits: 1).map(String.init)
            try #require(fields.count == 2, "\(line)")
            expectations[fields[0]] = fields[1]
        }
        return expectations
    }

    @Test(arguments: ["pcapng", "hostile"])
    func filesReadAsExpected(name: String) throws {
        let folder = Self.root.appending(path: name)
        let expectations = try Self.expectations(in: folder)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") }
        #expect(Set(files) == Set(expectations.keys))
        for file in files.sorted() {
            let bytes = Array(try Data(contentsOf: folder.appending(path: file)))
            let contents = CaptureFile.readAll(bytes)
            let damage = contents.damage.isEmpty ? "-" : contents.damage.map(\.description).joined(separator: "; ")
            let found = "\(contents.packets.count)\t\(contents.problem?.description ?? "-")\t\(damage)"
            #expect(found == expectations[file], "\(file)")
        }
    }

    @Test func bothByteOrdersSayTheSame() throws {
        let little = try Self.contents("pcapng/every-option-little-endian.pcapng")
        let big = try Self.contents("pcapng/every-option-big-endian.pcapng")
        #expect(little.sections == big.sections)
        #expect(little.interfaces == big.interfaces)
        #expect(little.names == big.names)
        #expect(little.packets == big.packets)
        #expect(little.packets.map(\.options.comments) == [["SYN, unanswered"], ["first retransmission"]])
        #expect(little.packets.map(\.options.dropCount) == [nil, 3])
        #expect(little.packets.first?.timestamp?.description == "2026-03-01T12:00:00.000000000Z")
        #expect(little.interfaces.first?.statistics?.droppedByInterface == 3)
    }

    @Test func clocksOfDifferentInterfacesAgree() throws {
        let contents = try Self.contents("pcapng/sections-and-interfaces.pcapng")
        let first = try #require(contents.packets.first?.timestamp)
        let offsets = contents.packets.map { $0.timestamp?.nanoseconds(since: first) }
        #expect(offsets == [0, 0, 500_000_000])
        #expect(contents.interfaces.map(\.linkType) == [.ethernet, .rawIP, .ethernet])
    }

    /// Text of the file comes out as it is, and is harmless once escaped.
    @Test func textThatAttacksATerminal() throws {
        let contents = try Self.contents("hostile/text-that-attacks-a-terminal.pcapng")
        let comment = try #require(contents.packets.first?.options.comments.first)
        #expect(comment.unicodeScalars.contains("\u{1B}"))
        let texts = [comment, contents.interfaces.first?.name, contents.sections.first?.application]
        for text in texts {
            let shown = try #require(text).escapedForDisplay
            #expect(shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E && $0.value != 0x9B })
        }
    }

    static func contents(_ path: String) throws -> CaptureFile.Contents {
        CaptureFile.readAll(Array(try Data(contentsOf: root.appending(path: path))))
    }
}
