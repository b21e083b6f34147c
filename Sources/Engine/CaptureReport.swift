import CaptureFile
import CaptureReplay
import Conversations
import Diagnosis
import PacketWire

// What the report on a capture says, whether the file was complete or followed.

extension CaptureAnalyzer {
    /// What is wrong with the file that was read; where nothing of it could be, that is thrown.
    func notes(on path: String) throws(ProbeFailure) -> [String] { try reader.notes(on: path, problem) }
}

extension CaptureReader {
    /// - Parameter problem: what broke the file off; nil where it is whole.
    func notes(on path: String, _ problem: CaptureFileError?) throws(ProbeFailure) -> [String] {
        var notes: [String] = []
        if let problem {
            // Not even its header is whole: that is no capture of nothing.
            if packetCount == 0, !problem.isTruncation || problem.place == .fileHeader {
                throw ProbeFailure(.missingInput, "cannot read \(path.escapedForDisplay): \(problem)")
            }
            let whole = problem.packets
            notes.append("the capture is damaged after \(whole) whole packet\(whole == 1 ? "" : "s"): \(problem)")
        }
        if totals.places > 0 {
            let first = damage.first { !$0.isMended }.map { ", first \($0.problem)" } ?? ""
            notes.append(
                "the capture is damaged in \(totals.places) place\(totals.places == 1 ? "" : "s"): about "
                    + "\(totals.estimatedPackets) packets (\(totals.bytes) bytes) were skipped\(first)")
        }
        return notes
    }
}

extension CaptureAnalyzer.Options {
    /// Nobody chose among the packets, so that a saved probe can be told as the probe told it.
    func countsEverything(_ filter: String?) -> Bool { only == nil && keeps.isEverything && filter == nil }
}

extension DiagnosisReport {
    init(
        _ result: CaptureResult, isSavedProbe: Bool, captureFile: String?,
        notes: [String], _ clock: RunClock
    ) {
        // Of one so large that conversations were let go, the targets may be among those.
        let isSavedProbe = isSavedProbe && !result.diagnoses.isEmpty
        self.init(
            run: RunInformation(
                toolVersion: ToolVersion.current,
                startedUnixNanoseconds: result.startedUnixNanoseconds ?? clock.unixStart,
                elapsed: clock.now - .zero, witnesses: [.wire], missing: [.offlineSocket, .offlineKernel],
                captureFile: captureFile, notes: notes + result.notes),
            diagnoses: result.isByConversation || isSavedProbe ? result.diagnoses : result.findings,
            capture: isSavedProbe ? nil : result.digest)
    }
}

extension MissingWitness {
    static let offlineSocket = MissingWitness(
        witness: .socket, reason: "a file holds packets only",
        wouldAdd:
            "what the operating system made of the packets: whether an answer in the capture reached the application",
        grant: nil)
    static let offlineKernel = MissingWitness(
        witness: .kernel, reason: "a file holds packets only",
        wouldAdd: "routes and neighbours: why a packet never reached the wire", grant: nil)
}
