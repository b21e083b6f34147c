import Conversations
import FilterRules
import PacketWire

/// The kernel says that it sent the SYN and the tap never saw it: it was dropped inside this machine.
/// The tap sits behind every local filter on the way out (net/core/dev.c, dev_queue_xmit_nit).
enum LocalEgressDrop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.primary?.socket != nil,
            !observations.leftThisMachine, !observations.isNextHopUnresolved
        else { return nil }
        if observations.isDroppedOnTheWayOut {
            return observations.decisiveDrop.flatMap { dropped($0, observations) }
        }
        let rule = observations.localRule(isOutgoing: true)
        if observations.hasWire, observations.facts.kernel.translatesDestination, rule?.isCounted != true {
            return observations.ledElsewhere(.blocked, .silentDrop, "nothing comes from there")
        }
        // What is dropped here the kernel says, and no rule holds it either: it never was a packet to the target.
        if observations.hasWire, observations.facts.kernel.watchesDrops, observations.isUntouchedByRules {
            return observations.ledElsewhere(.blocked, .silentDrop, "nothing comes from there", byRule: false)
        }
        guard observations.hasWire || rule != nil else { return unseen(observations) }
        let controlSeen = observations.controls.contains { $0.packets.contains(where: \.fromInitiator) }
        return Finding(
            "a local rule drops it on the way out", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localEgress],
            confidence: rule?.isCounted == true ? .proved : controlSeen || rule != nil ? .strong : .likely,
            summary: "No \(observations.packetName) left this machine although the kernel sent"
                + " \(observations.triesPhrase): something here drops it on the way out"
                + "\(observations.localRulePhrase(isOutgoing: true)).",
            advice: [observations.localRuleAdvice(isOutgoing: true) ?? Self.everywhere],
            whyNotExcluded: "",
            experiment: "capture on every interface while probing again (-i any)")
    }

    private static let everywhere =
        "Look at the OUTPUT and POSTROUTING rules of this machine (nft list ruleset, iptables -S),"
        + " its traffic control, and IPsec policies (ip xfrm policy)."

    /// The kernel names its reason. Those that say more than "a rule" are causes of their own.
    private static func dropped(_ drop: KernelDrop, _ observations: Observations) -> Finding? {
        guard ![.ipsecPolicy, .trafficControl, .program, .neighbor].contains(drop.kind) else { return nil }
        return Finding(
            "a local rule drops it on the way out", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localEgress], confidence: .proved,
            summary: observations.sentence(about: drop) + observations.localRuleSentence(isOutgoing: true),
            advice: [advice(drop.kind, observations)])
    }

    private static func advice(_ kind: DropKind, _ observations: Observations) -> String {
        switch kind {
        case .packetFilter:
            observations.localRuleAdvice(isOutgoing: true)
                ?? "Look at the OUTPUT and POSTROUTING rules of this machine (nft list ruleset, iptables -S)."
        case .securityModule:
            "Look at the log of this machine's security module (SELinux, AppArmor): it refuses the packet."
        default: everywhere
        }
    }

    /// Without a capture, silence from the first step on can be this machine as well as the path.
    private static func unseen(_ observations: Observations) -> Finding {
        Finding(
            "a local rule drops it on the way out", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localEgress], confidence: .weak,
            summary: "Nothing shows that the \(observations.packetName) ever left this machine.",
            advice: ["Look at the OUTPUT rules of this machine, or probe again with a capture."],
            whyNotExcluded: "without a capture nothing shows that the packet left, and no hop answered it",
            experiment: "probe again with permission to capture (stallpoint doctor says how)",
            isOnlyLookAlike: true)
    }
}
