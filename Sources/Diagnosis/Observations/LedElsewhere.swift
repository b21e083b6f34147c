import FilterRules
import PacketWire

/// Something of this machine leads the connection to another destination: how it ends is that one's doing, or this
/// machine's.
extension Observations {
    /// No packet to the target passed the tap, and something comes back all the same: this machine leads them elsewhere, and
    /// turns what comes back for the other destination to bear the target's address, an ICMP error as well
    /// (net/netfilter/nf_nat_core.c, nf_nat_icmp_reply_translation).
    var isTranslatedHere: Bool {
        hasWire && sentOnWire == 0 && !isLocalTarget
            && (facts.kernel.translatesDestination
                || !facts.isOffline && !facts.capturedWithLoss && !facts.kernel.readsRules)
    }

    /// Where to, and over which way, is not known.
    private static let zonesOfElsewhere: [Zone] = [.localEgress, .path, .returnPath, .destination]
    private var natAdvice: String {
        guard let rule = facts.kernel.destinationTranslator else {
            return
                "Look at the nat rules of this machine (nft list ruleset, iptables -t nat -S OUTPUT), and probe what they lead to."
        }
        return "Change or go around \(translatorPhrase(rule)), and probe what it leads to."
    }

    /// `rule with handle 2 of chain o in table ip nat (tcp dport 80 redirect to :8888)`
    func translatorPhrase(_ rule: LocalRule) -> String {
        "\(rule.place) (\(rule.text.escapedForDisplay))\(rule.ground == .matched ? "" : ", if it is that one")"
    }

    /// Where what is led elsewhere may be lost now and then; nil where nothing is. Rules that lead to several (a service of
    /// Kubernetes, a balancer's) lead some to a member that is down.
    var zonesLedTo: [Zone]? { isTranslatedHere ? Self.zonesOfElsewhere : nil }

    /// ` No SYN to 192.0.2.1:80/tcp left: …`; empty where nothing is led elsewhere.
    var ledSentence: String {
        isTranslatedHere
            ? " No \(packetName) to \(name) left: a nat rule of this machine leads it elsewhere, or may, and to several of whom"
                + " one does not answer." : ""
    }

    var ledAdvice: String? { isTranslatedHere ? natAdvice : nil }

    /// - Parameters:
    ///   - end: `a reset comes from there`.
    ///   - byRule: a nat rule is there that does, or may. Otherwise it is a program that changes what connect() asks for,
    ///     before there is a packet: BPF_CGROUP_INET4_CONNECT, as service meshes and container networks use it.
    func ledElsewhere(_ verdict: Verdict, _ mechanism: Mechanism, _ end: String, byRule: Bool = true) -> Finding {
        Finding(
            byRule ? "a rule of this machine leads it elsewhere" : "a program of this machine leads it elsewhere",
            verdict, stage: .handshake, mechanism: mechanism,
            // Where to, and over which way, the packets of that other flow would tell.
            zones: Self.zonesOfElsewhere, confidence: .likely,
            summary: byRule
                ? "A nat rule of this machine writes another destination over the \(packetName), or may: no \(packetName) to"
                    + " \(name) left, so that it is another that was asked, and \(end)."
                : "No \(packetName) to \(name) left, and no rule of this machine stopped one: something here leads the"
                    + " connection to another destination before it has a packet, and \(end).",
            advice: [
                byRule
                    ? natAdvice
                    : "Look for a service mesh, a container network or a sandbox on this machine: BPF programs of its control"
                        + " groups (bpftool cgroup tree), and run the same command outside it to compare."
            ],
            whyNotExcluded: "which packets left under the other address is not known",
            experiment: byRule
                ? "take the rule out, or probe its destination itself" : "run it outside the control group")
    }
}
