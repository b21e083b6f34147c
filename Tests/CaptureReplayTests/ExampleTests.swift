import CaptureReplay
import Diagnosis
import Foundation
import Testing

// What another package's test looks like, with no more than products of this one: a capture, and the verdict that it
// must give.

private let captures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../fixtures/captures")

@Test("A router's reject is told from a file")
func rejectedCapture() throws {
    let replay = try CaptureReplay([UInt8](Data(contentsOf: captures.appending(path: "reject-at-r2/capture.pcapng"))))
    let diagnosis = try #require(replay.diagnoses.first)
    #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .icmpReject)
}
