import Testing

@testable import FirewallLab

@Suite("The judge of reports")
struct ScenarioExpectationTests {
    static let report = ReportedDiagnosis(
        target: ReportedTarget(input: "203.0.113.10:5432", address: "203.0.113.10"), verdict: "blocked",
        stage: "handshake", mechanism: "silent-drop", zones: ["path", "destination"],
        afterHop: ReportedHop(ttl: 3, address: "192.0.2.18"), beforeHop: nil, actor: nil, confidence: "likely")

    static let right = ScenarioExpectation(
        verdict: .oneOf(["blocked"]), stage: .oneOf(["handshake"]), mechanism: .oneOf(["silent-drop"]),
        zones: .oneOf([ExpectedZones(["destination", "path"])]), actor: .oneOf([nil]),
        afterHop: .oneOf([ExpectedHop(ttl: 3)]), beforeHop: .oneOf([nil]), confidence: .oneOf(["likely", "strong"]))

    @Test("a report that says it all right has no differences; zones are a set")
    func same() {
        #expect(Self.right.compare(Self.report, truth: Truth(zone: "path", why: "")) == [])
    }

    @Test("an expectation that states nothing accepts everything")
    func nothing() {
        #expect(ScenarioExpectation().compare(Self.report) == [])
    }

    @Test("each field is compared by itself")
    func eachField() {
        func fields(_ change: (inout ReportedDiagnosis) -> Void) -> [String] {
            var report = Self.report
            change(&report)
            return Self.right.compare(report).map(\.field)
        }
        #expect(fields { $0.verdict = "closed" } == ["verdict"])
        #expect(fields { $0.stage = nil } == ["stage"])
        #expect(fields { $0.mechanism = "tcp-reset" } == ["mechanism"])
        #expect(fields { $0.zones = ["path"] } == ["zones"])
        #expect(fields { $0.zones += ["return-path"] } == ["zones"])
        #expect(fields { $0.actor = "192.0.2.18" } == ["actor"])
        #expect(fields { $0.afterHop = nil } == ["after_hop"])
        #expect(fields { $0.afterHop?.ttl = 2 } == ["after_hop"])
        #expect(fields { $0.beforeHop = ReportedHop(ttl: 4) } == ["before_hop"])
        #expect(fields { $0.confidence = "weak" } == ["confidence"])
        #expect(
            fields {
                $0.verdict = "open"
                $0.zones = []
            } == ["verdict", "zones"])
    }

    @Test("a hop's address must be the node's at that distance, or the one that is asked for")
    func hopAddresses() {
        func accepts(_ expected: ExpectedHop, _ address: String?, ttl: Int = 3) -> Bool {
            var report = Self.report
            report.afterHop = ReportedHop(ttl: ttl, address: address)
            return ScenarioExpectation(afterHop: .oneOf([expected])).compare(report) == []
        }
        #expect(accepts(ExpectedHop(ttl: 3), nil))
        #expect(accepts(ExpectedHop(ttl: 3), "2001:db8:3::2"))
        #expect(!accepts(ExpectedHop(ttl: 3), "192.0.2.1"))
        #expect(!accepts(ExpectedHop(ttl: 3), "no address"))
        #expect(!accepts(ExpectedHop(ttl: 9), "192.0.2.1", ttl: 9))
        #expect(accepts(ExpectedHop(ttl: 3, address: "r1"), "192.0.2.1"))
        #expect(accepts(ExpectedHop(ttl: 3, address: "192.0.2.1"), "192.0.2.1"))
        #expect(!accepts(ExpectedHop(ttl: 3, address: "192.0.2.1"), nil))
    }

    @Test("an actor is an address, a node's name or the target")
    func actors() {
        func accepts(_ expected: String, _ actor: String?) -> Bool {
            var report = Self.report
            report.actor = actor
            return ScenarioExpectation(actor: .oneOf([expected])).compare(report) == []
        }
        #expect(accepts("firewall", "192.0.2.18"))
        #expect(accepts("firewall", "2001:db8:5::1"))
        #expect(!accepts("firewall", "192.0.2.17"))
        #expect(!accepts("firewall", nil))
        #expect(accepts("2001:db8:3::2", "2001:0db8:3:0::2"))
        #expect(!accepts("2001:db8:3::2", "2001:db8:3::3"))
        #expect(accepts("target", "203.0.113.10"))
        #expect(!accepts("target", "203.0.113.1"))
    }

    @Test("the true zone must be listed whatever the expectation says")
    func truth() {
        let differences = ScenarioExpectation().compare(Self.report, truth: Truth(zone: "local-egress", why: ""))
        #expect(differences.map(\.field) == ["zones"])
        #expect(differences.first?.expected == "local-egress among them")
    }

    @Test("what the unprivileged expectation states replaces, what it does not state stays")
    func overriding() {
        let other = ScenarioExpectation(verdict: .oneOf(["closed"]), actor: .oneOf(["r1"]))
        let both = Self.right.overridden(by: other)
        #expect(both.verdict == .oneOf(["closed"]))
        #expect(both.actor == .oneOf(["r1"]))
        #expect(both.stage == Self.right.stage)
        #expect(both.zones == Self.right.zones)
        #expect(Self.right.overridden(by: ScenarioExpectation()) == Self.right)
    }

    @Test("a difference names the field, what was expected and what came")
    func text() {
        let expectation = ScenarioExpectation(
            verdict: .oneOf(["open", nil]), zones: .oneOf([ExpectedZones(["b", "a"])]),
            afterHop: .oneOf([ExpectedHop(ttl: 1, address: "r1")]))
        #expect(
            expectation.compare(Self.report).map(\.description) == [
                "verdict: expected open or null, reported blocked",
                "zones: expected {a, b}, reported {destination, path}",
                "after_hop: expected 1 (r1), reported 3 (192.0.2.18)",
            ])
    }
}
