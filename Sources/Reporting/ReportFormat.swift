public import Diagnosis

/// The formats a report can be written in: one file each, all from the same `DiagnosisReport`.
public enum ReportFormat: String, Sendable, Hashable, CaseIterable {
    /// For people.
    case text
    /// One document: `stallpoint.report/1`.
    case json
    /// One diagnosis a line, each complete in itself.
    case ndjson
    /// One line a diagnosis, for spreadsheets: of captures.
    case csv
}

extension DiagnosisReport {
    /// The whole report in one piece, with its last line ended.
    ///
    /// A front end that prints each target as soon as it is known calls the formats themselves instead:
    /// `TextStream.block(_:)` and `TextStream.closing(_:)`, or `NDJSONReport.line(_:)`.
    public func formatted(as format: ReportFormat, style: TextStyle = TextStyle()) -> String {
        switch format {
        case .text: CaptureText(style: style).document(self)
        case .csv: CSVReport.document(self)
        case .json: JSONReport.document(self)
        case .ndjson: NDJSONReport.document(self)
        }
    }
}
