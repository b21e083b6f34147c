import Testing

@testable import FirewallLab

@Suite("Scenarios beside each other")
struct ScenarioBesideTests {
    static let own = """
        name: own
        title: Its own
        setup:
          r1: {nft: "table inet own {}", sysctl: {net.ipv4.icmp_ratelimit: 0, net.ipv4.ip_forward: 1}, run: first}
        services:
          server: ["tcp/5432 accept"]
        options: ["-4"]
        needs: [sh, cat]
        probe:
          - target: "203.0.113.10:5432"
            truth: {zone: path, by: r1, why: "because"}
            expect: {verdict: blocked}
        """

    static let circumstance = """
        name: circumstance
        title: What stands beside it
        setup:
          r1: {nft: "table inet more {}", sysctl: {net.ipv4.icmp_ratelimit: 9}, run: second, ip: ["rule add pref 7"]}
          client: {tc: ["qdisc add dev eth0 root pfifo"]}
        services:
          server: ["tcp/5433 close"]
          firewall: ["udp/7 echo"]
        options: ["--pace", "1"]
        needs: [cat, python3]
        probe:
          - target: "203.0.113.10:1"
            truth: {why: "of no interest"}
        """

    private static func scenario(_ text: String) throws -> Scenario {
        try #require(try ScenarioFile.scenarios(in: text, file: "x.yaml").first)
    }

    @Test("both are set up, the scenario's own first, and only its own targets are asked")
    func both() throws {
        let whole = try Self.scenario(Self.own).beside([Self.scenario(Self.circumstance)])
        let (r1, client) = (try #require(whole.setup["r1"]), try #require(whole.setup["client"]))
        #expect(r1.nft == "table inet own {}\ntable inet more {}")
        #expect(r1.run == "first\nsecond" && r1.ip == ["rule add pref 7"] && r1.tc.isEmpty)
        #expect(r1.sysctl == ["net.ipv4.icmp_ratelimit": "9", "net.ipv4.ip_forward": "1"])
        #expect(client.tc == ["qdisc add dev eth0 root pfifo"] && client.nft.isEmpty && client.run.isEmpty)
        #expect(whole.services["server"]?.map(\.description) == ["tcp/5432 accept", "tcp/5433 close"])
        #expect(whole.services["firewall"]?.map(\.description) == ["udp/7 echo"])
        #expect(whole.options == ["-4", "--pace", "1"] && whole.needs == ["sh", "cat", "python3"])
        #expect(whole.name == "own" && whole.title == "Its own")
        #expect(try whole.probes == Self.scenario(Self.own).probes)
    }

    @Test("its source is enough to make it again, with several beside it as well")
    func source() throws {
        let other = try Self.scenario("name: third\ntitle: t\nsetup: {r1: {run: third}}")
        let whole = try Self.scenario(Self.own).beside([Self.scenario(Self.circumstance), other])
        #expect(try ScenarioFile.scenario(fromSource: whole.source, file: "x.yaml") == whole)
        #expect(whole.setup["r1"]?.run == "first\nsecond\nthird")
        let alone = try Self.scenario(Self.own)
        #expect(try ScenarioFile.scenario(fromSource: alone.source, file: "x.yaml") == alone)
        #expect(try alone.beside([]) == alone)
        #expect(try ScenarioFile.scenario(fromSource: "", file: "x.yaml") == nil)
    }

    @Test("the network is the wider of the two, and a node that it lacks is named")
    func network() throws {
        let wide = try Self.scenario("name: wide\ntitle: t\ntopology: wide\nsetup: {r2b: {run: 'true'}}")
        let own = try Self.scenario(Self.own)
        #expect(try own.beside([wide]).topology == .wide)
        #expect(try wide.beside([own]).topology == .wide)
        var lost = wide
        lost.topology = .standard
        let error = #expect(throws: LabError.self) { try own.beside([lost]) }
        #expect(error?.message.hasPrefix("own with what is beside it: there is no node 'r2b'") == true)
        #expect(error?.exitStatus == 66)
    }
}
