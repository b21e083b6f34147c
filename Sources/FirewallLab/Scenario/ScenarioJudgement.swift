extension Scenario {
    /// Holds a run's report against what is true: one judgement a target, in the scenario's order.
    public func judge(_ run: ReportedRun, unprivileged: Bool) -> [TargetJudgement] {
        probes.map { probe in
            guard let reported = run.diagnosis(of: probe.target, at: probe.address) else {
                let missing = ScenarioDifference("target", expected: probe.label, reported: "no report on it")
                return TargetJudgement(probe: probe, reported: nil, differences: [missing])
            }
            let expectation = probe.expectation(unprivileged: unprivileged)
            return TargetJudgement(
                probe: probe, reported: reported,
                differences: expectation.compare(reported, truth: probe.truth, topology: topology))
        }
    }
}

/// What became of one target of a scenario.
public struct TargetJudgement: Hashable, Sendable {
    public var probe: ScenarioProbe
    public var reported: ReportedDiagnosis?
    public var differences: [ScenarioDifference]

    public var isRight: Bool { differences.isEmpty }

    /// What the report says in a few words: `blocked silent-drop at path, after hop 1`.
    public var reportedText: String {
        guard let reported else { return "no report" }
        var text = reported.verdict
        if let mechanism = reported.mechanism { text += " \(mechanism)" }
        if !reported.zones.isEmpty { text += " at \(reported.zones.joined(separator: "|"))" }
        if let hop = reported.afterHop { text += ", after hop \(hop.ttl)" }
        return text
    }
}

/// Judgements as lines of text, for people and for test logs.
public struct JudgementTable: Sendable {
    public var rows: [(scenario: String, judgement: TargetJudgement)] = []

    public init() {}

    public mutating func add(_ judgements: [TargetJudgement], of scenario: String) {
        rows += judgements.map { (scenario, $0) }
    }

    public var wrong: Int { rows.count { !$0.judgement.isRight } }

    /// A line a target, `ok` or `WRONG` at its end, and under a wrong one what differs.
    public func text(namingScenarios: Bool) -> String {
        let cells = rows.map { row in
            (namingScenarios ? [row.scenario] : []) + [
                row.judgement.probe.label, row.judgement.probe.truth.why, row.judgement.reportedText,
            ]
        }
        let heading = (namingScenarios ? ["SCENARIO"] : []) + ["TARGET", "TRUTH", "REPORT"]
        let widths = heading.indices.map { column in ([heading] + cells).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String], _ last: String) -> String {
            let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return (padded + [last]).joined(separator: "  ")
        }
        var lines = [line(heading, "")]
        for (row, cells) in zip(rows, cells) {
            lines.append(line(cells, row.judgement.isRight ? "ok" : "WRONG"))
            lines += row.judgement.differences.map { "    \($0)" }
        }
        return lines.joined(separator: "\n")
    }
}
