import Diagnosis
import PacketWire

/// One position of the drawing: a TTL, or a run of TTLs that say the same.
struct PathColumn: Hashable {
    /// What a row shows at this position.
    enum Cell: Hashable {
        /// Nothing was sent, or the row has ended before.
        case blank
        /// Sent, and nothing came back.
        case silent
        case answered(String)
        /// The row ends here: the far end answered, or somebody refused.
        case ended(String)
        /// The far end, drawn because the packets were meant for it.
        case wanted(String)
        /// Several positions left out.
        case elided(String)
    }

    /// `Int.max` where the position is not known.
    var ttl: Int
    var label: String
    var target: Cell
    var control: Cell
    var roundTrip: String
}

/// The columns of the drawing, out of what the two ladders got: ended where the answer is known, silent runs as
/// one column, a loop shown once.
struct PathColumns {
    private(set) var columns: [PathColumn] = []
    private(set) var showsLoop = false
    let hasControl: Bool

    init(_ diagnosis: TargetDiagnosis) {
        let hops = diagnosis.path.sorted { $0.ttl < $1.ttl }
        hasControl = hops.contains { $0.control != .notAsked }
        columns = Self.columns(hops, diagnosis)
        if diagnosis.mechanism == .routingLoop { cutLoop() }
        joinSilences()
        appendHost(diagnosis)
    }

    private static func columns(_ hops: [PathHop], _ diagnosis: TargetDiagnosis) -> [PathColumn] {
        let ends = [hops.firstIndex { $0.target.isEnd }, hops.firstIndex { $0.control.isEnd }]
            .compactMap(\.self)
        let lastAnswers = [
            hops.lastIndex { $0.target.address != nil && !$0.target.isEnd },
            hops.lastIndex { $0.control.address != nil && !$0.control.isEnd },
        ].compactMap(\.self)
        let shown =
            ends.isEmpty ? hops[...] : hops.prefix(max(ends.max() ?? 0, lastAnswers.max() ?? 0) + 1)
        var seen: Set<IPAddress> = []
        var targetEnded = false
        var controlEnded = false
        return shown.map { hop in
            let target = cell(hop.target, ended: &targetEnded, seen: &seen, diagnosis)
            var ignored: Set<IPAddress> = []
            return PathColumn(
                ttl: hop.ttl, label: String(hop.ttl), target: target,
                control: cell(hop.control, ended: &controlEnded, seen: &ignored, diagnosis),
                roundTrip: hop.roundTrip?.shortText ?? "")
        }
    }

    private static func cell(
        _ answer: PathHop.Answer, ended: inout Bool, seen: inout Set<IPAddress>,
        _ diagnosis: TargetDiagnosis
    ) -> PathColumn.Cell {
        if ended { return .blank }
        switch answer {
        case .notAsked: return .blank
        case .silence: return .silent
        case .timeExceeded(let address):
            seen.insert(address)
            return .answered(address.description)
        case .reached(let address, let answer):
            ended = true
            // In the host's name, and not from there: the address on it is a lie.
            return .ended(answer == "reset" && diagnosis.isForged ? answer : address.description)
        case .refused(let address, _):
            ended = true
            // A router lets the packet's TTL run out before it looks at its rules: it refuses one position on.
            if address == diagnosis.target.address, !diagnosis.isForged {
                return .ended(address.description)
            }
            // A router speaks for a host that may not be there: the drawing leads to that host.
            if let host = diagnosis.target.address, diagnosis.zones.contains(.destination) {
                return .wanted(host.description)
            }
            return .ended(seen.contains(address) || diagnosis.isForged ? "refused" : "\(address) refuses")
        }
    }

    /// Keeps one turn of the circle.
    private mutating func cutLoop() {
        var seen: Set<PathColumn.Cell> = []
        for (index, column) in columns.enumerated() {
            guard case .answered = column.target else { continue }
            if !seen.insert(column.target).inserted, index > 0, columns[index - 1].target != column.target {
                columns.removeSubrange((index + 1)...)
                showsLoop = true
                return
            }
        }
    }

    private mutating func joinSilences() {
        var joined: [PathColumn] = []
        for column in columns {
            if let last = joined.last, last.target == .silent, column.target == .silent,
                last.control == column.control,
                column.control == .silent || column.control == .blank
            {
                let first = last.label.split(separator: "-").first ?? ""
                joined[joined.count - 1].label = "\(first)-\(column.ttl)"
            } else {
                joined.append(column)
            }
        }
        columns = joined
    }

    /// The far end stands at the end of the target's row, reached or not, unless somebody refused on the way.
    private mutating func appendHost(_ diagnosis: TargetDiagnosis) {
        let host = diagnosis.target.address?.description ?? diagnosis.target.host
        if columns.contains(where: { $0.target.isLast }) { return }
        if let index = columns.firstIndex(where: { $0.control == .ended(host) }) {
            columns[index].target = .wanted(host)
            return
        }
        columns.append(
            PathColumn(ttl: .max, label: "", target: .wanted(host), control: .blank, roundTrip: ""))
    }

    /// Leaves out positions that only confirm that packets pass, far from where they stall.
    mutating func elide(around stall: Int, ellipsis: String) {
        guard columns.count > 9 else { return }
        let kept = columns.indices.filter { $0 == 0 || abs($0 - stall) <= 3 || $0 == columns.count - 1 }
        var shorter: [PathColumn] = []
        var previous = -1
        for index in kept {
            let skipped = (previous + 1)..<index
            if skipped.count == 1 { shorter.append(columns[previous + 1]) }
            if skipped.count > 1, let first = skipped.first, let last = skipped.last {
                let text = PathColumn.Cell.elided("\(ellipsis)\(skipped.count) hops\(ellipsis)")
                let controlRuns = columns[skipped].contains { $0.control != .blank }
                let targetRuns = columns[skipped].contains { $0.target != .blank }
                shorter.append(
                    PathColumn(
                        ttl: columns[first].ttl, label: "\(columns[first].label)-\(columns[last].label)",
                        target: targetRuns ? text : .blank, control: controlRuns ? text : .blank, roundTrip: "")
                )
            }
            shorter.append(columns[index])
            previous = index
        }
        columns = shorter
    }
}

extension PathColumn.Cell {
    /// Nothing of its row stands behind it.
    fileprivate var isLast: Bool {
        switch self {
        case .ended, .wanted: true
        case .blank, .silent, .answered, .elided: false
        }
    }
}

extension PathHop.Answer {
    /// The row has nothing more to say after this.
    fileprivate var isEnd: Bool {
        switch self {
        case .reached, .refused: true
        case .notAsked, .silence, .timeExceeded: false
        }
    }
}

extension TargetDiagnosis {
    /// The refusal bears the host's address, and the evidence places it on the way.
    fileprivate var isForged: Bool {
        verdict == .blocked && zones.contains(.path) && !zones.contains(.destination)
    }
}
