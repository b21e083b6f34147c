import PacketWire

/// A datagram fails with "not permitted" instead of being sent: this machine's packet filter (EPERM from netfilter's
/// OUTPUT hook), or a program of the control group.
enum LocalPermission: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .udp, case .localError(let error, _) = observations.symptom,
            error.isNamed("EPERM", "EACCES")
        else { return nil }
        let kind = observations.facts.route?.kind
        guard kind == nil || kind == .unicast || kind == .local else { return nil }
        let drop = observations.decisiveDrop
        guard drop == nil || drop?.kind == .packetFilter || drop?.kind == .unspecified else { return nil }
        let filtered = error.isNamed("EPERM")
        let rule = observations.localRulePhrase(isOutgoing: true)
        return Finding(
            "a local policy forbids it", .blocked, stage: .handshake,
            mechanism: filtered ? .silentDrop : .permission, zones: [.localEgress], confidence: .proved,
            summary: filtered
                ? "This machine's own packet filter drops the datagram on its way out\(rule): the send fails with \(error)"
                    + (drop.map { " (\($0.phrase))." } ?? ".")
                : "A policy of this machine forbids the datagram before it leaves: \(error).",
            advice: [
                filtered
                    ? observations.localRuleAdvice(isOutgoing: true)
                        ?? "Look at the OUTPUT rules of this machine (nft list ruleset, iptables -S OUTPUT), and at cgroup policies."
                    : "Look at the sandbox this runs in: systemd IPAddressDeny, container policy, SELinux, Landlock;"
                        + " an IPsec policy that blocks (ip xfrm policy);"
                        + " run the same command outside it to compare."
            ])
    }
}
