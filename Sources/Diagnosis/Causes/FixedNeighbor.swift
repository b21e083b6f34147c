import PacketWire

/// The next hop's link address is never asked for, because it was entered here by hand or because the interface asks nobody
/// at all: if it is the wrong one, everything goes to nobody, and nothing tells.
enum FixedNeighbor: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.isLostOutside,
            let neighbor = observations.facts.neighbor,
            // Whatever came back over it shows that it is right.
            observations.path.lastAnswering == nil, !observations.path.hasControl,
            !observations.controls.contains(where: \.isPassing)
        else { return nil }
        switch neighbor.state {
        case .permanent: return byHand(neighbor)
        // Devices without link addresses, as tunnels are, have nothing to ask for.
        case .noARP where neighbor.linkAddress != nil: return unasked(neighbor)
        default: return nil
        }
    }

    private static func byHand(_ neighbor: NeighborFact) -> Finding {
        let address = neighbor.linkAddress.map(\.description) ?? "an address of its own"
        return Finding(
            "a permanent entry has the wrong link address", .blocked, stage: .neighbor, mechanism: .silentDrop,
            zones: [.localEgress], confidence: .weak,
            summary: "Nothing comes back from anywhere, and \(neighbor.address) has \(address) by a permanent entry of"
                + " this machine, which nobody checks: if that is not its link address any more, all packets go to nobody.",
            advice: [
                "Compare the entry (ip neigh show \(neighbor.address)) with what \(neighbor.address) answers itself: delete"
                    + " it (ip neigh del) and probe again."
            ],
            whyNotExcluded: "nothing that was sent there was ever answered",
            experiment: "delete the permanent entry and probe again")
    }

    /// The kernel then fills in an address of its own (net/ipv4/arp.c, arp_constructor; net/ipv6/ndisc.c).
    private static func unasked(_ neighbor: NeighborFact) -> Finding {
        let name = neighbor.interface.map { $0.escapedForDisplay } ?? "the interface"
        return Finding(
            "the interface asks nobody for link addresses", .blocked, stage: .neighbor, mechanism: .silentDrop,
            zones: [.localEgress], confidence: .weak,
            summary:
                "Nothing comes back from anywhere, and \(name) asks nobody for link addresses (NOARP): what is meant"
                + " for \(neighbor.address) bears an address that this machine made up, and others do not take it.",
            advice: [
                "Switch address resolution on, unless the other end really takes everything (ip link set \(name) arp on)."
            ],
            whyNotExcluded: "nothing that was sent there was ever answered",
            experiment: "switch address resolution on and probe again")
    }
}
