import StallpointTestKit
import Testing

/// `stallpoint capture` on the loopback of a network namespace.
@Suite("capture", .enabled(if: Command.isIsolated, "no network namespaces"))
struct CaptureTests {
    static let table: [CommandCase] = [
        CommandCase(["capture", "-i", "nosuch0"], 66, "no interface 'nosuch0'"),
        CommandCase(["capture", "-i", "a\u{1B}[31mb"], 66, "no interface 'a\\x1b[31mb'"),
        CommandCase(["capture", "-i", "lo", "bad ("], 64, "cannot use the capture filter"),
        CommandCase(["capture", "-i", "lo", "host", "\u{1B}[31m"], 64, "cannot use the capture filter"),
        CommandCase(["capture", "-i", "lo", "-w", "absent/x.pcapng"], 74, "absent/x.pcapng: No such file"),
        CommandCase(["capture", "-i", "lo", "-w", "folder"], 74, "folder: Is a directory"),
        CommandCase(
            ["capture", "-i", "lo", "-w", "/dev/full", "--duration", "0.1"], 74, "/dev/full: No space left", lines: 2),
        CommandCase(["capture", "-i", "lo", "--duration", "0.1"], 0, "0 packets", lines: 2),
        CommandCase(["capture", "-i", "any", "--duration", "0.1"], 0, "0 packets", lines: 2),
        CommandCase(["capture", "--duration", "1e999"], 64, "--duration", lines: 2),
        CommandCase(["capture", "-w", ""], 64, "-w is the name of a file", lines: 2),
    ]

    @Test("bad and empty", arguments: table)
    func bad(_ item: CommandCase) async throws { try await item.run() }

    @Test("Ctrl-C leaves a complete file in the place of the old one", arguments: ["x.pcapng", "x.pcap"])
    func interrupted(_ file: String) async throws {
        let folder = try ScratchFolder()
        try folder.write(Array("old".utf8), file)
        // The first line says that it listens.
        let outcome = try await Command.shell(
            """
            mkfifo said
            env --default-signal=INT "$0" capture -i lo -w "$1" 2> said & capture=$!
            { read -r first; "$0" probe -q 127.0.0.1:1 > probed; kill -INT $capture; cat > rest; } < said
            wait $capture
            """, [file], in: folder)
        outcome.expectDecent(status: 0, errorLines: 0, output: .text)
        #expect(folder.leftovers.isEmpty)
        let analysis = try await Command.run(["analyze", "--format", "json", file], in: folder)
        analysis.expectDecent(status: 1, errorLines: 0, output: .json)
    }
}
