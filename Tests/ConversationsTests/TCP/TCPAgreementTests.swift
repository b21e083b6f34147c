import Conversations
import Foundation
import StallpointTestKit
import Testing

/// The names that we use are Wireshark's, so what they say has to be what Wireshark says.
@Suite(.serialized, .enabled(if: Tshark.path != nil, "tshark is not installed"))
struct TCPAgreementTests {
    /// `STALLPOINT_SEEDS=5-100` for a long run.
    static let seeds: ClosedRange<UInt64> = {
        let bounds = ProcessInfo.processInfo.environment["STALLPOINT_SEEDS"]?.split(separator: "-").compactMap {
            UInt64($0)
        }
        guard let bounds, bounds.count == 2, bounds[0] <= bounds[1] else { return 1...4 }
        return bounds[0]...bounds[1]
    }()

    /// Far more than any corpus holds, and nothing that was chosen because it agrees.
    @Test("Generated connections", arguments: seeds)
    func generated(_ seed: UInt64) async throws {
        let bytes = GeneratedConversations(seed: seed, connections: 1_000).file
        let file = FileManager.default.temporaryDirectory.appending(path: "stallpoint-tcp-\(seed)-\(UUID()).pcap")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var agreement = TCPAgreement()
        async let once = Tshark.analyse(file)
        async let twice = Tshark.analyse(file, twoPasses: true)
        try await agreement.compare(AnalysedCapture(bytes), once, final: twice, name: "seed \(seed)")
        agreement.report("seed \(seed)")
        #expect(agreement.wrong.isEmpty && agreement.oneSided == 0)
        // What the generator never makes, it does not test.
        for (mark, name) in TCPMarks.names where TCPMarks.wireshark.contains(mark) {
            #expect(agreement.marks[name, default: 0] >= 50, "\(name)")
        }
    }

    @Test("Captures of other projects, and our own")
    func captures() async throws {
        let explanations = try ExplainedDifferences.all()
        var agreement = TCPAgreement(explanations)
        let files = CaptureFiles.all
        let rows = try await Tshark.analyse(files.map(\.file))
        for (name, file) in files {
            let ours = AnalysedCapture([UInt8](try Data(contentsOf: file)))
            agreement.compare(ours, try #require(rows[file]), name: name)
        }
        agreement.report("captures")
        #expect(agreement.wrong.isEmpty)
        #expect(agreement.frames > 0)
        if CaptureFiles.others != nil { return }
        #expect(agreement.frames > 500)
        if CaptureFiles.corpora != nil {
            let unused = Set(explanations.keys).subtracting(agreement.explained)
            #expect(unused.isEmpty, "These differences no longer occur")
        }
    }
}
