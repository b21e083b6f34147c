import Foundation
import StallpointTestKit
import Testing

/// What another tool makes of the recorded captures.
@Suite(.enabled(if: Tshark.isThere, "tshark is not installed"))
struct ReplayWiresharkTests {
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
            #expect(line[1].isEmpty, "\(recorded), frame \(line[0]) is malformed")
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
        let process = Process()
        process.executableURL = URL(filePath: path ?? "")
        process.arguments = arguments
        // Through files: neither of two pipes can then fill up while the other is read.
        let folder = FileManager.default.temporaryDirectory.appending(path: "stallpoint-tshark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = try ["output", "error"].map { name in
            let file = folder.appending(path: name)
            try Data().write(to: file)
            return (file, try FileHandle(forWritingTo: file))
        }
        process.standardOutput = files[0].1
        process.standardError = files[1].1
        process.standardInput = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        let (output, error) = (
            try String(contentsOf: files[0].0, encoding: .utf8), try String(contentsOf: files[1].0, encoding: .utf8)
        )
        var complaints = error.split(separator: "\n").filter { !$0.hasPrefix("Running as user") }
        if process.terminationStatus != 0 { complaints.append("exit status \(process.terminationStatus)") }
        return (output, complaints)
    }
}
