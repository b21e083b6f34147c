import Foundation
import StallpointTestKit

/// A folder of a case's own, with files that are no captures in it; it goes away with the value.
final class ScratchFolder: Sendable {
    private let root: URL
    /// Where the command runs.
    let work: URL

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "stallpoint-command-\(UUID().uuidString)")
        work = root.appending(path: "work")
        for folder in [work, work.appending(path: "folder")] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        var generator = SeededGenerator(seed: 7)
        let random = (0..<3_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // The first byte is no capture's, no archive's and no text's.
        try write([0x90] + random, "random")
        try write([], "empty")
        try write(Array("hello\n".utf8), "text.txt")
        try write([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0], "zipped.pcap.gz")
        for name in Self.fixtures {
            try write(Array(Data(contentsOf: Self.folder.appending(path: name))), name)
        }
    }

    private static let folder = Goldens.repository.appending(path: "fixtures/cli")
    private static let fixtures = ["closed.pcap", "closed.pcapng", "cut.pcap", "comments-attack-a-terminal.pcapng"]

    deinit { try? FileManager.default.removeItem(at: root) }

    func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: work.appending(path: name)) }

    func bytes(_ name: String) -> [UInt8]? { (try? Data(contentsOf: work.appending(path: name))).map { Array($0) } }

    func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

    /// Unfinished files that were left behind.
    var leftovers: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: work.path)) ?? []).filter { $0.hasSuffix(".part") }
    }

    /// Everybody may write here and come here.
    func openToEveryone() throws {
        for folder in [root, work] {
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        }
    }
}
