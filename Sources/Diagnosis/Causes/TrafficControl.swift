import PacketWire

/// A queue or a classifier of this machine's traffic control drops it (net/sched): a limit, a policer, or a filter.
enum TrafficControl: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let drop = observations.decisiveDrop, drop.kind == .trafficControl else { return nil }
        let device = drop.interface ?? observations.facts.route?.interface ?? "INTERFACE"
        return Finding(
            "traffic control drops it", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [drop.isOutgoing ? .localEgress : .localIngress], confidence: .proved,
            summary: observations.sentence(about: drop) + " Traffic control on \(device) does it, not a packet filter.",
            advice: [
                "Look at the queues, filters and policers of \(device): tc -s qdisc show dev \(device),"
                    + " tc -s filter show dev \(device) \(drop.isOutgoing ? "egress" : "ingress")."
            ])
    }
}
