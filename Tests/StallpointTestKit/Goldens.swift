public import Foundation

/// Expected output kept in files: a test compares, and with `STALLPOINT_RECORD=1` in the environment it rewrites
/// the file and fails, so that no recording ever passes for a test.
public struct Goldens: Sendable {
    public var folder: URL
    public var isRecording: Bool

    /// - Parameter name: below `fixtures`, for example `reports`.
    public init(
        fixtures name: String,
        isRecording: Bool = ProcessInfo.processInfo.environment["STALLPOINT_RECORD"] == "1"
    ) {
        self.init(folder: Self.repository.appending(path: "fixtures/\(name)"), isRecording: isRecording)
    }

    public init(folder: URL, isRecording: Bool) {
        self.folder = folder
        self.isRecording = isRecording
    }

    /// The root of the checkout that this file was compiled from.
    public static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The cases there are: one folder each.
    public func cases() throws -> [String] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey])
            .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
            .map(\.lastPathComponent).sorted()
    }

    /// Throws unless `actual` is, byte for byte, what `path` holds.
    public func check(_ actual: String, _ path: String) throws {
        let file = folder.appending(path: path)
        if isRecording {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(actual.utf8).write(to: file)
            throw GoldenMismatch(path: path, problem: .recorded)
        }
        guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
            throw GoldenMismatch(path: path, problem: .missing)
        }
        guard Array(expected.utf8) != Array(actual.utf8) else { return }
        throw GoldenMismatch(path: path, problem: .differs(Self.firstDifference(expected, actual)))
    }

    private static func firstDifference(_ expected: String, _ actual: String) -> String {
        let expected = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let actual = actual.split(separator: "\n", omittingEmptySubsequences: false)
        let line =
            zip(expected, actual).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            ?? min(expected.count, actual.count)
        func shown(_ lines: [Substring]) -> String { line < lines.count ? lines[line].debugDescription : "(the end)" }
        return "line \(line + 1): expected \(shown(expected)), got \(shown(actual))"
    }
}

/// Why a golden did not pass.
public struct GoldenMismatch: Error, Hashable, CustomStringConvertible {
    public enum Problem: Hashable, Sendable {
        case missing
        case recorded
        case differs(String)
    }

    public var path: String
    public var problem: Problem

    public init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    public var description: String {
        switch problem {
        case .missing: "\(path) does not exist; STALLPOINT_RECORD=1 records it"
        case .recorded: "\(path) was rewritten: look at the difference, then run again without STALLPOINT_RECORD"
        case .differs(let what): "\(path) differs in \(what); STALLPOINT_RECORD=1 rewrites it"
        }
    }
}
