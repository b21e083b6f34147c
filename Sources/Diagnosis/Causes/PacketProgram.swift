import PacketWire

/// A BPF program of this machine drops it: of the control group (systemd's IPAddressDeny, a container's policy), of
/// a socket, or of the interface (XDP).
enum PacketProgram: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let drop = observations.decisiveDrop, drop.kind == .program else { return nil }
        return Finding(
            "a BPF program drops it", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [drop.isOutgoing ? .localEgress : .localIngress], confidence: .proved,
            summary: observations.sentence(about: drop) + " A BPF program does it, not a packet filter's rule.",
            advice: [
                drop.reason == "XDP"
                    ? "Look at the program on \(drop.interface ?? "the interface") (ip -details link show, bpftool net)."
                    : "Run the same command outside this service or container to compare; its control group's programs are"
                        + " listed by bpftool cgroup tree, and systemd attaches some for IPAddressDeny=."
            ])
    }
}
