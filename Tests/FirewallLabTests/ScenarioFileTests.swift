import Testing

@testable import FirewallLab

@Suite("Scenario files")
struct ScenarioFileTests {
    static let whole = """
        # A heading of the file.
        ---
        name: first
        title: The first
        setup:
          firewall:
            nft: |
              table inet lab {
                chain forward {
                }
              }
            ip: ["route add prohibit 203.0.113.20/32"]
            sysctl: {net.ipv4.icmp_ratelimit: 0}
            run: site web
        needs: [nginx]
        services:
          server: ["tcp/5432 accept", "udp/53@203.0.113.20 dns"]
        probe:
          - target: "203.0.113.10:5432"
            truth: {zone: path, by: firewall, why: "because"}
            expect: {verdict: blocked, actor: null, zones: [path], after_hop: 3, confidence: [likely, strong]}
            unprivileged: {zones: [[path], [path, local-ingress]]}
          - targets: ["a.lab:1", "b.lab:2"]
            truth: {why: "open"}
        options: ["-4"]
        ---
        name: second
        title: The second
        """

    @Test("every field of a document is read")
    func everyField() throws {
        let scenarios = try ScenarioFile.scenarios(in: Self.whole, file: "x.yaml")
        try #require(scenarios.map(\.name) == ["first", "second"])
        let first = scenarios[0]
        #expect(first.title == "The first")
        #expect(first.setup["firewall"]?.nft.hasPrefix("table inet lab {\n  chain") == true)
        #expect(first.setup["firewall"]?.ip == ["route add prohibit 203.0.113.20/32"])
        #expect(first.setup["firewall"]?.sysctl == ["net.ipv4.icmp_ratelimit": "0"])
        #expect(first.services["server"]?.map(\.description) == ["tcp/5432 accept", "udp/53@203.0.113.20 dns"])
        #expect(first.targets == ["203.0.113.10:5432", "a.lab:1", "b.lab:2"])
        #expect(first.options == ["-4"] && first.needs == ["nginx"] && scenarios[1].needs.isEmpty)
        #expect(first.setup["firewall"]?.run == "site web")
        let program = try #require(LabPlan(first).steps.last)
        #expect(program.node == "firewall" && program.arguments.last?.hasSuffix("\nsite web\n") == true)
        #expect(
            Lab.missingNeeds(
                for: Scenario(name: "x", title: "x", needs: ["sh", "no-such-program", "no-such-program x"])) == [
                    "no-such-program", "no-such-program x",
                ])
        let probe = first.probes[0]
        #expect(probe.truth == Truth(zone: "path", by: "firewall", why: "because"))
        #expect(probe.expectation.verdict == .oneOf(["blocked"]))
        #expect(probe.expectation.actor == .oneOf([nil]))
        #expect(probe.expectation.stage == .unstated)
        #expect(probe.expectation.afterHop == .oneOf([ExpectedHop(ttl: 3)]))
        #expect(probe.expectation.confidence == .oneOf(["likely", "strong"]))
        #expect(probe.expectation.zones == .oneOf([ExpectedZones(["path"])]))
        let unprivileged = probe.expectation(unprivileged: true)
        #expect(unprivileged.verdict == .oneOf(["blocked"]))
        #expect(unprivileged.zones == .oneOf([ExpectedZones(["path"]), ExpectedZones(["local-ingress", "path"])]))
        #expect(first.probes[2].expectation == ScenarioExpectation())
    }

    @Test("a document keeps the text that it was written in, and nothing of its neighbours")
    func source() throws {
        let scenarios = try ScenarioFile.scenarios(in: Self.whole, file: "x.yaml")
        #expect(scenarios[0].source.hasPrefix("name: first\n"))
        #expect(scenarios[0].source.hasSuffix("options: [\"-4\"]\n"))
        #expect(scenarios[1].source == "name: second\ntitle: The second\n")
        let again = try ScenarioFile.scenarios(in: scenarios[0].source, file: "x.yaml")
        #expect(again == [scenarios[0]])
    }

    @Test("an empty file has no scenarios", arguments: ["", "\n", "# only a comment\n", "---\n---\n"])
    func empty(text: String) throws {
        #expect(try ScenarioFile.scenarios(in: text, file: "x.yaml").isEmpty)
    }

    @Test(
        "a mistake is named with the file, the document and what is wrong",
        arguments: [
            ("title: no name", "name"),
            ("name: x", "title"),
            ("name: X\ntitle: t", "lower-case"),
            ("name: a b\ntitle: t", "lower-case"),
            ("name: x\ntitle: t\nprobes: []", "unknown key 'probes'"),
            ("name: x\ntitle: t\nsetup: {moon: {nft: ''}}", "no node 'moon'"),
            ("name: x\ntitle: t\nservices: {moon: []}", "no node 'moon'"),
            ("name: x\ntitle: t\ntopology: round", "no network 'round': there are standard, wide"),
            ("name: x\ntitle: t\nsetup: {r2b: {nft: ''}}", "no node 'r2b'"),
            ("name: x\ntitle: t\nsetup: {client: {iptables: ''}}", "unknown key 'iptables'"),
            ("name: x\ntitle: t\nservices: {server: ['tcp/0 accept']}", "'tcp/0 accept' is not a service"),
            ("name: x\ntitle: t\nprobe: [{target: 'a:1'}]", "truth"),
            ("name: x\ntitle: t\nprobe: [{truth: {why: w}}]", "target"),
            ("name: x\ntitle: t\nprobe: [{target: 'a:1', truth: {why: w}, expect: {verdikt: open}}]", "'verdikt'"),
            ("name: x\ntitle: t\nprobe: [{target: 'a:1', truth: {why: w}, expect: {after_hop: far}}]", "after_hop"),
            ("name: x\ntitle: t\nprobe: [{target: 'a:1', truth: {why: w}, expect: {zones: path}}]", "zones"),
            ("just text", "document 2"),
            ("name: [unclosed", "document 2"),
            ("- a\n- b", "document 2"),
        ])
    func mistakes(document: String, mention: String) {
        let error = #expect(throws: LabError.self) {
            try ScenarioFile.scenarios(in: "name: fine\ntitle: t\n---\n" + document, file: "mine.yaml")
        }
        #expect(error?.exitStatus == 66)
        #expect(error?.message.hasPrefix("mine.yaml, document 2: ") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(mention) == true, "\(error?.message ?? "")")
    }

    @Test("no prefix of a file traps")
    func prefixes() {
        for length in 0...Self.whole.count {
            _ = try? ScenarioFile.scenarios(in: String(Self.whole.prefix(length)), file: "x.yaml")
        }
    }
}
