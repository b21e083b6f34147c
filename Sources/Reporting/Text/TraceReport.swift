public import Diagnosis

/// A trace for people: the table of the path, and under it the verdict.
public struct TraceReport: Sendable {
    private let style: TextStyle

    public init(style: TextStyle = TextStyle()) {
        self.style = style
    }

    /// One target. Ends with an empty line, except when quiet.
    public func block(_ diagnosis: TargetDiagnosis) -> String {
        let verdict = TextReport(style: style)
        guard style.detail != .quiet else { return verdict.block(diagnosis) }
        let table = TraceTable(style: style).text(diagnosis.path, to: diagnosis.target)
        return (table.isEmpty ? "" : table + "\n") + verdict.block(diagnosis, hasTable: true)
    }
}
