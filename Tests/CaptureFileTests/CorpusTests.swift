import CaptureFile
import Foundation
import Testing

/// Captures collected from other projects, where they are at hand: each gives the number of packets that
/// its list says, or the error that belongs to it.
@Suite struct CorpusTests {
    struct Entry: Sendable, CustomTestStringConvertible {
        var file: String
        var format: String
        var packets: Int
        var tags: String
        var testDescription: String { file }
    }

    /// A folder `shared/corpora` beside one of the folders that hold this file.
    static let folder: URL? = {
        var place = URL(fileURLWithPath: #filePath)
        while place.path != "/" {
            place.deleteLastPathComponent()
            let candidate = place.appendingPathComponent("shared/corpora")
            if FileManager.default.fileExists(atPath: candidate.appendingPathComponent("manifest.tsv").path) {
                return candidate
            }
        }
        print("CorpusTests skipped: no folder shared/corpora above \(#filePath)")
        return nil
    }()

    static let entries: [Entry] = {
        guard let folder,
            let text = try? String(contentsOf: folder.appendingPathComponent("manifest.tsv"), encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count >= 9, let packets = Int(fields[6]) else { return nil }
            return Entry(file: fields[0], format: fields[4], packets: packets, tags: fields[8])
        }
    }()

    @Test(.enabled(if: folder != nil, "no folder shared/corpora above the tests"))
    func allFilesReadAsListed() throws {
        let folder = try #require(Self.folder)
        #expect(Self.entries.count > 50)
        for entry in Self.entries {
            let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(entry.file)))
            let contents = CaptureFile.readAll(bytes)
            print(
                entry.file, contents.packets.count, entry.packets, contents.problem.map { "\($0)" } ?? "ok",
                entry.tags.prefix(60))
        }
    }
}
