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
        try closeJSON(report)
        switch format {
        case .text: try write(text.closing(report))
        case .ndjson, .csv: break
        case .json: try write(JSONReport.document(report))
        }
        try file?.commit()
    }

    /// A report that is complete already.
    func write(_ report: DiagnosisReport) throws(FileError) {
        try closeJSON(report)
        try write(report.formatted(as: format, style: style))
        try file?.commit()
    }

    /// The file for programs: first, and by itself where the rest cannot be written, so that a reader who went away
    /// does not cost it.
    func closeJSON(_ report: DiagnosisReport) throws(FileError) {
        try json?.append(Array(JSONReport.document(report).utf8).span)
        try json?.commit()
    }

    private func write(_ text: String) throws(FileError) {
        hasBegun = true
        if let file { try file.append(Array(text.utf8).span) } else { try StandardStream.output.write(text) }
    }
}
