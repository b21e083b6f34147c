import Testing

@testable import FirewallLab

@Suite("Judging a run")
struct ScenarioJudgementTests {
    static let scenario = Scenario(
        name: "two", title: "Two targets",
        probes: [
            ScenarioProbe(
                target: "203.0.113.10:443", truth: Truth(why: "listens"),
                expectation: ScenarioExpectation(verdict: .oneOf(["open"]))),
            ScenarioProbe(
                target: "203.0.113.10:81", truth: Truth(zone: "path", why: "dropped"),
                expectation: ScenarioExpectation(verdict: .oneOf(["blocked"])),
                unprivilegedExpectation: ScenarioExpectation(verdict: .oneOf(["undetermined"]))),
        ])

    static let json = """
        {"schema": "stallpoint.report/1", "run": {"witnesses": ["socket"]}, "diagnoses": [
          {"target": {"input": "203.0.113.10:81", "host": "203.0.113.10", "address": "203.0.113.10", "port": 81,
            "transport": "tcp"}, "verdict": "blocked", "stage": "handshake", "mechanism": "silent-drop",
            "zones": ["path"], "after_hop": {"ttl": 1, "address": null}, "before_hop": null, "actor": null,
            "confidence": "strong", "look_alikes": [], "summary": "s"}]}
        """

    @Test("a report is found by its target; one that is missing is wrong")
    func judging() throws {
        let run = try ReportedRun(json: Array(Self.json.utf8))
        let judgements = Self.scenario.judge(run, unprivileged: false)
        #expect(judgements.map(\.isRight) == [false, true])
        #expect(judgements[0].differences.map(\.field) == ["target"])
        #expect(judgements[0].reportedText == "no report")
        #expect(judgements[1].reportedText == "blocked silent-drop at path, after hop 1")
        #expect(Self.scenario.judge(run, unprivileged: true).map(\.isRight) == [false, false])
    }

    @Test("of a name with several addresses each may have a truth of its own")
    func addresses() throws {
        func probe(_ address: String, _ verdict: String) -> ScenarioProbe {
            ScenarioProbe(
                target: "rr.lab:443", address: address, truth: Truth(why: "w"),
                expectation: ScenarioExpectation(verdict: .oneOf([verdict])))
        }
        let scenario = Scenario(
            name: "rr", title: "t",
            probes: [probe("192.0.2.2", "blocked"), probe("192.0.2.1", "open"), probe("192.0.2.3", "open")])
        #expect(scenario.targets == ["rr.lab:443"])
        func reported(_ address: String, _ verdict: String) -> ReportedDiagnosis {
            ReportedDiagnosis(
                target: ReportedTarget(input: "rr.lab:443", address: address), verdict: verdict, confidence: "likely")
        }
        let run = ReportedRun(diagnoses: [reported("192.0.2.1", "open"), reported("192.0.2.2", "blocked")])
        let judgements = scenario.judge(run, unprivileged: false)
        #expect(judgements.map(\.isRight) == [true, true, false])
        #expect(judgements[2].differences.first?.expected == "rr.lab:443 (192.0.2.3)")
    }

    @Test("what is not a report is refused", arguments: ["", "[]", "{}", "{\"diagnoses\": [{}]}", "null"])
    func notAReport(text: String) {
        #expect(throws: LabError.self) { try ReportedRun(json: Array(text.utf8)) }
    }

    @Test("the table has a line a target and says what differs")
    func table() throws {
        var table = JudgementTable()
        table.add(Self.scenario.judge(try ReportedRun(json: Array(Self.json.utf8)), unprivileged: false), of: "two")
        #expect(table.wrong == 1)
        #expect(
            table.text(namingScenarios: true) == """
                SCENARIO  TARGET            TRUTH    REPORT                                    \("")
                two       203.0.113.10:443  listens  no report                                 WRONG
                    target: expected 203.0.113.10:443, reported no report on it
                two       203.0.113.10:81   dropped  blocked silent-drop at path, after hop 1  ok
                """)
    }
}
