import StallpointTestKit
import Testing

/// A file that is there is replaced by a complete one or stays as it is.
@Suite("Files that are replaced", .enabled(if: Command.isIsolated, "no network namespaces"))
struct ReplacingTests {
    static let pcapng: [UInt8] = [0x0A, 0x0D, 0x0D, 0x0A]
    static let pcap: [[UInt8]] = [[0xD4, 0xC3, 0xB2, 0xA1], [0x4D, 0x3C, 0xB2, 0xA1]]

    @Test("a complete capture takes the place of the old one")
    func replaced() async throws {
        let folder = try ScratchFolder()
        try folder.write(Array("old".utf8), "old.pcapng")
        try folder.write(Array("old".utf8), "old.pcap")
        for name in ["old.pcapng", "old.pcap"] {
            try await Command.run(["probe", "-w", name, "127.0.0.1:1"], in: folder)
                .expectDecent(status: 1, errorLines: 0, output: .text)
            try await Command.run(["analyze", name], in: folder).expectDecent(status: 1, errorLines: 0, output: .text)
        }
        #expect(folder.bytes("old.pcapng")?.starts(with: Self.pcapng) == true)
        #expect(Self.pcap.contains(Array(folder.bytes("old.pcap")?.prefix(4) ?? [])))
        #expect(folder.leftovers.isEmpty)
    }

    @Test(
        "a run that fails leaves the old file as it was",
        arguments: [
            ["probe", "-i", "nosuch0", "-w", "old", "127.0.0.1:1"],
            ["probe", "-w", "old", "127.0.0.1:0"],
            ["probe", "--source", "192.0.2.1", "-w", "old", "127.0.0.1:1"],
            ["probe", "-i", "nosuch0", "-o", "old", "127.0.0.1:1"],
            ["probe", "-i", "nosuch0", "--json", "old", "127.0.0.1:1"],
            ["analyze", "-o", "old", "random"],
            ["analyze", "--json", "old", "random"],
            ["analyze", "-o", "old", "missing", "empty"],
        ])
    func untouched(_ arguments: [String]) async throws {
        let folder = try ScratchFolder()
        try folder.write(Array("old".utf8), "old")
        let outcome = try await Command.run(arguments, in: folder)
        #expect(outcome.status == 64 || outcome.status == 66)
        #expect(folder.text("old") == "old")
        #expect(folder.leftovers.isEmpty)
    }

    @Test("a disk that fills up leaves the old file as it was")
    func fullDisk() async throws {
        let outcome = try await Command.shell(
            """
            mount -t tmpfs -o size=8k none folder || exit 99
            cd folder && echo old > old.pcapng
            "$0" probe --format json -w old.pcapng 127.0.0.1:1-200 > ../report.json
            status=$?; cat old.pcapng; ls; exit $status
            """, in: ScratchFolder())
        outcome.expectDecent(status: 74)
        #expect(outcome.errorText.contains("old.pcapng: No space left"))
        #expect(outcome.outputText == "old\nold.pcapng\n")
    }

    @Test("a report goes to the file, and nothing to standard output")
    func report() async throws {
        let folder = try ScratchFolder()
        try await Command.run(["probe", "--format", "json", "-o", "report.json", "127.0.0.1:1"], in: folder)
            .expectDecent(status: 1, errorLines: 0, output: .empty)
        #expect(try JSONDocument(parsing: folder.text("report.json") ?? "")["diagnoses"]?.elements.count == 1)
    }

    /// A person reads the one, a program the other, of one run.
    @Test(
        "the JSON goes to a file of its own beside each format",
        arguments: [["probe", "127.0.0.1:1"], ["analyze", "closed.pcap"]], ["text", "json", "ndjson", "csv"])
    func beside(_ command: [String], format: String) async throws {
        let folder = try ScratchFolder()
        let shown = try await Command.run(command + ["--format", format, "--json", "report.json"], in: folder)
        #expect(shown.status == 1 && !shown.output.isEmpty)
        let report = try JSONDocument(parsing: folder.text("report.json") ?? "")
        #expect(report["diagnoses"]?.elements.count == 1)
        #expect(report["schema"]?.text == "stallpoint.report/1")
        if format == "json" { #expect(shown.outputText == folder.text("report.json")) }
        #expect(folder.leftovers.isEmpty)
    }

    @Test(
        "a reader who goes away does not cost the file for programs",
        arguments: ["probe 127.0.0.1:1-3", "analyze closed.pcap"], ["text", "json", "ndjson", "csv"])
    func readerGone(_ command: String, format: String) async throws {
        let folder = try ScratchFolder()
        try await Command.shell(
            #"sleep 0.2; "$0" \#(command) --format \#(format) --json report.json | true"#, in: folder
        ).expectDecent(status: 0, errorLines: 0, output: .empty)
        #expect(try JSONDocument(parsing: folder.text("report.json") ?? "")["diagnoses"]?.elements.isEmpty == false)
    }

    @Test(
        "a disk that has no room for the file for programs does not cost what a person sees",
        arguments: [["probe", "127.0.0.1:1"], ["analyze", "closed.pcap"]], ["text", "json", "ndjson", "csv"])
    func noRoom(_ command: [String], format: String) async throws {
        let options = ["--format", format, "--json", "/dev/full"]
        let shown = try await Command.run(command + options, in: ScratchFolder())
        #expect(shown.status == 74 && shown.errorText.contains("/dev/full: No space left"))
        #expect(shown.outputText.lowercased().contains("closed"))
        let folder = try ScratchFolder()
        let kept = try await Command.run(command + options + ["-o", "report"], in: folder)
        #expect(kept.status == 74 && folder.text("report")?.lowercased().contains("closed") == true)
    }
}
