import ArgumentParser
import Conversations
import Diagnosis
import Engine
import HostNetwork
import PacketWire
import Reporting

/// `stallpoint analyze`: diagnose every connection attempt in a capture file.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Diagnose every connection attempt in a pcap or pcapng file.",
        discussion: """
            The packets are the only witness here: what the operating system, the path and the kernel knew is not in
            a file. A file that 'probe -w' wrote holds its ladders and controls, and gives its verdicts again.
            """)

    @Argument(help: ArgumentHelp("Capture files; '-' is standard input.", valueName: "file"))
    var files: [String] = []

    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("say which capture to read: a file, or '-'") }
        guard !files.contains("") else { throw ValidationError("a file's name is empty") }
    }

    func run() throws {
        try orFail {
            let sink = try ReportSink(report)
            var joined: DiagnosisReport?
            var status: Int32 = 0
            var unreadable: ProbeFailure?
            var wasAnyRead = false
            for file in files {
                let result: DiagnosisReport
                do throws(ProbeFailure) {
                    result = try CaptureAnalysis(path: file).report()
                } catch {
                    // The other files are still worth reading; the last failure is told by `orFail`.
                    if let unreadable { tell(unreadable.description) }
                    unreadable = error
                    continue
                }
                wasAnyRead = true
                for note in result.run.notes { tell("\(file.escapedForDisplay): \(note)") }
                for diagnosis in result.diagnoses { try sink.add(diagnosis) }
                if report.format == .json, files.count > 1 {
                    joined = joined.joined(with: result, of: file)
                } else {
                    try sink.close(result, isLast: false)
                }
                status = status == 1 || result.exitStatus == 1 ? 1 : max(status, result.exitStatus)
            }
            if let joined { try sink.close(joined, isLast: false) }
            if wasAnyRead { try sink.commit() }
            if let unreadable { throw unreadable }
            if status != 0 { throw ExitCode(status) }
        }
    }

    private func tell(_ line: String) {
        try? StandardStream.error.write("stallpoint: \(line)\n")
    }
}

extension DiagnosisReport? {
    /// One report of several files, because a JSON document holds one. Its notes say whose diagnoses are where.
    fileprivate func joined(with next: DiagnosisReport, of file: String) -> DiagnosisReport {
        var joined = self ?? DiagnosisReport(run: next.run, diagnoses: [])
        if self == nil {
            (joined.run.notes, joined.run.captureFile) = ([], nil)
        } else {
            joined.run.elapsed = TimeSpan(
                nanoseconds: joined.run.elapsed.nanoseconds &+ next.run.elapsed.nanoseconds)
        }
        let first = joined.diagnoses.count
        let count = next.diagnoses.count
        let place = count == 0 ? "no diagnoses" : "diagnoses \(first) to \(first + count - 1)"
        joined.diagnoses += next.diagnoses
        joined.run.notes.append("\(file.escapedForDisplay): \(place)")
        joined.run.notes += next.run.notes.map { "\(file.escapedForDisplay): \($0)" }
        return joined
    }
}
