import CaptureReplay
import Diagnosis
import Foundation
import StallpointTestKit
import Testing

@testable import Engine

/// Files that several threads read at once are told as one thread tells them.
struct CaptureSharesTests {
    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "stallpoint-shares.\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        return folder
    }

    /// What one thread tells of the files.
    private static func alone(_ paths: [String]) throws -> CaptureResult {
        var analyzer = CaptureAnalyzer(CaptureAnalyzer.Options())
        let analysis = CaptureAnalysis(paths: paths)
        for path in paths { _ = try analysis.read(path, into: &analyzer) }
        return analyzer.result()
    }

    private static func expectSame(_ result: CaptureResult, as other: CaptureResult, _ name: String) {
        #expect(result.digest == other.digest, "\(name)")
        #expect(result.findings == other.findings, "\(name)")
        #expect(result.notes == other.notes, "\(name)")
    }

    @Test("Generated captures, one and several as one")
    func generated() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = try (1...2).map { seed in
            let file = folder.appending(path: "\(seed).pcap")
            try Data(GeneratedTraffic(seed: UInt64(seed), conversations: 400).captureFile).write(to: file)
            return file.path
        }
        for chosen in [[paths[0]], paths] {
            for threads in [2, 3, 9] {
                let shared = try #require(CaptureAnalysis(paths: chosen).sharedConclusion(by: threads, from: 0))
                #expect(shared.notes.isEmpty)
                Self.expectSame(shared.conclusion.result, as: try Self.alone(chosen), "\(chosen.count) by \(threads)")
            }
        }
    }

    @Test("Other people's captures", .enabled(if: SharedCorpora.folder != nil, "no shared/corpora"))
    func corpora() throws {
        var shared = 0
        for file in SharedCorpora.files {
            guard let result = CaptureAnalysis(path: file.path).sharedConclusion(by: 2, from: 0) else { continue }
            shared += 1
            Self.expectSame(result.conclusion.result, as: try Self.alone([file.path]), file.lastPathComponent)
        }
        // Those with wrong checksums, or errors that quote what is not there, are read whole.
        #expect(shared > 80, "\(shared)")
    }

    @Test("What is small, saved by a probe, asked for by conversation or not there is read by one")
    func alone() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "small.pcap")
        try Data(GeneratedTraffic(seed: 1, conversations: 4).captureFile).write(to: file)
        #expect(CaptureAnalysis(path: file.path).sharedConclusion(by: 2) == nil)
        #expect(CaptureAnalysis(path: file.path).sharedConclusion(by: 1, from: 0) == nil)
        #expect(CaptureAnalysis(path: file.path).sharedConclusion(by: 2, from: 0) != nil)
        #expect(CaptureAnalysis(paths: ["-"]).sharedConclusion(by: 2, from: 0) == nil)
        #expect(CaptureAnalysis(paths: [file.path, "/nowhere"]).sharedConclusion(by: 2, from: 0) == nil)
        let saved = try #require(RecordedCapture.all.first).capture.path
        #expect(CaptureAnalysis(path: saved).sharedConclusion(by: 2, from: 0) == nil)
        var options = CaptureAnalyzer.Options()
        options.listsAll = true
        #expect(CaptureAnalysis(paths: [file.path], options: options).sharedConclusion(by: 2, from: 0) == nil)
    }
}
