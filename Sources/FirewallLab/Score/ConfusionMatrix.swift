/// Which truth got which verdict, and how often that was right.
///
/// A truth is a mechanism at a zone, as the scenario states them; a verdict is the mechanism and the zones that were
/// reported. Where a scenario accepts more than one mechanism, the first is the truth's name: it is a label, and the
/// scenario's own expectation judges.
public struct ConfusionMatrix: Hashable, Sendable {
    public struct Cell: Hashable, Sendable {
        public var truth: String
        public var verdict: String
        public var right = 0
        public var wrong = 0

        public var count: Int { right + wrong }
    }

    /// In the order of the truths' names, the most frequent verdict of a truth first.
    public private(set) var cells: [Cell]

    public init(_ rows: [LabScore.Row]) {
        var cells: [[String]: Cell] = [:]
        for row in rows {
            let (truth, verdict) = (row.judgement.probe.truthLabel, row.judgement.verdictLabel)
            cells[[truth, verdict], default: Cell(truth: truth, verdict: verdict)]
                .count(row.judgement.isRight)
        }
        self.cells = cells.values.sorted {
            ($0.truth, -$0.count, $0.verdict) < ($1.truth, -$1.count, $1.verdict)
        }
    }

    public var truths: [String] {
        cells.map(\.truth).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    public func cells(of truth: String) -> [Cell] { cells.filter { $0.truth == truth } }
}

extension ConfusionMatrix.Cell {
    fileprivate mutating func count(_ isRight: Bool) {
        if isRight { right += 1 } else { wrong += 1 }
    }
}

extension ScenarioProbe {
    /// `silent-drop@path`; `open` where nothing is wrong.
    public var truthLabel: String {
        guard let zone = truth.zone else { return "open" }
        guard case .oneOf(let mechanisms) = expectation.mechanism, let first = mechanisms.compactMap(\.self).first
        else {
            return "something@\(zone)"
        }
        return "\(first)@\(zone)"
    }
}

extension TargetJudgement {
    /// `silent-drop@path|destination`, `open`, or the bare verdict where no mechanism was named.
    public var verdictLabel: String {
        guard let reported else { return "no report" }
        guard reported.verdict != "open" else { return "open" }
        let zones = reported.zones.sorted().joined(separator: "|")
        // A degraded target is not the same as a blocked one, whatever degrades it.
        let works = reported.verdict == "degraded" ? "degraded " : ""
        return "\(works)\(reported.mechanism ?? reported.verdict)\(zones.isEmpty ? "" : "@\(zones)")"
    }
}
