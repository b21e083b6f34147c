import PacketWire

/// A local policy answers with "not permitted" instead of sending: a packet filter for UDP (EPERM from
/// netfilter's OUTPUT hook), a cgroup program, a sandbox.
enum LocalPermission: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .localError(let error, _) = observations.symptom, error.isNamed("EPERM", "EACCES") else {
            return nil
        }
        let kind = observations.facts.route?.kind
        guard kind == nil || kind == .unicast || kind == .local else { return nil }
        let drop = observations.decisiveDrop
        guard drop == nil || drop?.kind == .packetFilter || drop?.kind == .unspecified else { return nil }
        let filtered = observations.transport == .udp && error.isNamed("EPERM")
        return Finding(
            "a local policy forbids it", .blocked, stage: .handshake,
            mechanism: filtered ? .silentDrop : .permission, zones: [.localEgress], confidence: .proved,
            summary: filtered
                ? "This machine's own packet filter drops the datagram on its way out: the send fails with \(error)"
                    + (drop.map { " (\($0.phrase))." } ?? ".")
                : "A policy of this machine forbids the connection before any packet leaves: \(error).",
            advice: [
                filtered
                    ? "Look at the OUTPUT rules of this machine (nft list ruleset, iptables -S OUTPUT), and at cgroup policies."
                    : "Look at the sandbox this runs in: systemd IPAddressDeny, container policy, SELinux, Landlock;"
                        + " an IPsec policy that blocks (ip xfrm policy);"
                        + " run the same command outside it to compare."
            ])
    }
}
