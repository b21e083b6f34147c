/// One scenario, probed once in a lab of its own and judged.
public struct ScoredRun: Hashable, Sendable {
    public var scenario: Scenario
    public var unprivileged: Bool
    public var judgements: [TargetJudgement]
    /// From start to final verdict, as the report says.
    public var elapsedSeconds: Double?
    /// What the client's interfaces sent meanwhile by their own counters: probes, controls, ladders, retransmissions
    /// and neighbour discovery. Loopback is not counted.
    public var packetsSent: Int?
    /// Why there is no report; nil where there is one.
    public var failure: String?

    public init(
        _ scenario: Scenario, unprivileged: Bool, judgements: [TargetJudgement], elapsedSeconds: Double? = nil,
        packetsSent: Int? = nil, failure: String? = nil
    ) {
        self.scenario = scenario
        self.unprivileged = unprivileged
        self.judgements = judgements
        self.elapsedSeconds = elapsedSeconds
        self.packetsSent = packetsSent
        self.failure = failure
    }
}

extension ScoredRun {
    /// The shell program that is run as the client: it prints the interfaces' counters before and after the probe,
    /// whose words are its arguments.
    static let program = """
        cat /proc/net/dev; echo '\(separator)'
        "$@"; status=$?
        echo '\(separator)'; cat /proc/net/dev; exit $status
        """

    private static let separator = "=== stallpoint lab score ==="

    /// The command of a scenario's run.
    public static func command(for scenario: Scenario) -> [String] {
        ["sh", "-c", program, "sh", "stallpoint", "probe", "--format", "json"] + scenario.options + scenario.targets
    }

    /// Judges what such a command printed.
    public init(_ scenario: Scenario, unprivileged: Bool, exitStatus: Int32, output: String, errors: String = "") {
        func failed(_ reason: String) -> ScoredRun {
            ScoredRun(
                scenario, unprivileged: unprivileged,
                judgements: scenario.judge(ReportedRun(diagnoses: []), unprivileged: unprivileged), failure: reason)
        }
        let parts = output.split(separator: Self.separator + "\n", omittingEmptySubsequences: false)
        guard exitStatus <= 2, parts.count == 3 else {
            let said = errors.split(separator: "\n").prefix(3).joined(separator: "; ")
            self = failed("exit status \(exitStatus)\(said.isEmpty ? "" : ": \(said)")")
            return
        }
        do {
            let run = try ReportedRun(json: Array(parts[1].utf8))
            self.init(
                scenario, unprivileged: unprivileged,
                judgements: scenario.judge(run, unprivileged: unprivileged), elapsedSeconds: run.elapsedSeconds,
                packetsSent: Self.packetsSent(before: String(parts[0]), after: String(parts[2])))
        } catch {
            self = failed(error.message)
        }
    }

    /// The tenth figure of a line of `/proc/net/dev` counts what was sent.
    static func packetsSent(before: String, after: String) -> Int? {
        func sent(_ text: String) -> Int? {
            var sum = 0
            for line in text.split(separator: "\n").dropFirst(2) {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, let name = parts.first?.drop(while: { $0 == " " }) else { return nil }
                let figures = parts[1].split(separator: " ")
                guard figures.count > 9, let packets = Int(figures[9]) else { return nil }
                if name != "lo" { sum = sum &+ packets }
            }
            return sum
        }
        guard let before = sent(before), let after = sent(after), after >= before else { return nil }
        return after &- before
    }
}
