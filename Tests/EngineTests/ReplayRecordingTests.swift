import Engine
import Foundation
import Reporting
import StallpointTestKit
import Testing

/// What `scripts/record-fixtures` lets write: with `STALLPOINT_RECORD=1` these rewrite `expected/` and fail, without
/// they hold every recorded capture against it. No root, no network, no clock.
@Suite struct ReplayRecordingTests {
    @Test("Each capture gives the recorded report again", arguments: RecordedCapture.all)
    func report(_ recorded: RecordedCapture) throws {
        let report = try CaptureAnalysis(path: recorded.capture.path).report().withoutCircumstances()
        try RecordedCapture.goldens.check(report.formatted(as: .json), recorded.expectedReport)
    }

    @Test("The live report's verdicts are kept in one form", arguments: RecordedCapture.all)
    func live(_ recorded: RecordedCapture) throws {
        let verdicts: [RecordedVerdict]
        if let reports = ProcessInfo.processInfo.environment["STALLPOINT_LIVE_REPORTS"] {
            let printed = URL(filePath: reports).appending(path: "\(recorded.name).json")
            // Only some of the scenarios may have been recorded again.
            guard FileManager.default.fileExists(atPath: printed.path) else { return }
            verdicts = try RecordedVerdict.verdicts(inReport: printed)
        } else {
            verdicts = try recorded.live()
        }
        try RecordedCapture.goldens.check(try RecordedVerdict.document(verdicts), recorded.expectedLive)
    }
}
