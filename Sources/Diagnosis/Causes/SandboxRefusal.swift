import PacketWire

/// The kernel forbids a connection before it makes a packet: a BPF program of the control group, a security module
/// (SELinux, AppArmor, Landlock) or a system call filter. Netfilter never fails a TCP connect: what it drops is retried.
enum SandboxRefusal: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .tcp, case .localError(let error, atOnce: true) = observations.symptom,
            error.isNamed("EPERM", "EACCES")
        else { return nil }
        // A prohibit route says EACCES as well: see `LocalRoute`.
        let kind = observations.facts.route?.kind
        guard kind == nil || kind == .unicast || kind == .local else { return nil }
        let group =
            observations.circumstances.controlGroup.map { " Its control group is \($0.escapedForDisplay)." } ?? ""
        return Finding(
            "a sandbox forbids it", .blocked, stage: .handshake, mechanism: .permission, zones: [.localEgress],
            confidence: .proved,
            summary: "A policy of this machine forbids the connection before any packet leaves: \(error) from connect"
                + " itself, which no packet filter gives.\(group)",
            advice: [
                "Look at the sandbox this runs in: BPF programs of the control group (bpftool cgroup tree; systemd"
                    + " IPAddressDeny, SocketBindDeny), container policy, SELinux, AppArmor, Landlock; run the same command"
                    + " outside it to compare."
            ])
    }
}
