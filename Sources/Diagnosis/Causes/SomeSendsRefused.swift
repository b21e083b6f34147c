import FilterRules
import PacketWire

/// This machine's packet filter refuses some datagrams and lets the same one out when it is sent again: a rule that drops
/// by chance or by rate (EPERM from netfilter's OUTPUT hook).
enum SomeSendsRefused: Cause {
    static let supersedes: Set<CauseID> = ["Open"]

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .udp, observations.isAnswered,
            let refused = observations.primary?.socket?.refusedSends, refused > 0
        else { return nil }
        let rules = observations.possibleRules(isOutgoing: true)
        let named = rules.count == 1 ? " It may be \(rules[0].place) (\(rules[0].text.escapedForDisplay))." : ""
        return Finding(
            "a local rule drops some of them", .degraded, stage: .handshake, mechanism: .loss, zones: [.localEgress],
            confidence: .strong,
            summary: "The datagram is answered, and this machine's own packet filter refused to send it"
                + " \(refused == 1 ? "once" : "\(refused) times") before it let it out.\(named)",
            advice: [
                "Look for OUTPUT rules of this machine that drop by chance or by rate (nft list ruleset: numgen, limit; iptables -S OUTPUT: statistic, hashlimit)."
            ])
    }
}
