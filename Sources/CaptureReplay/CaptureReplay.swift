public import CaptureFile
public import Conversations
public import Diagnosis

/// A capture played through the analysis, for tests of anybody's: "this capture gives this verdict" in three lines.
///
///     let replay = try CaptureReplay(bytes)
///     let diagnosis = try #require(replay.diagnoses.first)
///     #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .icmpReject)
///
/// Time is the capture's own, from its first packet on: nothing waits, and nothing reads a clock.
public struct CaptureReplay: Sendable {
    private let bytes: [UInt8]
    /// What comes of the whole capture.
    public let result: CaptureResult
    /// From the first packet to the last.
    public var duration: TimeSpan { result.digest.duration }
    /// Every conversation's verdict, in the order of the capture.
    public var diagnoses: [TargetDiagnosis] { result.diagnoses }

    /// - Parameter bytes: a whole pcap or pcapng file.
    /// - Throws: where not one packet of it can be read; what is whole of a damaged file is played.
    public init(_ bytes: [UInt8]) throws(CaptureFileError) {
        self.bytes = bytes
        let analyzer = Self.analyzer(of: bytes, by: nil)
        if let problem = analyzer.problem, analyzer.reader.packetCount == 0 { throw problem }
        result = analyzer.result()
    }

    /// The verdicts as they stood when so much time had passed: what came later is not known yet.
    public func diagnoses(after time: TimeSpan) -> [TargetDiagnosis] {
        Self.analyzer(of: bytes, by: .zero + time).result().diagnoses
    }

    private static func analyzer(of bytes: [UInt8], by moment: Instant?) -> CaptureAnalyzer {
        var options = CaptureAnalyzer.Options()
        options.listsAll = true
        options.keeps.until = moment.map { .afterStart($0 - .zero) }
        var analyzer = CaptureAnalyzer(options)
        analyzer.read(bytes.span, isComplete: true)
        return analyzer
    }
}
