import ArgumentParser
import Diagnosis
import Engine
import HostNetwork
import PacketWire

/// One run of `probe` from the opened handles to the exit status.
struct ProbeSession {
    let request: ProbeRequest
    let report: ReportOptions

    func run() throws {
        let sink = try ReportSink(report, showsTables: request.trace != nil)
        let run = try ProbeRun(request)
        try run.prepare()
        defer { run.close() }
        // What was root's only reason is open now; from here on nobody's packets and files can misuse it.
        let keeps: [Privileges.Capability] = (request.sourcePort ?? .max) < 1_024 ? [.netBindService] : []
        _ = try? Privileges.drop(keeping: keeps, staysUser: request.captureFile != nil || !report.files.isEmpty)

        var line = ProgressLine(quiet: report.quiet)
        var table = LiveTable(quiet: report.quiet)
        var problem: FileError?
        let result = run.run { progress in
            switch progress {
            case .trying(let pending, let what, let since, let most):
                // A trace shows its table instead.
                if request.trace == nil { line.show(pending: pending, what: what, since: since, most: most) }
            case .tracing(let target, let hops):
                table.show(hops, to: target)
            case .decided(let diagnosis):
                line.clear()
                table.clear()
                do throws(FileError) { try sink.add(diagnosis) } catch { problem = problem ?? error }
            }
        }
        line.clear()
        // The capture is not lost because a reader of the report went away, nor the report because the disk is full.
        do throws(ProbeFailure) {
            try run.writeCapture(result)
        } catch {
            try? sink.close(result)
            throw CommandFailure(error)
        }
        if let problem {
            try? sink.closeJSON(result)
            throw problem
        }
        try sink.close(result)
        for diagnosis in result.diagnoses where diagnosis.verdict == .failed {
            try? StandardStream.error.write(
                "stallpoint: \(diagnosis.target.input.escapedForDisplay): \(diagnosis.summary)\n")
        }
        if run.wasInterrupted { throw ExitCode(ExitStatus.interrupted) }
        if result.exitStatus != 0 { throw ExitCode(result.exitStatus) }
    }
}
