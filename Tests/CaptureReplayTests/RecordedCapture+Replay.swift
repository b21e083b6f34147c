import CaptureReplay
import Diagnosis
import Foundation
import StallpointTestKit
import Synchronization

/// What each capture is found to say as it stands: several tests hold a changed one against it, and it is the same each
/// time.
private let replays = Mutex<[String: [TargetDiagnosis]]>([:])

extension RecordedCapture {
    /// Every conversation's verdict.
    func diagnoses() throws -> [TargetDiagnosis] {
        if let known = replays.withLock({ $0[name] }) { return known }
        let diagnoses = try CaptureReplay([UInt8](try Data(contentsOf: capture))).diagnoses
        replays.withLock { $0[name] = diagnoses }
        return diagnoses
    }
}
