import Foundation
import StallpointTestKit
import Testing

/// `stallpoint repair` on captures that were cut, written into and packed.
@Suite("repair", .enabled(if: Command.isIsolated, "no network namespaces"))
struct RepairTests {
    static let cases: [CommandCase] = [
        CommandCase(["repair", "closed.pcap"], 0, "closed.pcap: nothing to repair, "),
        CommandCase(["repair", "missing"], 66, "cannot read missing: No such file"),
        CommandCase(["repair", "folder"], 66, "Is a directory"),
        CommandCase(["repair", "empty"], 66, "cannot repair empty: the file is empty"),
        CommandCase(["repair", "random"], 66, "not a capture file"),
        CommandCase(["repair", "text.txt"], 66, "this is a text file"),
        CommandCase(["repair", "-"], 66, "the file is empty"),
        CommandCase(["repair", "-o", "folder", "cut.pcap"], 74, "Is a directory", lines: 1),
        CommandCase(["repair", "-o", "missing/out.pcap", "cut.pcap"], 74, "No such file"),
        CommandCase(["repair", "-o", "/dev/full", "cut.pcap"], 74, "No space left"),
        CommandCase(["repair", "-o", "closed.pcap", "cut.pcap"], 74, "closed.pcap is there already: -f replaces it"),
        CommandCase(["repair", "-o", "cut.pcap", "cut.pcap"], 74, "cut.pcap is there already"),
        CommandCase(["repair", "-o", "", "cut.pcap"], 64, "-o is the name of a file", lines: 2),
        CommandCase(["repair", ""], 64, "say which capture", lines: 2),
    ]

    @Test("files", arguments: cases)
    func files(_ item: CommandCase) async throws { try await item.run() }

    /// One damaged capture of each format, and how many of its packets are whole.
    static func damaged(_ name: String, in folder: ScratchFolder) throws -> [UInt8] {
        let source = name.hasSuffix(".pcapng") ? "closed.pcapng" : "closed.pcap"
        var bytes = try #require(folder.bytes(source))
        // The last packet loses its end.
        bytes.removeLast(5)
        try folder.write(bytes, name)
        return bytes
    }

    @Test("what is whole is written beside the file, which stays as it is", arguments: ["bad.pcap", "bad.pcapng"])
    func beside(_ name: String) async throws {
        let folder = try ScratchFolder()
        let bytes = try Self.damaged(name, in: folder)
        let outcome = try await Command.run(["repair", name], in: folder)
        outcome.expectDecent(status: 0, errorLines: 4, output: .empty)
        #expect(outcome.errorText.contains("the end lost, from offset"))
        let repaired = name.replacing("bad", with: "bad.repaired")
        #expect(outcome.errorText.contains("\(repaired): written, "))
        #expect(folder.bytes(name) == bytes)
        let result = try #require(folder.bytes(repaired))
        if name.hasSuffix(".pcap") {
            #expect(bytes.starts(with: result) && result.count > 24)
        } else {
            #expect(String(decoding: result.prefix(400), as: UTF8.self).contains("repaired by stallpoint"))
        }
        #expect(folder.leftovers.isEmpty)

        // The second time there is nothing to do, and the file is not written again.
        let again = try await Command.run(["repair", repaired], in: folder)
        again.expectDecent(status: 0, errorLines: 1, output: .empty)
        #expect(again.errorText.contains("nothing to repair"))
        #expect(folder.bytes(repaired) == result)
        #expect(folder.bytes(repaired.replacing("bad.repaired", with: "bad.repaired.repaired")) == nil)
        try await Command.run(["repair", "-o", "copy", repaired], in: folder)
            .expectDecent(status: 0, errorLines: 1, output: .empty)
        #expect(folder.bytes("copy") == result)
    }

    @Test("in place only where it is asked for")
    func inPlace() async throws {
        let folder = try ScratchFolder()
        let bytes = try Self.damaged("bad.pcap", in: folder)
        try await Command.run(["repair", "-f", "-o", "bad.pcap", "bad.pcap"], in: folder)
            .expectDecent(status: 0, errorLines: 4, output: .empty)
        let result = try #require(folder.bytes("bad.pcap"))
        #expect(bytes.starts(with: result) && result.count < bytes.count)
    }

    @Test("damage in the middle costs what it hit, and is listed")
    func middle() async throws {
        let folder = try ScratchFolder()
        var bytes = try #require(folder.bytes("closed.pcapng"))
        // The first block behind the section header begins where that says it ends.
        let length = Int(bytes[4]) | Int(bytes[5]) << 8
        bytes.insert(contentsOf: [UInt8](repeating: 0xEE, count: 21), at: length)
        try folder.write(bytes, "bad.pcapng")
        let outcome = try await Command.run(["repair", "bad.pcapng"], in: folder)
        outcome.expectDecent(status: 0, errorLines: 6, output: .empty)
        #expect(outcome.errorText.contains("21 bytes in 1 place lost"))
        #expect(outcome.errorText.contains("at offset \(length): "))
        let before = try await Command.run(["analyze", "--format", "ndjson", "closed.pcapng"], in: folder)
        let after = try await Command.run(["analyze", "--format", "ndjson", "bad.repaired.pcapng"], in: folder)
        #expect(before.outputText == after.outputText)
        // Without the repair it is read as well, and the damage said.
        let damaged = try await Command.run(["analyze", "--format", "json", "bad.pcapng"], in: folder)
        damaged.expectDecent(status: 1, errorLines: 3, output: .json)
        #expect(damaged.errorText.contains("the capture is damaged in 1 place"))
    }

    @Test(
        "packed captures are read like others, from files and pipes",
        arguments: [
            "analyze --format ndjson packed.gz", "analyze --format ndjson - < packed.gz",
            "analyze --format ndjson two.gz",
        ])
    func packed(_ arguments: String) async throws {
        let folder = try ScratchFolder()
        let script = """
            gzip -c closed.pcapng > packed.gz
            (head -c 100 closed.pcapng | gzip; tail -c +101 closed.pcapng | gzip) > two.gz
            "$0" analyze --format ndjson closed.pcapng > plain
            "$0" \(arguments) > other
            cat packed.gz | "$0" analyze --format ndjson - > piped
            cmp plain other && cmp plain piped
            """
        try await Command.shell(script, in: folder).expectDecent(status: 0, errorLines: 0, output: .empty)
    }

    @Test("of a packed capture that was cut, what is whole is kept")
    func packedAndCut() async throws {
        let folder = try ScratchFolder()
        let script = """
            gzip -c closed.pcapng | head -c 300 > cut.pcapng.gz
            "$0" repair cut.pcapng.gz && "$0" repair cut.repaired.pcapng
            """
        let outcome = try await Command.shell(script, in: folder)
        outcome.expectDecent(status: 0, errorLines: 6, output: .empty)
        #expect(outcome.errorText.contains("the gzip stream is cut off after 300 bytes"))
        #expect(outcome.errorText.contains("cut.repaired.pcapng: nothing to repair"))
    }

    @Test("a pipe cannot be read twice")
    func pipe() async throws {
        let outcome = try await Command.shell("head -c 200 closed.pcap | \"$0\" repair -o out -", in: ScratchFolder())
        outcome.expectDecent(status: 64, errorLines: 1, output: .empty)
        #expect(outcome.errorText.contains("it cannot be a pipe"))
    }

    @Test("every capture of the fixtures and the corpora", arguments: [0, 1, 2, 3])
    func everyCapture(_ part: Int) async throws {
        let files = AnalyzeTests.captures.filter { ["pcap", "pcapng", "snoop"].contains($0.pathExtension) }
        let folder = try ScratchFolder()
        for (index, file) in files.enumerated() where index % 4 == part {
            let first = try await Command.run(["repair", "-f", "-o", "one", file.path], in: folder)
            #expect(
                first.signal == nil && (first.status == 0 || first.status == 66), "\(file.path): \(first.errorText)")
            guard first.status == 0, let one = folder.bytes("one") else { continue }
            let second = try await Command.run(["repair", "-f", "-o", "two", "one"], in: folder)
            #expect(second.status == 0 && second.errorText.contains("nothing to repair"), "\(file.path)")
            #expect(folder.bytes("two") == one, "\(file.path)")
            if first.errorText.contains("nothing to repair") {
                #expect(one == (try? Data(contentsOf: file)).map { Array($0) }, "\(file.path)")
            }
        }
    }
}
