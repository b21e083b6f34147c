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
        let (output, complaints) = try await Tshark.run([
            "-n", "-r", recorded.capture.path, "-T", "fields", "-e", "frame.number", "-e", "_ws.malformed", "-e",
            "frame.comment",
        ])
        #expect(complaints.isEmpty, "\(recorded)")
        let ours = try recorded.comments()
        let lines = output.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
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

    /// Output, and what it complains of beside being root.
    static func run(_ arguments: [String]) async throws -> (output: String, complaints: [Substring]) {
        let ended = try await Program.run([path ?? ""] + arguments)
        var complaints = String(decoding: ended.error, as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("Running as user") }
        if ended.status != 0 { complaints.append("exit status \(ended.status ?? -1)") }
        return (String(decoding: ended.output, as: UTF8.self), complaints)
    }
}
