import Foundation
import Testing

@testable import FirewallLab

/// Hand-made runs: three targets as root, two of them again without privileges.
enum SampleScore {
    static func probe(
        _ target: String, zone: String?, mechanism: String?, verdict: String = "blocked"
    ) -> ScenarioProbe {
        ScenarioProbe(
            target: target, truth: Truth(zone: zone, why: "w"),
            expectation: ScenarioExpectation(
                verdict: .oneOf([verdict]), mechanism: .oneOf([mechanism, "icmp-reject"]),
                zones: .oneOf([ExpectedZones(zone.map { [$0] } ?? [])])))
    }

    static func reported(
        _ target: String, _ verdict: String, _ mechanism: String?, _ zones: [String], _ confidence: String
    ) -> ReportedDiagnosis {
        ReportedDiagnosis(
            target: ReportedTarget(input: target), verdict: verdict, mechanism: mechanism, zones: zones,
            confidence: confidence)
    }

    static let dropped = Scenario(
        name: "dropped", title: "Dropped | twice",
        probes: [
            probe("a:1", zone: "path", mechanism: "silent-drop"), probe("b:1", zone: "path", mechanism: "silent-drop"),
        ], source: "name: dropped\n")
    static let works = Scenario(
        name: "works", title: "Works", probes: [probe("c:1", zone: nil, mechanism: nil, verdict: "open")],
        source: "name: works\n")

    static func run(
        _ scenario: Scenario, _ diagnoses: [ReportedDiagnosis], unprivileged: Bool = false, seconds: Double? = nil,
        packets: Int? = nil
    ) -> ScoredRun {
        ScoredRun(
            scenario, unprivileged: unprivileged,
            judgements: scenario.judge(ReportedRun(diagnoses: diagnoses), unprivileged: unprivileged),
            elapsedSeconds: seconds, packetsSent: packets)
    }

    static let score = LabScore([
        run(
            dropped,
            [
                reported("a:1", "blocked", "silent-drop", ["path"], "strong"),
                reported("b:1", "blocked", "silent-drop", ["path", "destination"], "likely"),
            ], seconds: 2.5, packets: 40),
        run(works, [reported("c:1", "open", nil, [], "proved")], seconds: 0.125, packets: 4),
        run(
            dropped,
            [
                reported("a:1", "degraded", "loss", ["path"], "proved"),
                reported("b:1", "closed", "no-listener", ["destination"], "weak"),
            ], unprivileged: true, seconds: 7.006, packets: 80),
        ScoredRun(
            works, unprivileged: true, exitStatus: 77, output: "", errors: "stallpoint lab: no\nsecond\n"),
    ])
}

@Suite("The score")
struct LabScoreTests {
    static let score = SampleScore.score

    @Test("right and wrong, by grade and by tier")
    func counts() {
        #expect(Self.score.tiers == [false, true])
        #expect(Self.score.rows.count == 6 && Self.score.right == 2)
        let root = Self.score.only(unprivileged: false)
        #expect(root.right == 2 && root.rows.count == 3)
        #expect(root.grades.map(\.grade) == ["proved", "strong", "likely", "weak"])
        #expect(root.grades.map(\.right) == [1, 1, 0, 0] && root.grades.map(\.wrong) == [0, 0, 1, 0])
    }

    @Test("a verdict that is sure and wrong is found, one that is unsure and wrong is only wrong")
    func sure() {
        #expect(Self.score.only(unprivileged: false).wrongAndSure.isEmpty)
        #expect(Self.score.wrongAndSure.map(\.judgement.probe.target) == ["a:1"])
        #expect(Self.score.wrongAndSure.first?.unprivileged == true)
    }

    @Test("a run without a report is a failure, and each of its targets is wrong")
    func failure() {
        #expect(Self.score.failures.map(\.failure) == ["exit status 77: stallpoint lab: no; second"])
        #expect(Self.score.runs[3].judgements.map(\.isRight) == [false])
    }

    @Test("the median, and the largest with its scenario")
    func figures() throws {
        let time = try #require(Self.score.figures(\.elapsedSeconds))
        #expect(time.median == 2.5 && time.largest == 7.006 && time.of == "dropped")
        let packets = try #require(Self.score.figures(\.packetsSent))
        #expect(packets.median == 40 && packets.largest == 80)
        #expect(LabScore().figures(\.packetsSent) == nil)
    }

    @Test("the matrix counts each pair of truth and verdict, the most frequent verdict first")
    func matrix() {
        let matrix = ConfusionMatrix(Self.score.rows)
        #expect(matrix.truths == ["open", "silent-drop@path"])
        #expect(matrix.cells(of: "open").map(\.verdict) == ["no report", "open"])
        let dropped = matrix.cells(of: "silent-drop@path")
        #expect(
            dropped.map(\.verdict) == [
                "degraded loss@path", "no-listener@destination", "silent-drop@destination|path", "silent-drop@path",
            ])
        #expect(dropped.map(\.right) == [0, 0, 0, 1] && dropped.map(\.wrong) == [1, 1, 1, 0])
        let twice = ConfusionMatrix(Self.score.rows + Self.score.rows.filter { $0.judgement.isRight })
        #expect(twice.cells(of: "silent-drop@path").first?.verdict == "silent-drop@path")
        #expect(twice.cells.map(\.count).reduce(0, +) == 8)
    }

    @Test("a truth whose scenario states no mechanism still has a name")
    func label() {
        let probe = ScenarioProbe(target: "a:1", truth: Truth(zone: "path", why: "w"))
        #expect(probe.truthLabel == "something@path")
    }

    @Test("the text says what differs, and names what must never be")
    func text() {
        let text = Self.score.text
        #expect(text.contains("root: 2 of 3 right in 2 scenarios; proved 1 of 1, strong 1 of 1, likely 0 of 1; "))
        #expect(text.contains("median 2.50 s, slowest 2.50 s (dropped); packets sent: median 40, most 40 (dropped)"))
        #expect(text.contains("dropped, b:1, root: blocked silent-drop at path|destination [likely]: zones: expected"))
        #expect(text.contains("Wrong and sure of it, which must never be:\n  dropped, a:1, unprivileged: degraded"))
        #expect(!Self.score.only(unprivileged: false).text.contains("sure of it"))
    }

    @Test("the JSON holds every run and every cell")
    func json() throws {
        let object = try JSONSerialization.jsonObject(with: Data(Self.score.json().utf8))
        let document = try #require(object as? [String: Any])
        #expect(document["schema"] as? String == "stallpoint.score/1")
        let tiers = try #require(document["tiers"] as? [[String: Any]])
        #expect(tiers.map { $0["wrong_and_sure"] as? Int } == [0, 1])
        let runs = try #require(document["runs"] as? [[String: Any]])
        #expect(runs.map { $0["packets_sent"] as? Int } == [40, 4, 80, nil])
        #expect(runs[0]["elapsed_seconds"] as? Double == 2.5)
    }
}

@Suite("The page of the score")
struct ScorePageTests {
    static let scenarios = [SampleScore.dropped, SampleScore.works]

    @Test("the page is written as it always was")
    func golden() throws {
        let page = SampleScore.score.markdown(of: Self.scenarios)
        let expected = """
            # How often it is right

            Every scenario of the lab, probed by the tool itself and held against what is true.

            ## Overview

            \(LabScore.mark(of: Self.scenarios))

            Written by `stallpoint lab score --both --format markdown`. A verdict is right when every field that the \
            scenario states is right: a zone too many is wrong, and so is a zone too few.

            | user | scenarios | targets | right | proved | strong | likely | weak | median | slowest | packets, median | most |
            |---|---|---|---|---|---|---|---|---|---|---|---|
            | root | 2 | 3 | 2 | 1 of 1 | 1 of 1 | 0 of 1 | – | 2.50 s | 2.50 s | 40 | 40 |
            | unprivileged | 2 | 3 | 0 | 0 of 1 | – | – | 0 of 1 | 7.01 s | 7.01 s | 80 | 80 |

            ## Truth against verdict, root

            | truth | targets | right | verdicts |
            |---|---|---|---|
            | open | 1 | 1 | open |
            | silent-drop@path | 2 | 1 | silent-drop@destination\\|path (**1 wrong**), silent-drop@path |

            ## Truth against verdict, unprivileged

            | truth | targets | right | verdicts |
            |---|---|---|---|
            | open | 1 | 0 | no report (**1 wrong**) |
            | silent-drop@path | 2 | 0 | degraded loss@path (**1 wrong**), no-listener@destination (**1 wrong**) |

            ## What is wrong

            - dropped, b:1, root: blocked silent-drop at path\\|destination [likely]: zones: expected {path}, reported {destination, path}
            - dropped, a:1, unprivileged: degraded loss at path [proved]: verdict: expected blocked, reported degraded; mechanism: expected silent-drop or icmp-reject, reported loss
            - dropped, b:1, unprivileged: closed no-listener at destination [weak]: verdict: expected blocked, reported closed; mechanism: expected silent-drop or icmp-reject, reported no-listener; zones: expected {path}, reported {destination}; zones: expected path among them, reported {destination}
            - works, c:1, unprivileged: no report: target: expected c:1, reported no report on it

            ## Scenarios

            | scenario | targets | what is true |
            |---|---|---|
            | `dropped` | 2 | Dropped \\| twice: silent-drop@path |
            | `works` | 1 | Works: open |

            """
        #expect(page == expected)
    }

    @Test("a page is stale when any scenario has changed, and not because of its numbers")
    func stale() {
        let page = SampleScore.score.markdown(of: Self.scenarios)
        #expect(!LabScore.isStale(page: page, for: Self.scenarios))
        let empty = LabScore().markdown(of: Self.scenarios)
        #expect(!LabScore.isStale(page: empty, for: Self.scenarios))
        #expect(empty.contains("Works: open; **not run for this page**") && !page.contains("not run"))
        var changed = Self.scenarios
        changed[1].source += "# another truth\n"
        #expect(LabScore.isStale(page: page, for: changed))
        #expect(LabScore.isStale(page: page, for: Array(Self.scenarios.reversed())))
        #expect(LabScore.isStale(page: "", for: Self.scenarios))
    }

    /// Only a page that claims to be of this catalogue can be stale. It is written when no scenario is pending.
    @Test("the published page is of the catalogue as it is")
    func published() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let file = folder.appending(path: "Sources/FirewallLab/FirewallLab.docc/Score.md").standardizedFileURL
        let scenarios = try ScenarioCatalog.all()
        guard FileManager.default.fileExists(atPath: file.path) else {
            #expect(scenarios.contains { $0.pending != nil }, "no page, and no scenario is pending: run scripts/score")
            return print("There is no page of the score yet: \(scenarios.count { $0.pending != nil }) are pending.")
        }
        let page = try String(contentsOf: file, encoding: .utf8)
        #expect(!LabScore.isStale(page: page, for: scenarios), "the scenarios have changed: run scripts/score")
    }
}

@Suite("What a run printed")
struct ScoredRunTests {
    static let counters = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
            lo:       0       0    0    0    0     0          0         0        0      99 0
          eth0:     120       1    0    0    0     0          0         0      120       7 0

        """

    @Test("the report is judged, its time kept, and packets counted by the interfaces, loopback apart")
    func whole() throws {
        let separator = "=== stallpoint lab score ===\n"
        let after = Self.counters.replacingOccurrences(of: "120       7", with: "900      19")
            .replacingOccurrences(of: "99", with: "500")
        let output =
            Self.counters + separator
                + """
                {"run": {"elapsed_s": 1.5}, "diagnoses": [{"target": {"input": "c:1"}, "verdict": "open", "zones": [],
                "confidence": "proved"}]}

                """ + separator + after
        let run = ScoredRun(SampleScore.works, unprivileged: false, exitStatus: 0, output: output)
        #expect(run.failure == nil && run.judgements.map(\.isRight) == [true])
        #expect(run.elapsedSeconds == 1.5 && run.packetsSent == 12)
    }

    @Test(
        "what is no report is a failure with its reason", arguments: ["", "x", "a\n=== stallpoint lab score ===\nb\n"])
    func broken(output: String) {
        let run = ScoredRun(SampleScore.works, unprivileged: false, exitStatus: 1, output: output)
        #expect(run.failure == "exit status 1")
        let separator = "=== stallpoint lab score ===\n"
        let noReport = ScoredRun(
            SampleScore.works, unprivileged: false, exitStatus: 0, output: separator + output + separator)
        #expect(noReport.failure != nil)
    }

    @Test("counters that are none, or that went back, give no figure")
    func counterMistakes() {
        #expect(ScoredRun.packetsSent(before: Self.counters, after: Self.counters) == 0)
        #expect(ScoredRun.packetsSent(before: "a\nb\nc", after: Self.counters) == nil)
        #expect(ScoredRun.packetsSent(before: "a\nb\n eth0: 1 2 3", after: Self.counters) == nil)
        #expect(ScoredRun.packetsSent(before: Self.counters, after: "a\nb\n") == nil)
    }

    @Test("the probe's words are arguments of the shell, never part of its program")
    func command() {
        let scenario = Scenario(
            name: "x", title: "t",
            probes: [SampleScore.probe("$(touch /tmp/evil):1", zone: nil, mechanism: nil)], options: ["--timeout", "3"])
        let command = ScoredRun.command(for: scenario)
        #expect(command.prefix(2) == ["sh", "-c"] && !command[2].contains("evil"))
        #expect(command.suffix(3) == ["--timeout", "3", "$(touch /tmp/evil):1"])
    }
}
