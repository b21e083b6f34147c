import PacketWire
import Testing

@testable import FilterRules

/// What rising counters add to a walk, and what walks without an end do.
struct RuleCounterTests {
    private static let flow = LocalFlow(
        local: Endpoint(IPAddress("198.51.100.2")!, 40_000), remote: Endpoint(IPAddress("203.0.113.10")!, 5_432),
        transport: .tcp, interface: "eth0")

    /// An output chain with these rules; handles count from 1.
    private static func ruleset(_ rules: [[Statement]], packets: [UInt64?] = [], policyDrops: Bool = false) -> Ruleset {
        let key = Ruleset.ChainKey(family: "inet", table: "t", chain: "output")
        var chain = Ruleset.Chain(
            key: key, base: .init(hook: "output", priority: 0, type: "filter", policyDrops: policyDrops))
        for (index, statements) in rules.enumerated() {
            chain.rules.append(
                Ruleset.Rule(
                    handle: UInt64(index + 1), statements: statements, text: "rule \(index + 1)",
                    packets: packets.indices.contains(index) ? packets[index] : nil))
        }
        var ruleset = Ruleset()
        ruleset.chains[key] = chain
        return ruleset
    }

    private static let certain: [[Statement]] = [[.verdict(.drop)]]
    private static let doubtful: [[Statement]] = [[.undecidable("limit"), .verdict(.drop)]]

    @Test(
        "A counter speaks only where its rise fits",
        arguments: [
            (certain, UInt64(3), 3, LocalRule.Ground.counted(packets: 3)), (certain, 90, 3, .counted(packets: 90)),
            // It did not rise with our packets: then the walk is wrong.
            (certain, 0, 3, .possible), (certain, 2, 3, .possible), (certain, 5, 0, .matched),
            (doubtful, 3, 3, .counted(packets: 3)), (doubtful, 90, 3, .possible), (doubtful, 0, 3, .possible),
        ])
    func counters(rules: [[Statement]], rise: UInt64, packets: Int, expected: LocalRule.Ground) {
        let before = Self.ruleset(rules, packets: [10])
        let after = Self.ruleset(rules, packets: [10 + rise])
        #expect(after.rulesStopping(Self.flow, since: before, packets: packets).map(\.ground) == [expected])
    }

    @Test("A counter that went back, or belongs to another rule, says nothing")
    func replaced() {
        let after = Self.ruleset(Self.certain, packets: [10])
        for before in [
            Self.ruleset(Self.certain, packets: [11]), Self.ruleset(Self.doubtful, packets: [1]), Self.ruleset([]),
        ] {
            #expect(after.rulesStopping(Self.flow, since: before, packets: 3).map(\.ground) == [.matched])
        }
    }

    @Test("The counted rule stands before those that are only possible")
    func order() {
        let rules: [[Statement]] = [
            [.undecidable("mark"), .verdict(.drop)], [.undecidable("owner"), .verdict(.drop)],
        ]
        let found = Self.ruleset(rules, packets: [5, 8]).rulesStopping(
            Self.flow, since: Self.ruleset(rules, packets: [5, 5]), packets: 3)
        #expect(found.map(\.handle) == [2, 1])
    }

    @Test("What comes after a doubtful way out is doubtful, and a doubtful call without effect changes nothing")
    func doubt() {
        func grounds(_ first: [Statement]) -> [LocalRule.Ground] {
            Self.ruleset([first, [.verdict(.drop)]]).rulesStopping(Self.flow).map(\.ground)
        }
        #expect(grounds([.undecidable("mark"), .verdict(.accept)]) == [.possible])
        #expect(grounds([.undecidable("mark"), .verdict(.returns)]) == [.possible])
        #expect(grounds([.undecidable("mark"), .verdict(.continues)]) == [.matched])
        #expect(grounds([.undecidable("mark"), .passive]) == [.matched])
        #expect(grounds([.verdict(.queue)]) == [.possible])
        #expect(grounds([.translation]) == [])
        #expect(grounds([.undecidable("mark"), .verdict(.jump("nowhere"))]) == [.possible])
    }

    /// What a nat chain at that hook writes over.
    private func translations(_ hook: String, _ statements: [Statement]) -> [Bool] {
        let found = Self.translating(hook, statements).translators(of: Self.flow)
        return [found.source != nil, found.destination != nil]
    }

    private static func translating(_ hook: String, _ statements: [Statement]) -> Ruleset {
        let key = Ruleset.ChainKey(family: "inet", table: "t", chain: "nat")
        var chain = Ruleset.Chain(key: key, base: .init(hook: hook, priority: 0, type: "nat", policyDrops: false))
        chain.rules = [Ruleset.Rule(handle: 1, statements: statements, text: "nat", packets: nil)]
        var ruleset = Ruleset()
        ruleset.chains[key] = chain
        return ruleset
    }

    @Test("The rule that writes over the source is named, and whether it certainly does")
    func translator() {
        let found = Self.translating("postrouting", [.translation]).translators(of: Self.flow).source
        #expect(found?.handle == 1 && found?.chain == "nat" && found?.text == "nat" && found?.ground == .matched)
        let perhaps = Self.translating("postrouting", [.undecidable("mark"), .translation])
        #expect(perhaps.translators(of: Self.flow).source?.ground == .possible)
        let output = Self.translating("output", [.translation])
        #expect(output.translators(of: Self.flow).source == nil)
        #expect(output.translators(of: Self.flow).destination?.hook == "output")
        #expect(Self.translating("postrouting", [.translation]).translators(of: Self.flow).destination == nil)
        #expect(Self.translating("postrouting", [.passive]).translators(of: Self.flow).source == nil)
    }

    @Test("What nat writes over a packet on its way out: its source last, its destination first")
    func translated() {
        #expect(translations("postrouting", [.translation]) == [true, false])
        #expect(translations("output", [.translation]) == [false, true])
        #expect(translations("output", [.undecidable("mark"), .translation]) == [false, true], "or may")
        #expect(translations("prerouting", [.translation]) == [false, false], "of others' packets")
        #expect(translations("output", [.verdict(.accept), .translation]) == [false, false])
        #expect(translations("output", [.passive]) == [false, false])
    }

    @Test("Chains that call each other without end are left undecided, soon")
    func loops() {
        var ruleset = Self.ruleset(Array(repeating: [.verdict(.jump("output"))], count: 40), policyDrops: true)
        #expect(ruleset.rulesStopping(Self.flow).allSatisfy { $0.ground == .possible })
        ruleset = Self.ruleset(Array(repeating: [.undecidable("x"), .verdict(.drop)], count: 500))
        #expect(ruleset.rulesStopping(Self.flow).count == 64)
    }

    @Test(
        "Lines of iptables-save",
        arguments: [
            ("-p tcp -m tcp --dport 5432 -j DROP", LocalRule.Ground.matched as LocalRule.Ground?),
            ("-p 6 -m tcp --dport 5000:6000 -j DROP", .matched), ("-p tcp -m tcp ! --dport 443 -j REJECT", .matched),
            ("-p udp -m udp --dport 5432 -j DROP", nil), ("-p tcp -m tcp --sport :1023 -j DROP", nil),
            ("-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP", .matched), ("-p tcp --syn -j DROP", .matched),
            ("-p tcp -m tcp --tcp-flags ALL NONE -j DROP", .possible), ("-d 203.0.113.0/24 -j DROP", .matched),
            ("-d 203.0.113.10/255.255.255.255 -j DROP", .possible), ("! -d 203.0.113.10/32 -j DROP", nil),
            ("-o eth+ -j DROP", .matched), ("! -o lo -j DROP", .matched), ("-f -j DROP", nil),
            ("! -f -j DROP", .matched),
            ("-m conntrack --ctstate NEW -j DROP", .matched), ("-m state --state RELATED,ESTABLISHED -j DROP", nil),
            ("-m comment --comment \"a \\\" -j b\" -j DROP", .matched), ("-m owner --uid-owner 0 -j DROP", .possible),
            ("-m set --match-set bad dst -j DROP", .possible), ("-m mark ! --mark 0x1 -j DROP", .possible),
            ("-m addrtype --dst-type LOCAL -j DROP", nil), ("-m multiport --dports 22,5000:6000 -j DROP", .matched),
            ("-m iprange --src-range 198.51.100.1-198.51.100.9 -j DROP", .matched), ("-j LOG --log-prefix \"x \"", nil),
            ("-j TARPIT", .possible), ("-j ACCEPT", nil), ("-g", nil), ("-m", nil), ("-d", nil), ("--tcp-flags", nil),
            ("!", nil),
        ])
    func iptables(rule: String, expected: LocalRule.Ground?) throws {
        let text = "*filter\n:OUTPUT ACCEPT [0:0]\n[0:0] -A OUTPUT \(rule)\nCOMMIT\n"
        let ruleset = try #require(RulesetText(legacyIptables: text).ruleset())
        #expect(ruleset.rulesStopping(Self.flow).first?.ground == expected)
    }

    @Test(
        "Text that is no ruleset gives none",
        arguments: ["", "*", ":", "-A", "[", "*filter\n-A OUTPUT -j DROP\n", "COMMIT", "*x\n:y\n[::] z"])
    func hostile(text: String) {
        #expect(RulesetText(nftablesListing: text, iptables: text, legacyIptables: text).ruleset() == nil)
        // A listing without a rule is one, too.
        let empty = RulesetText(nftablesJSON: Array(#"{"nftables": [{"metainfo": {"version": "1.0.6"}}]}"#.utf8))
        #expect(empty.ruleset()?.chains.isEmpty == true)
    }
}

/// Whether another source port would pass.
struct SourcePortRuleTests {
    private static func flow(_ port: UInt16) -> LocalFlow {
        LocalFlow(
            local: Endpoint(IPAddress("198.51.100.2")!, port), remote: Endpoint(IPAddress("203.0.113.10")!, 5_432),
            transport: .tcp, interface: "eth0")
    }

    private static func ruleset(_ match: String) throws -> Ruleset {
        let json = """
            {"nftables": [
              {"table": {"family": "inet", "name": "t", "handle": 1}},
              {"chain": {"family": "inet", "table": "t", "name": "out", "handle": 1, "type": "filter",
                         "hook": "output", "prio": 0, "policy": "accept"}},
              {"rule": {"family": "inet", "table": "t", "chain": "out", "handle": 2,
                        "expr": [{"match": \(match)}, {"drop": null}]}}]}
            """
        return try #require(RulesetText(nftablesJSON: Array(json.utf8)).ruleset())
    }

    @Test(
        "A rule on the source port spares others, and one on the destination none",
        arguments: [
            (#"{"op": "==", "left": {"payload": {"protocol": "tcp", "field": "sport"}}, "right": 40002}"#, true),
            (
                #"{"op": "==", "left": {"payload": {"protocol": "tcp", "field": "sport"}}, "right": {"range": [1024, 65535]}}"#,
                true
            ),
            (#"{"op": "!=", "left": {"payload": {"protocol": "tcp", "field": "sport"}}, "right": 22}"#, false),
            (#"{"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 5432}"#, false),
            (#"{"op": "==", "left": {"payload": {"protocol": "tcp", "field": "sport"}}, "right": 40004}"#, false),
        ])
    func hangsOnSourcePort(match: String, hangs: Bool) throws {
        #expect(try Self.ruleset(match).hangsOnSourcePort(Self.flow(40_002)) == hangs)
    }
}
