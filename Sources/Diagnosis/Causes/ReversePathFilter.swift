import PacketWire

/// The answer comes in by another interface than the way back to its sender leads to, and the reverse-path filter
/// takes it for forged: RFC 3704 section 2.2; net/ipv4/fib_frontend.c, fib_validate_source.
enum ReversePathFilter: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let drop = observations.decisiveDrop, !drop.isOutgoing, drop.kind == .reversePath else { return nil }
        let arrival = drop.interface ?? "another interface"
        let route = observations.facts.route?.interface
        return Finding(
            "the reverse-path filter drops the answer", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localIngress], confidence: .proved,
            summary: observations.sentence(about: drop) + " It comes in by \(arrival)"
                + (route.map {
                    ", and the route to \(observations.target.map(\.description) ?? "its sender") leads through \($0)"
                } ?? "")
                + ": the reverse-path filter takes it for forged.",
            advice: [
                "Find out why the answer comes in by \(arrival): two ways between the same hosts, or a route that is missing"
                    + " here (ip route get, ip rule) or at the far end.",
                "If both ways are meant, loose mode lets the answers in: sysctl net.ipv4.conf.\(drop.interface ?? "all").rp_filter=2"
                    + " (the larger of that and net.ipv4.conf.all.rp_filter counts).",
            ])
    }
}
