public import Diagnosis
import PacketWire

/// A traced path as a table: a line a hop, the target's ladder and the control's side by side, and under a hop what
/// the packet had become by there.
///
///     hop  443/tcp         lost  ms min/median/max    control         lost  ms min/median/max
///       1  198.51.100.1     0/3  0.041/0.052/0.060    198.51.100.1     0/3  0.038/0.040/0.055
///       2  *                3/3                       *                3/3
///       3  203.0.113.10     0/3  0.090/0.095/0.101    203.0.113.10     0/3  0.080/0.091/0.104
///          SYN-ACK                                    SYN-ACK
public struct TraceTable: Sendable {
    private let style: TextStyle

    public init(style: TextStyle = TextStyle()) {
        self.style = style
    }

    /// The lines, each ended; empty where nothing was asked.
    public func text(_ hops: [PathHop], to target: Target) -> String {
        let shown = Self.worthShowing(hops)
        guard !shown.isEmpty else { return "" }
        var page = Page(style)
        let rows =
            [Row(head: "hop", target: Cell(target.service), control: Cell("control"))]
            + shown.map { row($0, among: hops) }
        let widths = (
            rows.map { Self.width($0.target.who, page) }.max() ?? 0,
            rows.map { Self.width($0.control.who, page) }.max() ?? 0
        )
        let timesWidth = rows.map { Self.width($0.target.times, page) }.max() ?? 0
        let beside = 5 + (widths.0 + 8 + timesWidth + 4) + (widths.1 + 8 + timesWidth) <= style.columns
        for (index, row) in rows.enumerated() {
            let name = Self.right(row.head, 3)
            let own = line(row.target, widths.0, timesWidth, page)
            let other = line(row.control, widths.1, 0, page)
            if beside {
                page.raw("\(name)  \(own)    \(other)".withoutTrailingSpaces)
            } else {
                page.raw("\(name)  \(own)".withoutTrailingSpaces)
                // Where both got the same answers, the first line says it all.
                if index > 0, row.control != row.target { page.raw("     control: \(other)".withoutTrailingSpaces) }
            }
            for note in row.notes { page.wrapped([Piece(note, .warning)], before: "     ", width: 5, hanging: 7) }
        }
        return page.text
    }

    /// What one ladder got at one position.
    private struct Cell: Equatable {
        var who: String
        var lost = "lost"
        var times = "ms min/median/max"

        init(_ who: String) { self.who = who }

        init(_ answer: PathHop.Answer, _ tally: PathTally) {
            switch answer {
            case .notAsked: who = ""
            case .silence: who = "*"
            case .timeExceeded(let address): who = "\(address)"
            case .reached(let address, let what): who = "\(address) \(what)"
            case .refused(let address, let what): who = "\(address) refuses: \(what)"
            }
            lost = tally.sent == 0 ? "" : "\(tally.lost)/\(tally.sent)"
            times = [tally.shortest, tally.median, tally.longest].compactMap { $0?.shortText }.joined(separator: "/")
        }
    }

    private struct Row {
        var head: String
        var target: Cell
        var control: Cell
        var notes: [String] = []
    }

    private func row(_ hop: PathHop, among hops: [PathHop]) -> Row {
        var row = Row(
            head: "\(hop.ttl)", target: Cell(hop.target, hop.targetTally), control: Cell(hop.control, hop.controlTally))
        if let name = hop.name { row.notes.append(name) }
        if let quietness = hop.quietness(among: hops) { row.notes.append(quietness.phrase) }
        if !hop.others.isEmpty {
            row.notes.append("also \(hop.others.map(\.description).joined(separator: ", ")): more than one path")
        }
        row.notes += hop.changes.map { change in
            let from = change.afterHop.map { "hop \($0.ttl)" } ?? "this machine"
            return "\(change.field.phrase) \(change.before) → \(change.after), between \(from) and hop \(hop.ttl)"
        }
        if !hop.labels.isEmpty { row.notes.append("MPLS \(hop.labels.map(\.description).joined(separator: ", "))") }
        return row
    }

    private func line(_ cell: Cell, _ who: Int, _ times: Int, _ page: Page) -> String {
        let filled = cell.times + String(repeating: " ", count: max(0, times - Self.width(cell.times, page)))
        return "\(page.fitted(cell.who, to: who))  \(Self.right(cell.lost, 4))  \(filled)"
    }

    private static func width(_ text: String, _ page: Page) -> Int { page.display(text).width }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }

    /// Up to where each ladder got its last news, and one position more where that is silence: behind an end every
    /// further packet meets the same end.
    private static func worthShowing(_ hops: [PathHop]) -> [PathHop] {
        func end(_ answer: (PathHop) -> PathHop.Answer) -> Int {
            let final = hops.first { hop in
                switch answer(hop) {
                case .reached, .refused: true
                case .notAsked, .silence, .timeExceeded: false
                }
            }
            if let final { return final.ttl }
            let last = hops.last { if case .timeExceeded = answer($0) { true } else { false } }?.ttl ?? 0
            return last + 1
        }
        let last = max(end(\.target), hops.contains { $0.control != .notAsked } ? end(\.control) : 0)
        return hops.filter { $0.ttl <= last }
    }
}
