import Conversations
public import Diagnosis
import HostNetwork
import Probing

/// The end of a run: the report, and the capture with the verdicts beside its packets.
extension ProbeRun {
    func report() -> DiagnosisReport {
        capture?.readStatistics()
        if let lost = capture?.droppedPackets(), lost > 0 {
            notes.append("the capture lost \(lost) packets: absence proves little")
        }
        if let failure = capture?.failure { notes.append("the capture broke off: \(failure)") }
        if let capture, capture.store.notKept > 0 {
            notes.append("\(capture.store.notKept) packets were not kept: the capture was larger than its bound")
        }
        let untried = targets.filter { $0.diagnosis == nil }.count
        if wasInterrupted {
            notes.append(
                untried == 0 ? "interrupted" : "interrupted before \(untried) of \(targets.count) targets were tried")
        }
        var witnesses: [Witness] = [.socket]
        if capture != nil { witnesses.append(.wire) }
        if request.settings.walksLadder { witnesses.append(.path) }
        witnesses.append(.kernel)
        return DiagnosisReport(
            run: RunInformation(
                toolVersion: ToolVersion.current, startedUnixNanoseconds: clock.unixStart, elapsed: clock.now - .zero,
                witnesses: witnesses, missing: missing, captureFile: request.captureFile, notes: notes),
            diagnoses: targets.compactMap(\.diagnosis))
    }

    /// Gives the captures back; call it when nothing more is to be seen.
    public func close() {
        capture?.close()
        kernel.close()
        host?.close()
    }

    /// Writes the capture file, with the verdicts beside the packets; call it when the report stands.
    public func writeCapture(_ report: DiagnosisReport) throws(ProbeFailure) {
        guard let output, let capture else { return }
        do {
            try CaptureOutput(store: capture.store, report: report, path: output.path).write(to: output)
            try output.commit()
        } catch {
            throw ProbeFailure(.cannotWrite, error.line)
        }
    }

    /// The facts behind the verdicts, for whoever wants to look deeper.
    public var allFacts: [Facts] { targets.compactMap(\.facts) }
}
