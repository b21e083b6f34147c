import Foundation
import PacketWire
import StallpointTestKit
import Testing

@testable import FilterRules

/// Rulesets as real tools listed them, and where flows end in them. A case is a folder of `fixtures/rulesets`.
struct RecordedRulesetTests {
    static let goldens = Goldens(fixtures: "rulesets")

    @Test("Every flow of every case ends where it did", arguments: (try? goldens.cases()) ?? [])
    func walks(name: String) throws {
        let ruleset = try #require(RecordedRuleset(name).text.ruleset())
        var text = ""
        for flow in try RecordedRuleset(name).flows() {
            text += "\(flow.line)\n"
            let rules = ruleset.rulesStopping(flow.flow)
            for rule in rules { text += "    \(RecordedRuleset.describe(rule))\n" }
            if rules.isEmpty { text += "    passes both ways\n" }
        }
        try Self.goldens.check(text, "\(name)/expected.txt")
    }

    @Test("There are cases")
    func cases() throws { #expect(try Self.goldens.cases().count >= 10) }

    @Test(
        "A ruleset that is cut anywhere is no ruleset, or half a text; nothing traps",
        arguments: ["named-sets", "iptables-nft"])
    func cut(name: String) throws {
        let whole = RecordedRuleset(name).text
        let flow = try #require(RecordedRuleset(name).flows().first).flow
        for length in stride(from: 0, to: whole.nftablesJSON.count - 2, by: 7) {
            var text = whole
            text.nftablesJSON = Array(whole.nftablesJSON.prefix(length))
            text.nftablesListing = String(whole.nftablesListing.prefix(length))
            text.iptables = String(whole.iptables.prefix(length))
            // What is left of iptables-nft completes rules, and there are none to complete.
            #expect(text.ruleset() == nil)
            text.legacyIptables = String(whole.iptables.prefix(length))
            _ = text.ruleset()?.rulesStopping(flow)
        }
    }
}

/// One case.
struct RecordedRuleset {
    let name: String

    init(_ name: String) { self.name = name }

    private func read(_ file: String) -> String {
        let path = RecordedRulesetTests.goldens.folder.appending(path: "\(name)/\(file)")
        return (try? String(contentsOf: path, encoding: .utf8)) ?? ""
    }

    var text: RulesetText {
        RulesetText(
            nftablesJSON: Array(read("ruleset.json").utf8), nftablesListing: read("listing.txt"),
            iptables: read("iptables.txt"), ip6tables: read("ip6tables.txt"),
            legacyIptables: read("legacy-iptables.txt"), legacyIp6tables: read("legacy-ip6tables.txt"))
    }

    /// `tcp 198.51.100.2:40000 203.0.113.10:5432 eth0 [local|bridged]`
    func flows() throws -> [(line: String, flow: LocalFlow)] {
        try read("flows.txt").split(separator: "\n").map { line in
            let words = line.split(separator: " ").map(String.init)
            return (
                String(line),
                LocalFlow(
                    local: try #require(Self.endpoint(words[1])), remote: try #require(Self.endpoint(words[2])),
                    transport: words[0] == "udp" ? .udp : .tcp, interface: words[3],
                    isLocalTarget: words.last == "local", isBridged: words.last == "bridged")
            )
        }
    }

    private static func endpoint(_ text: String) -> Endpoint? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            let address = IPAddress(text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]")))
        else { return nil }
        return Endpoint(address, port)
    }

    static func describe(_ rule: LocalRule) -> String {
        let ground =
            switch rule.ground {
            case .counted(let packets): "counted \(packets)"
            case .matched: "matched"
            case .possible: "possible"
            }
        let place = "\(rule.family) \(rule.table) \(rule.chain)" + (rule.handle.map { " handle \($0)" } ?? "")
        return "\(rule.isOutgoing ? "out" : "in") \(rule.hook): \(ground): \(place): \(rule.action): \(rule.text)"
    }
}
