import StallpointTestKit
import Testing

/// The command inside the lab: interrupted, without privileges, and with a resolver that knows nothing.
@Suite("In the lab", .enabled(if: Command.hasLab, "no root, no user namespaces"))
struct InsideLabTests {
    static let silent = "203.0.113.10:5432"
    static let open = "203.0.113.10:443"

    /// Interrupts a probe as soon as its first verdict stands, while the other target is still silent. A shell has
    /// its background jobs ignore SIGINT, and what was ignored stays so: env gives it back, as a terminal would.
    private static func interrupting(_ options: String) -> String {
        """
        mkfifo verdicts
        env --default-signal=INT stallpoint probe --timeout 60 --format ndjson \(options) \(silent) \(open) > verdicts & probe=$!
        { read -r first; printf '%s\\n' "$first"; kill -INT $probe; cat; } < verdicts
        wait $probe
        """
    }

    @Test("Ctrl-C writes what stands and ends with 130")
    func interrupted() async throws {
        let outcome = try await Command.lab("drop-at-firewall", Self.interrupting(""), in: ScratchFolder())
        outcome.expectDecent(status: 130, errorLines: 0, output: .ndjson)
        let verdicts = try outcome.outputText.split(separator: "\n").map { try JSONDocument(parsing: $0) }
        #expect(verdicts.first?["verdict"]?.text == "open")
        #expect(verdicts.count == 2)
    }

    @Test("Ctrl-C leaves a complete capture in the place of the old one")
    func interruptedCapture() async throws {
        let folder = try ScratchFolder()
        try folder.write(Array("old".utf8), "x.pcapng")
        try await Command.lab("drop-at-firewall", Self.interrupting("-w x.pcapng"), in: folder)
            .expectDecent(status: 130, errorLines: 0, output: .ndjson)
        #expect(folder.leftovers.isEmpty)
        let analysis = try await Command.start(
            [Command.path, "analyze", "--format", "json", "x.pcapng"], in: folder, environment: [:])
        // Anything cut would be told on standard error.
        #expect(analysis.errorText.isEmpty && analysis.has(.json))
        #expect(try JSONDocument(parsing: analysis.outputText)["diagnoses"]?.elements.count == 2)
    }

    @Test("an open port ends with 0")
    func reachable() async throws {
        try await Command.lab("open", "stallpoint probe \(Self.open)", in: ScratchFolder())
            .expectDecent(status: 0, errorLines: 0, output: .text)
    }

    @Test("a name that does not exist is one line and a verdict")
    func unknownHost() async throws {
        let outcome = try await Command.lab(
            "name-not-found", "stallpoint probe --format json nothing.lab:443", in: ScratchFolder())
        outcome.expectDecent(status: 1, output: .json)
        #expect(outcome.errorText.hasPrefix("stallpoint: nothing.lab:443: "))
        let report = try JSONDocument(parsing: outcome.outputText)
        #expect(report["diagnoses"]?.elements.first?["mechanism"]?.text == "name-not-found")
    }

    @Test(
        "without privileges -w is refused with 77 and the way out, wherever the file would be",
        .enabled(if: Command.isReachableForNobody, "out of reach for others"),
        arguments: [true, false])
    func noPermission(isWritable: Bool) async throws {
        let folder = try ScratchFolder()
        if isWritable { try folder.openToEveryone() }
        let outcome = try await Command.lab(
            "open", unprivileged: true, "stallpoint probe -w x.pcapng \(Self.open)", in: folder)
        outcome.expectDecent(status: 77, output: .empty)
        #expect(outcome.errorText.contains("setcap cap_net_raw"))
        #expect(folder.bytes("x.pcapng") == nil && folder.leftovers.isEmpty)
    }

    @Test(
        "a source port that needs a privilege is refused with 77, and is no verdict on the target",
        .enabled(if: Command.isReachableForNobody, "out of reach for others"), arguments: ["", "/udp"])
    func lowSourcePort(transport: String) async throws {
        let outcome = try await Command.lab(
            "open", unprivileged: true, "stallpoint probe --source-port 80 \(Self.open)\(transport)",
            in: ScratchFolder())
        outcome.expectDecent(status: 77, output: .empty)
        #expect(outcome.errorText.contains("cap_net_bind_service"))
    }

    @Test(
        "without privileges it works with fewer witnesses, and says which and how to get them",
        .enabled(if: Command.isReachableForNobody, "out of reach for others"))
    func fewerWitnesses() async throws {
        let outcome = try await Command.lab(
            "open", unprivileged: true, "stallpoint probe --format json \(Self.open)", in: ScratchFolder())
        outcome.expectDecent(status: 0, errorLines: 0, output: .json)
        let missing = try JSONDocument(parsing: outcome.outputText)["run"]?["missing_witnesses"]?.elements ?? []
        let wire = missing.first { $0["witness"]?.text == "wire" }
        #expect(wire?["grant"]?.text?.contains("setcap cap_net_raw") == true)
    }

    @Test(
        "A trace from a port of one's own asks every hop from it, with a capture and without",
        .enabled(if: Command.isReachableForNobody, "out of reach for others"),
        arguments: [false, true], ["5432", "9999/udp"])
    func tracedPort(unprivileged: Bool, port: String) async throws {
        let outcome = try await Command.lab(
            "source-port-asked", unprivileged: unprivileged,
            "stallpoint trace --source-port 40002 --format json 203.0.113.10:\(port)", in: ScratchFolder())
        outcome.expectDecent(status: 0, errorLines: 0, output: .json)
        let diagnosis = try JSONDocument(parsing: outcome.outputText)["diagnoses"]?.elements.first
        #expect(diagnosis?["confidence"]?.text == "strong")
        #expect(diagnosis?["summary"]?.text?.hasPrefix("From source port 40002 nothing is answered") == true)
        #expect(outcome.outputText.contains("; all hops were asked from port 40002"))
    }
}
