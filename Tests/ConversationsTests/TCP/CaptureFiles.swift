import Foundation
import StallpointTestKit

/// The captures under `fixtures`, and those that other projects test with.
enum CaptureFiles {
    static let checkout = (0..<4).reduce(URL(filePath: #filePath)) { folder, _ in
        folder.deletingLastPathComponent()
    }

    static var corpora: URL? { SharedCorpora.folder }

    /// A folder of captures that are looked at instead of all these.
    static let others = ProcessInfo.processInfo.environment["STALLPOINT_CORPORA"].map { URL(filePath: $0) }

    /// By their path below the folder, in order.
    static let all: [(name: String, file: URL)] =
        (others.map { [$0] } ?? [checkout.appending(path: "fixtures"), corpora]).compactMap {
            $0?.resolvingSymlinksInPath()
        }.flatMap { folder in
            let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            return names.filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") }.sorted()
                .map { ("\(folder.lastPathComponent)/\($0)", folder.appending(path: $0)) }
        }
}

/// Where ours is right and tshark's is not, or where the two do not speak of the same thing: one a line,
/// `FILE frame N: WHAT ours A, tshark B -- REASON`.
enum ExplainedDifferences {
    static let file = CaptureFiles.checkout.appending(path: "fixtures/tshark/tcp-analysis.txt")

    static func all() throws -> [String: String] {
        var result: [String: String] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            guard let separator = line.range(of: " -- "), separator.upperBound < line.endIndex else {
                throw NoReason(line: String(line))
            }
            result[String(line[..<separator.lowerBound])] = String(line[separator.upperBound...])
        }
        return result
    }

    struct NoReason: Error {
        var line: String
    }
}
