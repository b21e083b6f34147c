import Conversations
import FilterRules
import PacketWire

/// What the rules of this machine's own packet filter say about a stall, and which of them may be named.
extension Observations {
    /// Whether the packet filter has a say: the packet was not seen to leave, or its answer was seen and not taken.
    /// For everything else its rules need not be read, and claim nothing.
    public var asksForLocalRules: Bool {
        if ignoresAnswer || isAnswerFiltered { return true }
        switch symptom {
        case .silence: return (!leftThisMachine || !hasWire) && !isNextHopUnresolved
        case .refused(let refusal):
            // One in the target's name may be turned back from where a rule leads the packets.
            return refusal.sender != target && isOwn(refusal.sender)
                || hasWire && sentOnWire == 0 && !isLocalTarget
        case .reset: return !hasWire || sentOnWire == 0
        case .localError(let error, _): return error.isNamed("EPERM", "EACCES")
        case .unresolved, .circling, .answered, .broken: return false
        }
    }

    /// A rule here dropped the answer, says the kernel. On a bridge it does so before the tap at the bridge's own device.
    private var isAnswerFiltered: Bool { decisiveDrop.map { !$0.isOutgoing && $0.kind == .packetFilter } ?? false }

    /// The connection stands, and a rule here dropped something of it.
    public var dropsWordsByRule: Bool {
        primary?.drops.contains { $0.kind == .packetFilter && $0.isOfThePacket && !$0.isICMP } ?? false
    }

    /// An answer was seen to come in, and the socket still waits for one.
    var ignoresAnswer: Bool {
        guard transport == .udp else { return primary?.isAnswerIgnored(handshake) == true }
        return primary?.ignoresAnswer == true
    }

    /// The rule that stops the packets of one direction: one whose counter rose with them, or that they certainly meet.
    func localRule(isOutgoing: Bool) -> LocalRule? {
        facts.kernel.rules.first { $0.isOutgoing == isOutgoing && $0.ground != .possible }
    }

    /// Rules that stop them if something that the packet does not tell holds.
    func possibleRules(isOutgoing: Bool) -> [LocalRule] {
        facts.kernel.rules.filter { $0.isOutgoing == isOutgoing && $0.ground == .possible }
    }

    /// All rules were read, and none of them can stop the packet on its way out.
    var isUntouchedByRules: Bool { facts.kernel.readsRules && !facts.kernel.rules.contains(where: \.isOutgoing) }

    /// The one rule that can have stopped them, though it hangs on more than the packet's own fields (a time, a share, an
    /// owner): the kernel says that a rule dropped or rejected them, and no other rule comes into question.
    func onlyRule(isOutgoing: Bool) -> LocalRule? {
        let possible = facts.kernel.rules.filter { $0.isOutgoing == isOutgoing }
        guard facts.kernel.readsRules, possible.count == 1, possible[0].ground == .possible else { return nil }
        // What this machine refuses in its own name was rejected.
        if case .refused(let refusal) = symptom, isOutgoing, isOwn(refusal.sender), possible[0].deed == "rejects" {
            return possible[0]
        }
        // Nor does a program that holds on to what a rule hands it drop anything.
        let isSwallowed =
            isOutgoing
            ? hasWire && sentOnWire == 0 && outgoingDrops.isEmpty : ignoresAnswer && incomingDrops.isEmpty
        if facts.kernel.watchesDrops, isSwallowed { return possible[0].action.hasPrefix("queue") ? possible[0] : nil }
        guard let drop = decisiveDrop, drop.isOutgoing == isOutgoing, drop.kind == .packetFilter,
            drop.place.map({ ["nft_do_chain", "ipt_do_table", "ip6t_do_table"].contains($0) }) ?? false
        else { return nil }
        return possible[0]
    }

    /// A rule of this machine dropped the packet, and it hangs on more than the packet's own fields, or on its source port:
    /// the next may pass.
    var isDroppedByWhatMayPass: Bool {
        guard let drop = decisiveDrop, drop.kind == .packetFilter, !isLocalTarget else { return false }
        if facts.kernel.rulesHangOnSourcePort { return true }
        return localRule(isOutgoing: drop.isOutgoing) == nil && !possibleRules(isOutgoing: drop.isOutgoing).isEmpty
    }

    /// `: rule with handle 7 of chain output in table inet lab drops it (tcp dport 5432 drop)`; empty where no rule is known.
    func localRulePhrase(isOutgoing: Bool) -> String {
        guard let rule = localRule(isOutgoing: isOutgoing) else {
            return onlyRule(isOutgoing: isOutgoing).map {
                "; only one rule can have done that: \($0.place) (\($0.text.escapedForDisplay))"
            } ?? ""
        }
        return ": \(rule.place) \(rule.deed) it (\(rule.text.escapedForDisplay))"
    }

    /// The same as a sentence behind what the kernel itself says of the drop.
    func localRuleSentence(isOutgoing: Bool) -> String {
        guard let rule = localRule(isOutgoing: isOutgoing) else {
            return onlyRule(isOutgoing: isOutgoing).map {
                " Only one rule can have done that: \($0.place) (\($0.text.escapedForDisplay))."
            } ?? ""
        }
        return
            " \(rule.place.prefix(1).uppercased() + rule.place.dropFirst()) \(rule.deed) it (\(rule.text.escapedForDisplay))."
    }

    /// What to do about the rules: the one that is known, those that may be it, or where to look instead.
    func localRuleAdvice(isOutgoing: Bool) -> String? {
        if let rule = localRule(isOutgoing: isOutgoing) {
            return "Change or go around \(rule.place): \(rule.text.escapedForDisplay)."
        }
        if let rule = onlyRule(isOutgoing: isOutgoing) {
            return "Change or go around \(rule.place): \(rule.text.escapedForDisplay).\(rule.undecidedSentence)"
        }
        let possible = possibleRules(isOutgoing: isOutgoing)
        if !possible.isEmpty {
            let list = possible.prefix(3).map { "\($0.place) (\($0.text.escapedForDisplay))" }
            let matters = possible.prefix(3).map(\.undecidedSentence)
            return "Look first at what cannot be decided from here: \(list.joined(separator: "; "))."
                + (Set(matters).count == 1 ? matters[0] : "")
                + " Which rule a packet ends at, nft monitor trace shows (with meta nftrace set 1 for it)."
        }
        guard facts.kernel.readsRules else { return nil }
        return
            "No rule of the packet filter (nftables, iptables) stops it: look at traffic control (tc), IPsec policies"
            + " (ip xfrm policy), and BPF programs of the control group."
    }

    /// The packet goes the other way, or never met the rules: then they are no evidence.
    var localRuleEvidence: [Evidence] {
        guard asksForLocalRules else { return [] }
        let directions: [Bool] = ignoresAnswer || isAnswerFiltered ? [false] : hasWire ? [true] : [true, false]
        var list: [Evidence] = []
        for rule in facts.kernel.rules where directions.contains(rule.isOutgoing) {
            let packets = rule.isOutgoing ? "our packets" : "the answers"
            let ground: String
            switch rule.ground {
            case .counted(let count): ground = "its counter rose by \(count) with \(packets)"
            case .matched: ground = "\(packets) meet it first of all rules that stop them"
            case .possible: ground = "may stop \(packets): that hangs on more than their own fields"
            }
            list.append(Evidence(.kernel, "\(rule.place): \(rule.text.escapedForDisplay)", detail: ground))
            if list.count == 4 { break }
        }
        return list
    }
}

extension LocalRule {
    var isCounted: Bool { if case .counted = ground { true } else { false } }

    /// `rule with handle 7 of chain output in table inet lab`, `the policy of chain INPUT in table ip filter`.
    var place: String {
        let what = handle.map { "rule with handle \($0)" } ?? (text == "policy drop" ? "the policy" : "a rule")
        return "\(what) of chain \(chain.escapedForDisplay) in table \(family) \(table.escapedForDisplay)"
    }

    /// `drops`, `rejects`.
    var deed: String {
        action.hasPrefix("reject") ? "rejects" : action.hasPrefix("queue") ? "hands to a program" : "drops"
    }
}

extension KernelFacts {
    /// The one rule that comes into question where words behind a handshake were dropped. Rules were asked about a SYN and
    /// its answer: one that looks at what is said may stop those for all that their fields tell, and one that looks at flags
    /// is not among them.
    func candidate(for drop: KernelDrop) -> LocalRule? {
        let candidates = rules.filter { $0.isOutgoing == drop.isOutgoing }
        guard readsRules, drop.kind == .packetFilter, candidates.count == 1 else { return nil }
        return candidates[0]
    }
}
