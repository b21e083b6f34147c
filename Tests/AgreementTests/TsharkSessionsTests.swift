import Foundation
import StallpointTestKit
import Testing

/// That captures are read together must change nothing of what tshark says of each.
@Suite(.enabled(if: Tshark.path != nil, "tshark is not installed"))
struct TsharkSessionsTests {
    private static let fields = [
        "frame.number", "frame.encap_type", "frame.protocols", "ip.src", "tcp.stream", "tcp.seq", "tcp.analysis.flags",
        "_ws.malformed", "frame.comment",
    ]

    @Test("One by one or together, tshark prints the same of each")
    func together() async throws {
        // Of few packets and of many, with the same addresses; one of the classic format, and two that are not whole.
        let names = ["open", "closed", "loss-one-in-three", "tls-wrong-name", "quic-answers", "accepted-then-reset"]
        var files = names.map { RecordedCapture(name: $0).capture }
        let folder = FileManager.default.temporaryDirectory.appending(path: "sessions-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let whole = try Data(contentsOf: files[0])
        for (name, bytes) in [("cut.pcapng", whole.dropLast(9)), ("none.pcapng", Data())] {
            files.append(folder.appending(path: name))
            try bytes.write(to: files[files.count - 1])
        }
        files += try CraftedCaptures.write(to: folder).prefix(2)
        let all = try await Tshark.lines(of: files, fields: Self.fields)
        #expect(all.count == files.count)
        for file in files {
            let alone = try await Tshark.rows(of: file, fields: Self.fields)
            #expect(Tshark.rows(try #require(all[file]), Self.fields) == alone, "\(file.path)")
            #expect(!alone.isEmpty || file.lastPathComponent == "none.pcapng")
        }
    }

    @Test("Where tshark counts otherwise than we do, each is read by itself")
    func otherCounts() async throws {
        let files = RecordedCapture.all.prefix(3).map(\.capture)
        let read = Reads()
        let all = try await TsharkSessions.outputs(of: files) { file, more in
            await read.note(file)
            // One line more than there are packets.
            let text = more.isEmpty ? "1\t\(file.path)\n" : String(repeating: "1\tx\n", count: 10_000)
            return Program.Ended(status: 0, output: Data(text.utf8))
        }
        #expect(await read.files.isSuperset(of: files))
        for file in files { #expect(all[file]?.lines == ["1\t\(file.path)"]) }
    }

    private actor Reads {
        var files: Set<URL> = []
        func note(_ file: URL) { files.insert(file) }
    }
}
