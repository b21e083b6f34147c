import PacketWire

/// The next hop's link address was entered here by hand and is never asked for: if it is the wrong one, everything goes
/// to nobody, and nothing tells.
enum FixedNeighbor: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.isLostOutside,
            let neighbor = observations.facts.neighbor, neighbor.state == .permanent,
            // Whatever came back over it shows that it is right.
            observations.path.lastAnswering == nil, !observations.path.hasControl,
            !observations.controls.contains(where: \.isPassing)
        else { return nil }
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
}
