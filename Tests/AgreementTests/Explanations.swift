import Foundation

/// `explained.tsv`: where we differ from tshark and are right. One line a difference: file, frames, field, reason,
/// separated by tabs. Frames may be `*`, or numbers and ranges with commas; a field may end in
/// `*`. The reason may be a rule's name (`rule: given up`): then the line lists where that rule applies, and explains nothing
/// else. A line that explains nothing any more is an error, so that the list cannot rot.
struct Explanations {
    struct Entry {
        var file: String
        var frames: [ClosedRange<Int>]?
        var field: String
        var reason: String
        /// Nil where the reason stands in the line itself.
        var rule: String?
        var line: Int
        var uses = 0

        func covers(_ difference: Difference) -> Bool {
            file == difference.file && (rule == nil || rule == difference.rule)
                && (frames.map { $0.contains { $0.contains(difference.frame) } } ?? true)
                && (field == difference.field
                    || field.hasSuffix("*") && difference.field.hasPrefix(String(field.dropLast())))
        }
    }

    struct Malformed: Error {
        var line: Int
    }

    private(set) var entries: [Entry] = []

    static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "explained.tsv")

    init(_ text: String) throws {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard columns.count == 4, columns.allSatisfy({ !$0.isEmpty }),
                columns[3].hasPrefix("rule: ") || columns[3].count >= 20
            else {
                throw Malformed(line: index + 1)
            }
            let rule = columns[3].hasPrefix("rule: ") ? String(columns[3].dropFirst(6)) : nil
            if let rule, !Rule.all.contains(where: { $0.name == rule }) { throw Malformed(line: index + 1) }
            let frames = columns[1] == "*" ? nil : try Self.ranges(columns[1], line: index + 1)
            entries.append(
                Entry(
                    file: columns[0], frames: frames, field: columns[2], reason: columns[3], rule: rule, line: index + 1
                ))
        }
    }

    private static func ranges(_ text: String, line: Int) throws -> [ClosedRange<Int>] {
        try text.split(separator: ",").map { part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last, ends.count <= 2 else {
                throw Malformed(line: line)
            }
            return first...last
        }
    }

    /// Whether a line says why; the first that does counts it.
    mutating func explain(_ difference: Difference) -> Bool {
        guard let index = entries.firstIndex(where: { $0.covers(difference) }) else { return false }
        entries[index].uses += 1
        return true
    }

    /// Lines about these files that explained nothing.
    func unused(_ files: Set<String>) -> [Entry] {
        entries.filter { $0.uses == 0 && files.contains($0.file) }
    }
}

/// One field of one frame that is not what tshark says.
struct Difference: CustomStringConvertible {
    var file: String
    var frame: Int
    var field: String
    var ours: [String]
    var theirs: [String]
    var layers: String
    /// Which rule explains it, whatever the file is.
    var rule: String?

    var description: String {
        "\(file) frame \(frame) \(field): ours \(ours.joined(separator: "|")), "
            + "tshark \(theirs.joined(separator: "|")) [\(layers)]" + (rule.map { ", rule: \($0)" } ?? "")
    }
}
