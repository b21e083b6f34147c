import Conversations
import FilterRules
import PacketWire
import Testing

@testable import Diagnosis

/// What a rule hangs on that a packet's own fields do not tell, and how it is told.
struct UndecidedRuleTests {
    @Test(
        "The words of the tools name the matter; those of a comment name none",
        arguments: [
            ("tcp dport 5432 meta skuid != 12345 drop", [UndecidedMatter.user]),
            ("-A OUTPUT -p tcp -m owner --uid-owner 65534 -j DROP", [.user]),
            ("-A OUTPUT -m owner --gid-owner 5 -j DROP", [.group]),
            ("socket cgroupv2 level 2 \"system.slice/x\" drop", [.controlGroup]),
            ("meta cgroup 0 tcp dport 5432 drop", [.controlGroup]), ("meta mark 0x00000001 drop", [.mark]),
            ("limit rate over 1/second burst 5 packets drop", [.rate]), ("ct count over 2 drop", [.count]),
            ("quota over 100 bytes used 80 bytes drop", [.quota]), ("numgen random mod 100 < 40 drop", [.chance]),
            ("meta hour \"00:00\"-\"23:59\" meta skuid 0 drop", [.user, .time]),
            ("tcp dport 5432 drop comment \"no limit, skuid or mark\"", []), ("tcp dport 5432 drop", []),
        ])
    func matters(_ text: String, _ expected: [UndecidedMatter]) {
        #expect(UndecidedMatter.all(in: text) == expected)
    }

    private func rule(_ text: String, _ ground: LocalRule.Ground = .possible, exceptions: [String] = []) -> LocalRule {
        LocalRule(
            family: "inet", table: "f", chain: "output", handle: text == "policy drop" ? nil : 7, hook: "output",
            action: "drop", text: text, ground: ground, isOutgoing: true, exceptions: exceptions)
    }

    private func advice(_ rules: [LocalRule], dropped: Bool) -> String {
        var made = HandmadeFacts.silent()
        if dropped {
            made.facts.attempts[0].packets = []
            made.facts.attempts[0].drops = (0..<3).map { index in
                KernelDrop(
                    reason: "NETFILTER_DROP", place: "nft_do_chain", isOutgoing: true, flags: .syn,
                    at: Instant.zero + .seconds(Int64(index)))
            }
        }
        made.facts.kernel.readsRules = true
        made.facts.kernel.watchesDrops = true
        made.facts.kernel.rules = rules
        return Observations(made.facts).localRuleAdvice(isOutgoing: true) ?? ""
    }

    @Test("The only rule that can have done it is named as the one to change, with what it hangs on")
    func only() {
        let owner = advice([rule("meta skuid != 12345 drop")], dropped: true)
        #expect(owner.hasPrefix("Change or go around rule with handle 7 of chain output"), "\(owner)")
        #expect(owner.contains("It hangs on which user asks") && owner.contains("sudo -u NAME"))
        let policy = advice([rule("policy drop", exceptions: ["meta skuid 12345 accept"])], dropped: true)
        #expect(policy.contains("the policy of chain output"))
        #expect(policy.contains("What lets others pass before it (meta skuid 12345 accept) hangs on which user"))
        #expect(!advice([rule("policy drop", exceptions: ["ct helper \"x\" accept"])], dropped: true).contains("hangs"))
    }

    @Test("Of several none is claimed, and how to see which it is is said")
    func several() {
        let two = advice([rule("meta skuid 1 drop"), rule("limit rate over 1/second drop")], dropped: true)
        #expect(two.hasPrefix("Look first at what cannot be decided from here: rule with handle 7"), "\(two)")
        #expect(two.contains("nft monitor trace") && !two.contains("hangs on"))
        let alike = advice([rule("meta skuid 1 drop"), rule("meta skuid 2 drop")], dropped: true)
        #expect(alike.contains("which user asks"))
        // What a packet certainly meets hangs on nothing.
        let certain = advice([rule("meta skuid 1 drop", .matched)], dropped: true)
        #expect(!certain.contains("hangs on"))
    }
}
