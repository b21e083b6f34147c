import Diagnosis
import Engine
import HostNetwork
import PacketWire
import Reporting

/// What is shown of a capture that is being followed: findings as they become known, and the whole at the end.
///
/// Text and ndjson have lines on the way. With `-o` the file gets the report alone, and the lines of text go where
/// the person sits: to standard output.
struct FollowSession {
    private let sink: ReportSink
    private let options: ReportOptions
    /// Those that are shown; all of them where it is empty.
    private let verdicts: Set<Verdict>
    /// Lines stand on standard output, where the report follows.
    private var hasLines = false

    init(sink: ReportSink, options: ReportOptions, verdicts: Set<Verdict>) {
        (self.sink, self.options, self.verdicts) = (sink, options, verdicts)
    }

    mutating func run(_ follow: CaptureFollow) throws -> (report: DiagnosisReport, untold: [TargetDiagnosis]) {
        var line = ProgressLine(quiet: options.quiet)
        var problem: FileError?
        let report = try follow.report { news in
            do throws(FileError) {
                switch news {
                case .found(let diagnosis, let start):
                    guard isShown(diagnosis) else { return true }
                    line.clear()
                    try tell(diagnosis, start)
                case .notice(let text):
                    line.clear()
                    try? StandardStream.error.write("stallpoint: \(text)\n")
                case .progress(let packets, let found):
                    line.show("following: \(packets) packets, \(found) told; Ctrl-C ends it")
                }
                return true
            } catch {
                problem = error
                return false
            }
        }
        line.clear()
        if let problem { throw problem }
        return (report, follow.untold)
    }

    private func isShown(_ diagnosis: TargetDiagnosis) -> Bool {
        verdicts.isEmpty || verdicts.contains(diagnosis.verdict)
    }

    private mutating func tell(_ diagnosis: TargetDiagnosis, _ start: Int64) throws(FileError) {
        switch options.format {
        case .text:
            let style = ReportSink.style(options, toFile: false)
            try StandardStream.output.write(CaptureText(style: style).line(diagnosis, startedUnixNanoseconds: start))
            hasLines = true
        case .ndjson: try sink.add(diagnosis)
        case .json, .csv: break
        }
    }

    /// The report at the end: whole, but for ndjson, which gets the lines that it does not have yet.
    func close(_ report: DiagnosisReport, untold: [TargetDiagnosis]) throws(FileError) {
        switch options.format {
        case .ndjson:
            for diagnosis in untold where isShown(diagnosis) { try sink.add(diagnosis) }
            try sink.close(report)
        case .text, .json, .csv:
            if hasLines, options.output == nil || options.output == "-" { try StandardStream.output.write("\n") }
            try sink.write(report)
        }
    }
}
