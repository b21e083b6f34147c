import Foundation
import StallpointTestKit
import Testing

/// `stallpoint analyze` on files that are captures, that once were, and that never were.
@Suite("analyze", .enabled(if: Command.isIsolated, "no network namespaces"))
struct AnalyzeTests {
    static let cases: [CommandCase] = [
        CommandCase(["analyze", "closed.pcap"], 1, output: .text),
        CommandCase(["analyze", "--format", "json", "closed.pcapng"], 1, output: .json),
        CommandCase(["analyze", "--format", "ndjson", "closed.pcap", "closed.pcapng"], 1, output: .ndjson),
        CommandCase(["analyze", "--format", "json", "closed.pcap", "closed.pcapng"], 1, output: .json),
        CommandCase(["analyze", "missing"], 66, "cannot read missing: No such file"),
        CommandCase(["analyze", "folder"], 66, "cannot read folder: Is a directory"),
        CommandCase(["analyze", "empty"], 66, "cannot read empty: the file is empty"),
        CommandCase(["analyze", "/dev/null"], 66, "the file is empty"),
        CommandCase(["analyze", "-"], 66, "the file is empty"),
        CommandCase(["analyze", "random"], 66, "not a capture file"),
        CommandCase(["analyze", "text.txt"], 66, "text file"),
        CommandCase(["analyze", "zipped.pcap.gz"], 66, "the file is empty"),
        CommandCase(["analyze", "mis\u{1B}[31m\nsing"], 66, "mis\\x1b[31m\\x0asing"),
        CommandCase(["analyze", String(repeating: "n", count: 300)], 66, "File name too long"),
        CommandCase(["analyze", "missing", "folder"], 66, "cannot read missing: No such file", lines: 2),
        CommandCase(["analyze", "missing", "folder"], 66, "cannot read folder: Is a directory", lines: 2),
        CommandCase(["analyze", "closed.pcap", "missing", "closed.pcapng"], 66, "missing: No such", output: .text),
        CommandCase(
            ["analyze", "--format", "json", "missing", "closed.pcap", "random"], 66, "not a capture file", lines: 2,
            output: .json),
        CommandCase(["analyze", "--format", "json", "cut.pcap"], 2, "cut off", output: .json),
    ]

    @Test("files", arguments: cases)
    func files(_ item: CommandCase) async throws { try await item.run() }

    @Test("what is whole of a cut capture is reported, and that it was cut")
    func cut() async throws {
        let outcome = try await Command.run(["analyze", "--format", "json", "cut.pcap"], in: ScratchFolder())
        let report = try JSONDocument(parsing: outcome.outputText)
        #expect(report["diagnoses"]?.elements.count == 1)
        #expect(report["run"]?["notes"]?.elements.contains { $0.text?.contains("cut off") == true } == true)
    }

    /// As a shell sorts the files of a ring, and as somebody names one twice.
    @Test("files are read in the order of time, and copies of one once")
    func ordered() async throws {
        let folder = try ScratchFolder()
        var connection = ConnectionScript(to: ConnectionScript.server, 80)
        connection.handshake()
        connection.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        connection.server(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8))
        let whole = connection.captureFile
        // Three records, and the others: each begins with how long it is.
        var middle = 24
        for _ in 0..<3 { middle += 16 + Int(whole[middle + 8]) + Int(whole[middle + 9]) << 8 }
        try folder.write(Array(whole[..<middle]), "ring2.pcap")
        try folder.write(Array(whole[..<24] + whole[middle...]), "ring10.pcap")
        try folder.write(whole, "whole.pcap")
        func report(_ files: [String]) async throws -> JSONDocument {
            try JSONDocument(
                parsing: await Command.run(["analyze", "--all", "--format", "json"] + files, in: folder).outputText)
        }
        let expected = try await report(["whole.pcap"])["diagnoses"]
        #expect(expected?.elements.count == 1)
        for (files, note) in [
            (["ring10.pcap", "ring2.pcap"], nil),
            (["ring2.pcap", "ring10.pcap", "ring2.pcap"], "ring2.pcap has the same bytes as ring2.pcap: read once"),
            (["whole.pcap", "./whole.pcap"], "read once"),
        ] as [([String], String?)] {
            let report = try await report(files)
            #expect(report["diagnoses"]?.elements.first?["verdict"]?.text == expected?.elements.first?["verdict"]?.text)
            #expect(report["diagnoses"]?.elements.count == 1 && report["capture"]?["limits"]?.elements.isEmpty == true)
            let notes = report["run"]?["notes"]?.elements ?? []
            #expect(notes.count == (note == nil ? 0 : 1) && notes.allSatisfy { $0.text?.contains(note ?? "") == true })
        }
    }

    @Test("several files are one capture")
    func joined() async throws {
        let outcome = try await Command.run(
            ["analyze", "--format", "json", "closed.pcap", "closed.pcapng"], in: ScratchFolder())
        let report = try JSONDocument(parsing: outcome.outputText)
        // The same connection stands in both.
        #expect(report["diagnoses"]?.elements.count == 1)
        #expect(report["capture"] != nil)
    }

    @Test("what counts can be chosen, and every conversation told by itself")
    func selection() async throws {
        func count(_ arguments: String...) async throws -> Int? {
            let outcome = try await Command.run(
                ["analyze", "--format", "json", "closed.pcapng"] + arguments, in: ScratchFolder())
            return try JSONDocument(parsing: outcome.outputText)["diagnoses"]?.elements.count
        }
        #expect(try await count("--all") == 1)
        #expect(try await count("--conversation", "1") == 1)
        #expect(try await count("--verdict", "closed") == 1)
        #expect(try await count("--verdict", "open") == 0)
        #expect(try await count("--host", "192.0.2.99") == 0)
        #expect(try await count("--filter", "udp") == 0)
        #expect(try await count("--since", "0", "--until", "60") == 1)
        #expect(try await count("--since", "2000-01-01T00:00:00Z") == 1)
        #expect(try await count("--until", "2000-01-01T01:00:00+01:00") == 0)
        #expect(try await count("--until", "00:00:00") == 1)
        #expect(try await count("--filter", "tcp") == 1)
    }

    @Test(
        "wrong choices are refused",
        arguments: [
            ["--host", "nobody"], ["--port", "0"], ["--verdict", "fine"], ["--since", "-1"],
            ["--since", "9", "--until", "3"], ["--since", "yesterday"], ["--until", "2026-11-26T05:27:39"],
            ["--since", "2026-11-26T05:27:39Z", "--until", "2026-11-26T05:27:38Z"],
            ["--conversation", "0"], ["--conversation", "77"], ["--filter", "no such filter"],
        ])
    func refused(_ arguments: [String]) async throws {
        let outcome = try await Command.run(["analyze", "closed.pcapng"] + arguments, in: ScratchFolder())
        outcome.expectDecent(status: 64, errorLines: outcome.errorText.split(separator: "\n").count)
    }

    @Test("a report never takes the place of the capture that it is about")
    func ownInput() async throws {
        let folder = try ScratchFolder()
        let before = folder.bytes("closed.pcapng")
        let outcome = try await Command.run(["analyze", "-o", "./closed.pcapng", "closed.pcapng"], in: folder)
        outcome.expectDecent(status: 64)
        #expect(outcome.errorText.contains("-o needs another name") && folder.bytes("closed.pcapng") == before)
    }

    @Test("a table for spreadsheets")
    func csv() async throws {
        let outcome = try await Command.run(["analyze", "--format", "csv", "closed.pcapng"], in: ScratchFolder())
        let lines = outcome.outputText.split(separator: "\r\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("conversation,count,") && lines[1].contains(",closed,"))
    }

    @Test(
        "standard input, from a file and from a pipe",
        arguments: [
            "\"$0\" analyze --format json - < closed.pcapng", "cat closed.pcapng | \"$0\" analyze --format json -",
        ])
    func standardInput(_ script: String) async throws {
        try await Command.shell(script, in: ScratchFolder()).expectDecent(status: 1, errorLines: 0, output: .json)
    }

    @Test("what a capture's comments say commands no terminal", arguments: ["text", "json", "ndjson"])
    func comments(_ format: String) async throws {
        let outcome = try await Command.run(
            ["analyze", "-v", "--format", format, "comments-attack-a-terminal.pcapng"], in: ScratchFolder())
        outcome.expectDecent(status: 2, errorLines: 0)
        #expect(outcome.outputText.contains("evil"))
    }

    /// Every capture of the fixtures, and of the corpora where they are.
    static let captures: [URL] =
        SharedCorpora.files(below: Goldens.repository.appending(path: "fixtures")) + SharedCorpora.files

    @Test("any file is read to its end or refused in a line", arguments: captures)
    func anyFile(_ file: URL) async throws {
        let outcome = try await Command.run(["analyze", "-v", file.path], in: ScratchFolder())
        outcome.expectDecent(status: outcome.status ?? -1, errorLines: 8)
        #expect([0, 1, 2, 66].contains(outcome.status))
        #expect((outcome.status == 66) == outcome.output.isEmpty)
    }

    @Test("all of them in one run")
    func allFiles() async throws {
        let outcome = try await Command.run(
            ["analyze", "--format", "json"] + Self.captures.map(\.path), in: ScratchFolder())
        outcome.expectDecent(status: 66, errorLines: 2 * Self.captures.count, output: .json)
    }
}
