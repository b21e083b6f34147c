import Foundation
import Testing

/// Standard streams that are full, closed, or read by somebody who goes away.
@Suite("Standard streams", .enabled(if: Command.isIsolated, "no network namespaces"))
struct StreamTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var script: String
        var status: Int32
        var error: String?
        var output = Outcome.Shape.empty
        var testDescription: String { script }
    }

    static let cases: [Case] =
        ["", "--format json", "--format ndjson"].flatMap { format in
            [
                Case(script: "\"$0\" probe \(format) 127.0.0.1:1 >/dev/full", status: 74, error: "No space left"),
                Case(script: "\"$0\" probe \(format) 127.0.0.1:1 >&-", status: 74, error: "Bad file descriptor"),
                Case(script: "\"$0\" analyze \(format) closed.pcap >/dev/full", status: 74, error: "No space left"),
                Case(script: "\"$0\" analyze \(format) closed.pcap >&-", status: 74, error: "Bad file descriptor"),
            ]
        } + [
            // A report is never written into whatever got the number of the closed stream.
            Case(script: "\"$0\" probe -w x.pcapng 127.0.0.1:1 >&-", status: 74, error: "Bad file descriptor"),
            Case(script: "\"$0\" probe 127.0.0.1:1 <&-", status: 1, error: nil, output: .text),
            Case(script: "\"$0\" probe 127.0.0.1:1 2>&-", status: 1, error: nil, output: .text),
            Case(script: "\"$0\" probe -i nosuch0 127.0.0.1:1 2>&-", status: 66, error: nil),
            Case(script: "\"$0\" probe 127.0.0.1:1 <&- >&- 2>&-", status: 74, error: nil),
            Case(script: "\"$0\" analyze - <&-", status: 66, error: "Bad file descriptor"),
            Case(script: "\"$0\" --help >/dev/full", status: 74, error: "No space left"),
            Case(script: "\"$0\" doctor >/dev/full", status: 74, error: "No space left"),
            Case(script: "\"$0\" lab list >/dev/full", status: 74, error: "No space left"),
            Case(script: "\"$0\" lab show open >/dev/full", status: 74, error: "No space left"),
            // The reader has gone: the first byte of a fifo's closed end tells, so no race decides.
            Case(script: gone("probe 127.0.0.1:1-200"), status: 141, error: nil),
            Case(script: gone("probe --format json 127.0.0.1:1"), status: 141, error: nil),
            Case(script: gone("analyze closed.pcap"), status: 141, error: nil),
            Case(script: gone("--help"), status: 141, error: nil),
            Case(script: gone("lab list"), status: 141, error: nil),
            Case(script: "\"$0\" probe 127.0.0.1:1-200 | head -n 1", status: 0, error: nil, output: .text),
        ]

    /// Standard output is a pipe that nobody reads any more.
    private static func gone(_ arguments: String) -> String {
        // Opened in both directions first, since opening one end of a fifo waits for the other.
        "mkfifo gone; exec 3<>gone; exec 4>gone; exec 3<&-; \"$0\" \(arguments) >&4"
    }

    @Test("full, closed and gone", arguments: cases)
    func streams(_ item: Case) async throws {
        let folder = try ScratchFolder()
        let outcome = try await Command.shell(item.script, in: folder)
        outcome.expectDecent(status: item.status, errorLines: item.error == nil ? 0 : 1, output: item.output)
        if let error = item.error { #expect(outcome.errorText.contains(error), "\(outcome.line)") }
        #expect(folder.leftovers.isEmpty)
    }

    @Test("a capture is kept although the report has no place to go")
    func captureSurvives() async throws {
        let folder = try ScratchFolder()
        let probe = try await Command.shell("\"$0\" probe -w x.pcapng 127.0.0.1:1 >/dev/full", in: folder)
        probe.expectDecent(status: 74)
        let analysis = try await Command.run(["analyze", "--format", "json", "x.pcapng"], in: folder)
        analysis.expectDecent(status: 1, errorLines: 0, output: .json)
    }
}
