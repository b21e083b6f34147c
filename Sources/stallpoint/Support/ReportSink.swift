import Diagnosis
import Engine
import HostNetwork
import Reporting

/// Where a report goes, and in which dress: standard output or a file that appears when it is complete, and for
/// programs a second file, if one was asked for.
final class ReportSink {
    private let format: ReportFormat
    private let style: TextStyle
    private var text: TextStream
    private let file: ReplacingFile?
    /// The whole as JSON, whatever the format is.
    private let json: ReplacingFile?
    /// Paths as tables: what a trace is asked for.
    private let showsTables: Bool
    private var hasBegun = false
    private var isStreamed: Bool { format != .json }

    init(_ options: ReportOptions, showsTables: Bool = false) throws(CommandFailure) {
        self.showsTables = showsTables
        format = options.format
        do {
            file = try options.output.flatMap { $0 == "-" ? nil : $0 }.map(ReplacingFile.init(replacing:))
            json = try options.json.map(ReplacingFile.init(replacing:))
        } catch {
            throw CommandFailure(ExitStatus.cannotWrite, error.line)
        }
        style = Self.style(options, toFile: file != nil)
        text = TextStream(style: style)
    }

    static func style(_ options: ReportOptions, toFile: Bool) -> TextStyle {
        let isTerminal = !toFile && Terminal.isTerminal(1)
        let usesColor =
            switch options.color {
            case .always: true
            case .never: false
            case .auto: isTerminal && Terminal.environment("NO_COLOR") == nil && Terminal.environment("TERM") != "dumb"
            }
        let width = isTerminal ? Terminal.width(1) : Terminal.environment("COLUMNS").flatMap { Int($0) }
        return TextStyle(
            width: width ?? 100, usesColor: usesColor, usesUnicode: Terminal.isUTF8,
            detail: options.quiet ? .quiet : options.verbose ? .verbose : .normal)
    }

    /// One verdict, as soon as it stands.
    func add(_ diagnosis: TargetDiagnosis) throws(FileError) {
        switch format {
        case .text:
            try write(showsTables ? TraceReport(style: style).block(diagnosis) : text.block(diagnosis))
        case .ndjson: try write(NDJSONReport.line(diagnosis))
        case .csv: try write((hasBegun ? "" : CSVReport.header) + CSVReport.line(diagnosis))
        case .json: break
        }
    }

    /// What stands at the end, and the whole of what cannot be written piece by piece.
    func close(_ report: DiagnosisReport) throws(FileError) {
        let ending: String? =
            switch format {
            case .text: text.closing(report)
            case .ndjson, .csv: nil
            case .json: JSONReport.document(report)
            }
        try end(with: ending, report)
    }

    /// A report that is complete already.
    func write(_ report: DiagnosisReport) throws(FileError) {
        try end(with: report.formatted(as: format, style: style), report)
    }

    /// Neither the file for programs nor what a person sees costs the other: the first problem is told when both were tried.
    private func end(with text: String?, _ report: DiagnosisReport) throws(FileError) {
        var problem: FileError?
        do throws(FileError) { try closeJSON(report) } catch { problem = error }
        if let text { try write(text) }
        try file?.commit()
        if let problem { throw problem }
    }

    /// The file for programs.
    func closeJSON(_ report: DiagnosisReport) throws(FileError) {
        guard let json else { return }
        try json.append(Array(JSONReport.document(report).utf8).span)
        try json.commit()
    }

    private func write(_ text: String) throws(FileError) {
        hasBegun = true
        if let file { try file.append(Array(text.utf8).span) } else { try StandardStream.output.write(text) }
    }
}
