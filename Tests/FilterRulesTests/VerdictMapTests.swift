import PacketWire
import Testing

@testable import FilterRules

/// Rules that look the verdict up (`vmap`), as nft prints them: which rule of an output chain stops the flow, and how
/// sure that is. The flow is that of `RuleExpressionTests`: from 198.51.100.2:40000 to 203.0.113.10:5432 by eth0.
struct VerdictMapTests {
    private static let flow = LocalFlow(
        local: Endpoint(IPAddress("198.51.100.2")!, 40_000), remote: Endpoint(IPAddress("203.0.113.10")!, 5_432),
        transport: .tcp, interface: "eth0")

    /// A ruleset of one output chain with this one rule, and whatever else stands before it.
    private static func ruleset(_ key: String, _ data: String, beside objects: String = "") throws -> Ruleset {
        let json = """
            {"nftables": [\(objects)
              {"chain": {"family": "inet", "table": "t", "name": "out", "handle": 1, "type": "filter",
                         "hook": "output", "prio": 0, "policy": "accept"}},
              {"rule": {"family": "inet", "table": "t", "chain": "out", "handle": 2,
                        "expr": [{"vmap": {"key": \(key), "data": \(data)}}]}}]}
            """
        return try #require(RulesetText(nftablesJSON: Array(json.utf8)).ruleset())
    }

    private static let dport = #"{"payload": {"protocol": "tcp", "field": "dport"}}"#
    private static let mark = #"{"meta": {"key": "mark"}}"#

    @Test(
        "The element that holds the packet's value decides; * is for what no other holds",
        arguments: [
            (dport, #"[[5432, {"drop": null}]]"#, LocalRule.Ground.matched as LocalRule.Ground?),
            (dport, #"[[443, {"drop": null}]]"#, nil),
            (dport, #"[[443, {"accept": null}], ["*", {"drop": null}]]"#, .matched),
            (dport, #"[["*", {"drop": null}], [5432, {"accept": null}]]"#, nil),
            (dport, #"[[{"range": [5000, 6000]}, {"drop": null}], ["*", {"accept": null}]]"#, .matched),
            (dport, #"[[5432, {"jump": {"target": "nowhere"}}]]"#, nil),
            // A mark is not the packet's: it may be any of them.
            (mark, #"[[1, {"drop": null}], ["*", {"accept": null}]]"#, .possible),
            (mark, #"[[1, {"accept": null}], ["*", {"drop": null}]]"#, .possible),
            (mark, #"[["*", {"drop": null}]]"#, .matched),
            // A field that no packet of this kind has is looked up in vain, the fallback's too.
            (#"{"payload": {"protocol": "udp", "field": "dport"}}"#, #"[["*", {"drop": null}]]"#, nil),
            (dport, "[]", nil),
        ])
    func elements(key: String, elements: String, expected: LocalRule.Ground?) throws {
        let found = try Self.ruleset(key, #"{"set": \#(elements)}"#).rulesStopping(Self.flow)
        #expect(found.map(\.ground) == (expected.map { [$0] } ?? []))
        #expect(found.allSatisfy { $0.handle == 2 && $0.chain == "out" })
    }

    @Test("A map with a name is the table's own", arguments: ["t", "other"])
    func named(table: String) throws {
        let map = """
            {"map": {"family": "inet", "table": "\(table)", "name": "verdicts", "type": "inet_service", "map": "verdict",
                     "elem": [[5432, {"drop": null}], [443, {"accept": null}]]}},
            """
        let found = try Self.ruleset(Self.dport, #""@verdicts""#, beside: map).rulesStopping(Self.flow)
        #expect(found.map(\.ground) == (table == "t" ? [.matched] : []))
    }

    @Test("A counter with a name of its own rises with the rule that refers to it", arguments: [UInt64(3), 0])
    func namedCounter(rise: UInt64) throws {
        func ruleset(_ packets: UInt64) throws -> Ruleset {
            let json = """
                {"nftables": [
                  {"counter": {"family": "inet", "table": "t", "name": "dropped", "packets": \(packets), "bytes": 0}},
                  {"chain": {"family": "inet", "table": "t", "name": "out", "handle": 1, "type": "filter",
                             "hook": "output", "prio": 0, "policy": "accept"}},
                  {"rule": {"family": "inet", "table": "t", "chain": "out", "handle": 2,
                            "expr": [{"counter": "dropped"}, {"drop": null}]}}]}
                """
            return try #require(RulesetText(nftablesJSON: Array(json.utf8)).ruleset())
        }
        let found = try ruleset(10 + rise).rulesStopping(Self.flow, since: ruleset(10), packets: 3)
        #expect(found.map(\.ground) == [rise == 3 ? .counted(packets: 3) : .possible])
    }

    @Test("A chain's policy is counted where the tool counts it: iptables does", arguments: [UInt64(3), 0])
    func policy(rise: UInt64) throws {
        func ruleset(_ packets: UInt64) throws -> Ruleset {
            let text = "*filter\n:OUTPUT DROP [\(packets):100]\n[0:0] -A OUTPUT -o lo -j ACCEPT\nCOMMIT\n"
            return try #require(RulesetText(legacyIptables: text).ruleset())
        }
        let found = try ruleset(7 + rise).rulesStopping(Self.flow, since: ruleset(7), packets: 3)
        #expect(found.map(\.ground) == [rise == 3 ? .counted(packets: 3) : .possible])
        #expect(found.first?.text == "policy drop" && found.first?.handle == nil)
    }
}
