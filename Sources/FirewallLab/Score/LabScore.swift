/// How often the tool is right, over many scenarios. The tests, `stallpoint lab score` and the published table all
/// ask this one.
public struct LabScore: Sendable {
    public var runs: [ScoredRun] = []

    public init(_ runs: [ScoredRun] = []) {
        self.runs = runs
    }

    /// One target of one run.
    public struct Row: Hashable, Sendable {
        public var scenario: Scenario
        public var unprivileged: Bool
        public var judgement: TargetJudgement
    }

    public var rows: [Row] {
        runs.flatMap { run in
            run.judgements.map { Row(scenario: run.scenario, unprivileged: run.unprivileged, judgement: $0) }
        }
    }

    /// The privileged runs, or the others.
    public func only(unprivileged: Bool) -> LabScore {
        LabScore(runs.filter { $0.unprivileged == unprivileged })
    }

    /// The tiers that were run, root first.
    public var tiers: [Bool] { [false, true].filter { tier in runs.contains { $0.unprivileged == tier } } }

    public var right: Int { rows.count { $0.judgement.isRight } }

    /// How often each grade was right, the surest first. Reports without a grade are not in it.
    public var grades: [(grade: String, right: Int, wrong: Int)] {
        ["proved", "strong", "likely", "weak"].map { grade in
            let graded = rows.filter { $0.judgement.reported?.confidence == grade }
            let right = graded.count { $0.judgement.isRight }
            return (grade, right, graded.count - right)
        }
    }

    /// What must never be: a verdict that is surer than it is right.
    public var wrongAndSure: [Row] { rows.filter(\.isWrongAndSure) }

    public var failures: [ScoredRun] { runs.filter { $0.failure != nil } }

    /// The middle and the largest of a figure over the runs that have it, and whose the largest is.
    public func figures<Value: Comparable & Sendable>(
        _ figure: (ScoredRun) -> Value?
    ) -> (median: Value, largest: Value, of: String)? {
        let sorted = runs.compactMap { run in figure(run).map { (value: $0, name: run.scenario.name) } }
            .sorted { $0.value < $1.value }
        guard let last = sorted.last else { return nil }
        return (sorted[sorted.count / 2].value, last.value, last.name)
    }
}

extension LabScore.Row {
    public var isWrongAndSure: Bool {
        !judgement.isRight && ["proved", "strong"].contains(judgement.reported?.confidence)
    }

    /// One line: which target, who probed, what was said and what differs.
    public var wrongText: String {
        let differences = judgement.differences.map(\.description).joined(separator: "; ")
        let grade = judgement.reported.map { " [\($0.confidence)]" } ?? ""
        return "\(scenario.name), \(judgement.probe.label), \(LabScore.name(unprivileged: unprivileged)): "
            + "\(judgement.reportedText)\(grade): \(differences)"
    }
}

extension LabScore {
    public static func name(unprivileged: Bool) -> String { unprivileged ? "unprivileged" : "root" }
}
