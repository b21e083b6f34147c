import Diagnosis
import PacketWire

/// The path on one line a ladder, position under position, with the place of the stall on it:
///
///     hop              1               2            3            4
///     5432/tcp  you ── 198.51.100.1 ── 192.0.2.2 ─✕ * ·········· 203.0.113.10
///     control   you ── 198.51.100.1 ── 192.0.2.2 ── 192.0.2.6 ── 203.0.113.10
///
/// A solid line was travelled, a dotted one is not known to have been. A path too long for the width goes on
/// below.
struct PathDrawing {
    private let columns: [PathColumn]
    private let marks: StallMarks
    private let rows: [Row]
    private let showsLoop: Bool
    private let hostIsReached: Bool
    private let diagnosis: TargetDiagnosis

    private enum Row {
        case hops, target, control, roundTrips
    }

    /// Nil where there is nothing to draw: the attempt never became packets to an address.
    init?(_ diagnosis: TargetDiagnosis, _ page: Page) {
        guard diagnosis.stage != .resolve, diagnosis.target.address != nil else { return nil }
        guard !diagnosis.path.isEmpty || !diagnosis.zones.isEmpty else { return nil }
        var path = PathColumns(diagnosis)
        if page.style.detail != .verbose {
            let center = StallMarks(diagnosis, path.columns, page.glyphs).center
            path.elide(around: center, ellipsis: page.glyphs.ellipsis)
        }
        self.diagnosis = diagnosis
        columns = path.columns
        marks = StallMarks(diagnosis, columns, page.glyphs)
        showsLoop = path.showsLoop
        // Where neither the way out nor the way there can be to blame, the packets did arrive.
        hostIsReached =
            [.open, .degraded, .interfered].contains(diagnosis.verdict)
            || !diagnosis.zones.contains(.path) && !diagnosis.zones.contains(.localEgress)
        var rows: [Row] = []
        if !diagnosis.path.isEmpty { rows.append(.hops) }
        rows.append(.target)
        if path.hasControl { rows.append(.control) }
        if page.style.detail == .verbose, columns.contains(where: { !$0.roundTrip.isEmpty }) {
            rows.append(.roundTrips)
        }
        self.rows = rows
    }

    func draw(on page: inout Page) {
        let indent = 4
        let back = marks.onWayIn != nil || marks.onWayBack != nil
        let labels = rows.map { label($0) } + (back ? ["back"] : [])
        let labelWidth = labels.map(\.utf8.count).max() ?? 0
        var start = 0
        repeat {
            let end = self.end(from: start, page, indent: indent + labelWidth + 2)
            for row in rows where !isEmpty(row, start..<end) {
                let head =
                    String(repeating: " ", count: indent) + page.fitted(label(row), to: labelWidth) + "  "
                page.raw((head + line(row, start..<end, page)).withoutTrailingSpaces)
            }
            start = end
        } while start < columns.count
        if back {
            let head = String(repeating: " ", count: indent) + page.fitted("back", to: labelWidth) + "  "
            page.raw(head + wayBack(page))
        }
    }

    /// A line of figures without a figure.
    private func isEmpty(_ row: Row, _ range: Range<Int>) -> Bool {
        switch row {
        case .hops: columns[range].allSatisfy(\.label.isEmpty)
        case .roundTrips: columns[range].allSatisfy(\.roundTrip.isEmpty)
        case .target: columns[range.lowerBound...].allSatisfy { $0.target == .blank }
        case .control: columns[range.lowerBound...].allSatisfy { $0.control == .blank }
        }
    }

    private func label(_ row: Row) -> String {
        switch row {
        case .hops: "hop"
        case .target: diagnosis.target.service
        case .control: "control"
        case .roundTrips: "ms"
        }
    }

    // MARK: Layout

    /// Columns from `start` that fit; at least one.
    private func end(from start: Int, _ page: Page, indent: Int) -> Int {
        var used = indent + max(3, page.display(page.glyphs.ellipsis).width)
        var end = start
        while end < columns.count {
            used += Self.connectorWidth + width(end, page)
            if end > start, used > page.style.columns { break }
            end += 1
        }
        return end
    }

    private static let connectorWidth = 4

    private func width(_ index: Int, _ page: Page) -> Int {
        let column = columns[index]
        let texts =
            [
                text(column.target, page) + tail(index, .target, page), text(column.control, page),
                column.label,
            ]
            + (rows.contains(.roundTrips) ? [column.roundTrip] : [])
        return texts.map { page.display($0).width }.max() ?? 0
    }

    private func text(_ cell: PathColumn.Cell, _ page: Page) -> String {
        switch cell {
        case .blank: ""
        case .silent: "*"
        case .answered(let text), .ended(let text), .wanted(let text), .elided(let text): text
        }
    }

    /// What stands behind a cell: the mark at the host, the sign of a loop.
    private func tail(_ index: Int, _ row: Row, _ page: Page) -> String {
        guard row == .target else { return "" }
        if showsLoop, index == columns.count - 2 { return " " + page.glyphs.loop }
        guard index == columns.count - 1 || isHost(columns[index].target), let mark = marks.atHost
        else { return "" }
        return isHost(columns[index].target) ? " " + mark : ""
    }

    private func isHost(_ cell: PathColumn.Cell) -> Bool {
        switch cell {
        case .wanted: true
        case .ended(let text): text == diagnosis.target.address?.description
        case .blank, .silent, .answered, .elided: false
        }
    }

    // MARK: Rows

    private func line(_ row: Row, _ range: Range<Int>, _ page: Page) -> String {
        let isFigures = row == .hops || row == .roundTrips
        let begin = range.lowerBound == 0 ? "you" : page.glyphs.ellipsis
        var line = page.fitted(isFigures ? "" : begin, to: 3)
        for index in range {
            let column = columns[index]
            let text =
                switch row {
                case .hops: column.label
                case .roundTrips: column.roundTrip
                case .target: self.text(column.target, page)
                case .control: self.text(column.control, page)
                }
            // A cell narrower than its column is made up for by the line that leads to the next one.
            let before = index == range.lowerBound ? 0 : slack(row, index - 1, page)
            let fromNothing = index > range.lowerBound && self.text(cell(row, index - 1), page).isEmpty
            line += connector(row, index, slack: before, joins: fromNothing && !isFigures, page)
            let isReal = row != .target || column.target.hasArrived || isTravelled(row, index)
            line += page.painted(page.display(text).text, isReal ? .plain : .faint)
            line += page.painted(tail(index, row, page), .bad)
        }
        return line
    }

    private func cell(_ row: Row, _ index: Int) -> PathColumn.Cell {
        row == .control ? columns[index].control : columns[index].target
    }

    /// Columns left free behind what stands in this cell.
    private func slack(_ row: Row, _ index: Int, _ page: Page) -> Int {
        let text =
            switch row {
            case .hops: columns[index].label
            case .roundTrips: columns[index].roundTrip
            case .target, .control: self.text(cell(row, index), page) + tail(index, row, page)
            }
        return width(index, page) - page.display(text).width
    }

    /// ` ── `, ` ·· `, ` ─✕ ` or ` ✕? `, as much longer as the cell before it is short.
    private func connector(_ row: Row, _ index: Int, slack: Int, joins: Bool, _ page: Page) -> String {
        let length = Self.connectorWidth + slack
        let glyphs = page.glyphs
        let isFigures = row == .hops || row == .roundTrips
        guard !isFigures, columns[index...].contains(where: { (row == .control ? $0.control : $0.target) != .blank })
        else { return String(repeating: " ", count: length) }
        let start = joins ? 0 : 1
        let end = cell(row, index) == .blank ? 0 : 1
        let isTravelled = isTravelled(row, index)
        let mark = row == .target ? marks.onLine[index] : nil
        let markWidth = mark.map { page.display($0).width } ?? 0
        let fill = isTravelled || mark != nil ? glyphs.line : glyphs.unknown
        return String(repeating: " ", count: start)
            + String(repeating: fill, count: max(0, length - start - end - markWidth))
            + page.painted(mark ?? "", .bad) + String(repeating: " ", count: end)
    }

    /// The line that leads to this column is solid: something behind it answered.
    private func isTravelled(_ row: Row, _ index: Int) -> Bool {
        if row == .target, hostIsReached { return true }
        return columns[index...].contains { (row == .control ? $0.control : $0.target).hasArrived }
    }

    /// The answer's way: what comes back need not come back the same way, so it has no hops.
    private func wayBack(_ page: Page) -> String {
        let glyphs = page.glyphs
        let stretch = String(repeating: glyphs.line, count: 2)
        let onWay = marks.onWayBack.map { page.painted($0, .bad) } ?? ""
        let atHome = marks.onWayIn.map { page.painted($0, .bad) } ?? ""
        let host = page.display(diagnosis.target.address?.description ?? diagnosis.target.host).text
        return "you \(atHome)\(glyphs.back)\(stretch)\(onWay)\(stretch) \(host)"
    }
}

extension String {
    var withoutTrailingSpaces: String {
        var end = endIndex
        while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
        return String(self[..<end])
    }
}
