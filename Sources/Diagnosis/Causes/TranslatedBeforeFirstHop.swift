import PacketWire

/// The first router already answers under the target's address: somebody writes another destination over the packets and
/// turns the errors about them back, this machine (net/netfilter/nf_nat_core.c, nf_nat_icmp_reply_translation) or that
/// router. Whoever sees the wire knows which.
enum TranslatedBeforeFirstHop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        switch observations.symptom {
        case .silence, .reset, .refused: break
        default: return nil
        }
        guard !observations.hasWire, !observations.facts.isOffline, let target = observations.target,
            let gateway = observations.facts.route?.gateway, gateway != target,
            observations.path.hops.first(where: { $0.ttl == 1 })?.target == .timeExceeded(target)
        else { return nil }
        var finding = observations.ledElsewhere(.blocked, .silentDrop, "")
        finding.zones = [.localEgress]
        finding.whyNotExcluded =
            "the first router answers under the target's address, as where this machine itself writes another destination"
            + " over its packets"
        finding.experiment = "look at the nat rules of this machine (nft list ruleset, iptables -t nat -S OUTPUT)"
        (finding.summary, finding.confidence, finding.isOnlyLookAlike) = ("", .weak, true)
        return finding
    }
}
