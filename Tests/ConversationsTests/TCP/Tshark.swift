import Conversations
import Foundation
import StallpointTestKit

/// Wireshark's analysis of a capture, as `tshark` prints it.
enum Tshark {
    static let path = ["/usr/bin/tshark", "/usr/local/bin/tshark", "/opt/homebrew/bin/tshark"]
        .first(where: FileManager.default.isExecutableFile(atPath:))

    struct Row: Sendable {
        var stream: Int
        var length: Int?
        var completeness: UInt8
        var initialRoundTrip: String
        var marks: TCPMarks
        var duplicateNumber: UInt32
    }

    private static let marks = TCPMarks.names.filter { TCPMarks.wireshark.contains($0.mark) }

    private static let fields =
        [
            "frame.number", "tcp.stream", "tcp.len", "tcp.completeness", "tcp.analysis.initial_rtt",
            "tcp.analysis.duplicate_ack_num", "icmp.type", "icmpv6.type",
        ] + marks.map { "tcp.analysis.\($0.name)" }

    /// By frame number; frames with one TCP header that is not quoted in an error.
    static func analyse(_ file: URL, twoPasses: Bool = false) async throws -> [Int: Row] {
        let ended = try await run(file, twoPasses ? ["-2"] : [])
        return rows(String(decoding: ended.output, as: UTF8.self).split(separator: "\n"))
    }

    /// The same for many files.
    static func analyse(_ files: [URL]) async throws -> [URL: [Int: Row]] {
        try await TsharkSessions.outputs(of: files, reading: run).mapValues { rows($0.lines) }
    }

    private static func rows(_ lines: [Substring]) -> [Int: Row] {
        var rows: [Int: Row] = [:]
        for line in lines {
            let values = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard values.count == fields.count, let frame = Int(values[0]), let stream = Int(values[1]),
                values[6].isEmpty, values[7].isEmpty
            else { continue }
            var found: TCPMarks = []
            for (value, mark) in zip(values[8...], marks) where !value.isEmpty { found.insert(mark.mark) }
            rows[frame] = Row(
                stream: stream, length: Int(values[2]), completeness: UInt8(values[3]) ?? 0,
                initialRoundTrip: String(values[4]), marks: found, duplicateNumber: UInt32(values[5]) ?? 0)
        }
        return rows
    }

    @Sendable private static func run(_ file: URL, _ more: [String]) async throws -> Program.Ended {
        try await Program.run(
            [path ?? "", "-n", "-r", file.path] + more + ["-T", "fields"] + fields.flatMap { ["-e", $0] })
    }
}
