import Foundation
import StallpointTestKit
import Testing

/// `stallpoint probe` on the loopback of a network namespace, where nothing listens.
@Suite("probe", .enabled(if: Command.isIsolated, "no network namespaces"))
struct ProbeTests {
    static let here = "127.0.0.1:1"

    static let cases: [CommandCase] = [
        CommandCase(["probe", here], 1, output: .text),
        CommandCase(["probe", "[::1]:1"], 1, output: .text),
        CommandCase(["probe", "-i", "lo", here], 1, output: .text),
        CommandCase(["probe", "--source", "127.0.0.5", here], 1, output: .text),
        CommandCase(["probe", "--source-port", "45555", here], 1, output: .text),
        CommandCase(["probe", "--no-capture", "--no-trace", here], 1, output: .text),
        CommandCase(["probe", "--tls", "--sni", "", here], 1, output: .text),
        CommandCase(["probe", "http://127.0.0.1:1/x", "https://[::1]:1"], 1, output: .text),
        CommandCase(["probe", "--ca", "absent.pem", "tls://127.0.0.1:1"], 66, "absent.pem"),
        CommandCase(["probe", "--ca", "text.txt", "tls://127.0.0.1:1"], 66, "text.txt"),
        CommandCase(["probe", "127.0.0.1:123/udp", "127.0.0.1:443/udp"], 1, output: .text),
        CommandCase(["probe", "--payload", "NTP", "127.0.0.1:9/udp", here], 1, output: .text),
        CommandCase(["probe", "--payload", "hex:00 ff:0A", "127.0.0.1:9/udp"], 1, output: .text),
        CommandCase(["probe", "--payload", "@text.txt", "127.0.0.1:9/udp"], 1, output: .text),
        CommandCase(["probe", "--format", "json", here, here, "[::1]:2"], 1, output: .json),
        CommandCase(["probe", "--format", "ndjson", here, "[::1]:2"], 1, output: .ndjson),
        CommandCase(["probe", "--format", "ndjson", "127.0.0.1:1-200"], 1, output: .ndjson),
        CommandCase(["probe", "-o", "-", here], 1, output: .text),
        CommandCase(["probe", "-i", "nosuch0", here], 66, "no interface 'nosuch0'"),
        CommandCase(["probe", "-i", "a\u{1B}b", here], 66, "no interface 'a\\x1bb'"),
        CommandCase(["probe", "-i", String(repeating: "i", count: 300), here], 66, "no interface"),
        CommandCase(["probe", "--source", "192.0.2.1", here], 66, "192.0.2.1 is no address of this machine"),
        CommandCase(["probe", "-w", "absent/x.pcapng", here], 74, "absent/x.pcapng: No such file"),
        CommandCase(["probe", "-w", "folder", here], 74, "folder: Is a directory"),
        CommandCase(["probe", "-w", "text.txt/x", here], 74, "Not a directory"),
        CommandCase(["probe", "-w", "absent\u{1B}[31m/x", here], 74, "absent\\x1b[31m/x"),
        CommandCase(["probe", "-w", String(repeating: "n", count: 300), here], 74, "File name too long"),
        CommandCase(["probe", "-w", "/dev/full", here], 74, "/dev/full: No space left", output: .text),
        CommandCase(["probe", "-o", "/dev/full", here], 74, "/dev/full: No space left"),
        CommandCase(["probe", "-o", "/dev/full", "--format", "json", here], 74, "/dev/full: No space left"),
        CommandCase(["probe", "-o", "absent/report", here], 74, "absent/report: No such file"),
        CommandCase(["probe", "-o", "folder", here], 74, "folder: Is a directory"),
    ]

    @Test("on the loopback", arguments: cases)
    func loopback(_ item: CommandCase) async throws { try await item.run() }

    @Test("two hundred ports give two hundred verdicts, in the order that they were asked for in JSON")
    func manyPorts() async throws {
        let outcome = try await Command.run(["probe", "--format", "json", "127.0.0.1:1-200"], in: ScratchFolder())
        outcome.expectDecent(status: 1, errorLines: 0, output: .json)
        let diagnoses = try #require(JSONDocument(parsing: outcome.outputText)["diagnoses"]).elements
        #expect(diagnoses.map { $0["target"]?["port"] } == (1...200).map { .number(Double($0)) })
        #expect(diagnoses.allSatisfy { $0["verdict"]?.text == "closed" })
    }

    @Test("a name that cannot be resolved is a verdict, and a line that names it")
    func unknownHost() async throws {
        // Without any network the resolver cannot be reached; the lab knows the name that does not exist.
        let outcome = try await Command.run(["probe", "--format", "json", "nothing.invalid:443"], in: ScratchFolder())
        outcome.expectDecent(status: 1, output: .json)
        #expect(outcome.errorText.hasPrefix("stallpoint: nothing.invalid:443: "))
    }

    @Test(
        "whatever the width of the terminal is said to be",
        arguments: ["-12", "0", "1", "20", "9223372036854775807", "x"])
    func columns(_ columns: String) async throws {
        let outcome = try await Command.run(
            ["probe", Self.here], in: ScratchFolder(), environment: ["COLUMNS": columns])
        outcome.expectDecent(status: 1, errorLines: 0, output: .text)
    }

    @Test("the locale C gets ASCII, UTF-8 gets signs")
    func locale() async throws {
        let plain = try await Command.run(["probe", Self.here], in: ScratchFolder(), environment: ["LANG": "C"])
        plain.expectDecent(status: 1, errorLines: 0, output: .text)
        #expect(plain.output.allSatisfy { $0 < 0x80 })
        let rich = try await Command.run(["probe", Self.here], in: ScratchFolder())
        rich.expectDecent(status: 1, errorLines: 0, output: .text)
        #expect(!rich.output.allSatisfy { $0 < 0x80 })
    }

    @Test(
        "colour is where it was asked for",
        arguments: [
            ("always", "", true), ("always", "1", true), ("never", "", false), ("auto", "", false),
        ])
    func color(_ choice: String, _ noColor: String, _ isColored: Bool) async throws {
        let outcome = try await Command.run(
            ["probe", "--color", choice, Self.here], in: ScratchFolder(),
            environment: ["NO_COLOR": noColor, "TERM": "xterm"])
        outcome.expectDecent(status: 1, errorLines: 0, output: .text, colored: true)
        #expect(outcome.output.contains(0x1B) == isColored)
    }

    @Test(
        "a terminal gets colour, unless NO_COLOR or a dumb one says otherwise",
        .enabled(if: Command.hasTerminal, "no script(1)"),
        arguments: [("", "xterm", true), ("1", "xterm", false), ("", "dumb", false)])
    func terminal(_ noColor: String, _ terminal: String, _ isColored: Bool) async throws {
        let outcome = try await Command.shell(
            "export COMMAND=\"$0\"; script -qec '\"$COMMAND\" probe -q 127.0.0.1:1 2>/dev/null' /dev/null",
            in: ScratchFolder(), environment: ["NO_COLOR": noColor, "TERM": terminal])
        #expect(outcome.status == 1 && outcome.outputText.contains("CLOSED"))
        #expect(outcome.output.contains(0x1B) == isColored)
    }
}
