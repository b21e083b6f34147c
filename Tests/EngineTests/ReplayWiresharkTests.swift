import Foundation
import StallpointTestKit
import Testing

/// What another tool makes of the recorded captures.
@Suite(.enabled(if: Tshark.isThere, "tshark is not installed"))
struct ReplayWiresharkTests {
    /// What is no fault of the capture: a server that never stops says nothing that anybody could read, and what is sent
    /// from a port of DNS or NTP to see whether that passes is neither.
    private static let nonsense = ["dns-tcp-endless": ["DNS"], "udp-later-fragments-dropped": ["DNS", "NTP"]]

    @Test("tshark reads every capture without a complaint and shows the comments", arguments: RecordedCapture.all)
    func comments(_ recorded: RecordedCapture) async throws {
        let output = try #require(try await Tshark.outputs.value[recorded.capture])
        #expect(output.complaints.isEmpty, "\(recorded), or one that was read with it")
        let ours = try recorded.comments()
        let lines = output.lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        try #require(lines.count == ours.count && lines.allSatisfy { $0.count == 3 }, "\(recorded)")
        for (line, comments) in zip(lines, ours) {
            #expect(
                line[1].isEmpty || Self.nonsense[recorded.name]?.contains { line[1].contains($0) } ?? false,
                "\(recorded), frame \(line[0]) is malformed")
            #expect(line[2].isEmpty == comments.isEmpty, "\(recorded), frame \(line[0])")
            for comment in comments {
                let start = comment.prefix { !$0.isNewline && $0 != "\"" && $0 != "\\" && $0.isASCII }
                #expect(line[2].contains(start), "\(recorded), frame \(line[0]): \(comment)")
            }
        }
    }
}

private enum Tshark {
    static let path = ["/usr/bin/tshark", "/usr/local/bin/tshark", "/opt/homebrew/bin/tshark"]
        .first(where: FileManager.default.isExecutableFile(atPath:))

    static var isThere: Bool {
        if path == nil { print("The recorded captures are not shown to tshark: it is not installed") }
        return path != nil
    }

    /// What it makes of every capture, begun when the first is asked for.
    static let outputs = Task {
        try await TsharkSessions.outputs(of: RecordedCapture.all.map(\.capture)) { file, more in
            try await Program.run(
                [path ?? "", "-n", "-r", file.path] + more + ["-T", "fields"]
                    + ["frame.number", "_ws.malformed", "frame.comment"].flatMap { ["-e", $0] })
        }
    }
}
