import PacketWire

/// Connection tracking has no room for another connection, so this machine drops its first packet on the way out:
/// net/netfilter/nf_conntrack_core.c, __nf_conntrack_alloc.
enum ConnectionTableFull: Cause {
    static let supersedes: Set<CauseID> = ["LocalEgressDrop", "LocalPermission"]

    static func examine(_ observations: Observations) -> Finding? {
        guard let table = observations.circumstances.connectionTable, table.isFull, !observations.leftThisMachine,
            !observations.isNextHopUnresolved
        else { return nil }
        switch observations.symptom {
        case .silence: break
        // A datagram that netfilter drops fails with EPERM.
        case .localError(let error, _) where observations.transport == .udp && error.isNamed("EPERM"): break
        default: return nil
        }
        // Its own counters say so too, beside the kernel's log: "nf_conntrack: table full, dropping packet".
        let dropped = observations.facts.kernel.counters.first { $0.name == "nf_conntrack.drop" }
        let isCounted = dropped.map { $0.rise >= UInt64(max(1, observations.tries)) } ?? false
        guard isCounted || observations.hasWire else { return nil }
        return Finding(
            "connection tracking is full", .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.localEgress],
            confidence: isCounted ? .proved : .strong,
            summary: "No \(observations.packetName) left this machine: connection tracking holds \(table.count) of"
                + " \(table.most) entries and has no room for another"
                + (isCounted ? ", and its drop counter rose by \(dropped?.rise ?? 0)" : "") + ".",
            advice: [
                "Find out who fills the table (conntrack -S, conntrack -C), raise net.netfilter.nf_conntrack_max, or"
                    + " shorten its timeouts; the kernel's log says \"nf_conntrack: table full\"."
            ],
            whyNotExcluded: "the table is as good as full", experiment: "watch conntrack -C while probing again")
    }
}
