import Foundation
import StallpointTestKit
import Testing

/// Every field of every packet as tshark decodes it, over other projects' captures and our own.
@Suite(.enabled(if: Tshark.path != nil, "tshark is not installed"))
struct AgreementTests {
    /// A folder of captures that are looked at instead of those beside the checkout and our own.
    static let others = ProcessInfo.processInfo.environment["STALLPOINT_CORPORA"].map {
        captures(below: URL(filePath: $0))
    }

    /// Those beside the checkout.
    static let corpora: [URL] = SharedCorpora.folder.map { captures(below: $0) } ?? []

    private static func captures(below folder: URL) -> [URL] {
        let names = FileManager.default.enumerator(
            at: folder.resolvingSymlinksInPath(), includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
        return (names ?? []).filter { ["pcap", "pcapng", "snoop"].contains($0.pathExtension) }
            .sorted { $0.path < $1.path }
    }

    @Test func everyFieldAgreesOrIsExplained() async throws {
        let ours = Self.corpora + Self.captures(below: Goldens.repository.appending(path: "fixtures"))
        let files = Self.others ?? ours
        #expect(ours.count > 100 && !files.isEmpty)
        let total = try await Self.expectAgreement(files, "captures")
        #expect(total.compared > 100_000 || Self.corpora.isEmpty || Self.others != nil)
    }

    @Test func craftedFramesAgreeOrAreExplained() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "agreement-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let total = try await Self.expectAgreement(CraftedCaptures.write(to: folder), "crafted frames")
        #expect(total.frames > 150)
    }

    private static func expectAgreement(_ files: [URL], _ what: String) async throws -> Comparison {
        var total = Comparison()
        var explanations = try Explanations(String(contentsOf: Explanations.file, encoding: .utf8))
        var seen: Set<String> = []
        for result in try await compareAll(files) {
            seen.insert(result.file)
            var counts = result.counts
            for difference in result.differences {
                if let rule = difference.rule { counts.ruled[rule, default: 0] += 1 }
                // Of strangers' files nothing is listed; of ours and those beside the checkout every difference is.
                if explanations.explain(difference) || others != nil && difference.rule != nil {
                    counts.explained += 1
                } else {
                    counts.wrong.append(difference)
                }
            }
            total.add(counts)
        }
        print(
            "agreement with tshark, \(what): \(files.count) files, \(total.frames) packets, \(total.compared) fields compared, "
                + "\(total.equal) equal, \(total.explained) explained, \(total.wrong.count) wrong; "
                + "\(total.unread) packets that only tshark read")
        for (rule, count) in total.ruled.sorted(by: { $0.key < $1.key }) { print("  by rule: \(rule), \(count)") }
        for difference in total.wrong.prefix(others == nil ? 2_000 : .max) { print("wrong: \(difference)") }
        #expect(total.wrong.isEmpty)
        for entry in explanations.unused(seen) {
            Issue.record("explained.tsv line \(entry.line) explains nothing: \(entry.file) \(entry.field)")
        }
        return total
    }

    private typealias FileResult = (file: String, counts: Comparison, differences: [Difference])

    /// Fixtures lie in folders that tell them apart.
    private static func name(of file: URL) -> String {
        let parts = file.pathComponents
        guard let fixtures = parts.lastIndex(of: "fixtures") else { return file.lastPathComponent }
        return parts[(fixtures + 1)...].joined(separator: "/")
    }

    private static func compareAll(_ files: [URL]) async throws -> [FileResult] {
        let lines = try await Tshark.lines(of: files, fields: Comparison.columns)
        return try files.map { file in
            let name = Self.name(of: file)
            let (counts, differences) = try Comparison.differences(file, named: name, #require(lines[file]))
            return (name, counts, differences)
        }
    }
}
