public import Diagnosis
import PacketWire

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
        return (table.isEmpty ? "" : table + note(diagnosis) + "\n") + verdict.block(diagnosis, hasTable: true)
    }

    /// Who reads that all packets of the last line were lost, and that the target is open, asks why.
    private func note(_ diagnosis: TargetDiagnosis) -> String {
        let isHeard = diagnosis.path.contains { if case .reached = $0.target { true } else { false } }
        guard diagnosis.target.transport == .udp, diagnosis.verdict == .open, !isHeard,
            diagnosis.path.contains(where: { $0.target == .silence })
        else { return "" }
        var page = Page(style)
        page.wrapped(
            [
                Piece(
                    "The host answered the question itself; the ladder's datagrams, which need not bear a question of its"
                        + " service, it left unanswered.", .plain)
            ], before: "     ", width: 5, hanging: 5)
        return page.text
    }
}
