import PacketWire

/// An ICMP error bears the target's address and comes from somewhere nearer.
enum ForgedICMP: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.hostRefusal else { return nil }
        let bounds = observations.refusalBounds
        switch observations.provenance(of: refusal.timeToLive) {
        case .sameAsHost: return nil
        case .nearer(let hop):
            return Finding(
                "something on the way rejects it in the host's name", .blocked, stage: .handshake,
                mechanism: .icmpReject, zones: [.path],
                confidence: observations.knowsHostDistance ? .strong : .likely, afterHop: bounds.after,
                beforeHop: bounds.before, actor: observations.path.hop(at: hop)?.address ?? refusal.sender,
                summary:
                    "\(refusal.error.phrase) bears the address of \(refusal.sender) and comes from nearer, about hop \(hop):"
                    + " a filter answers in the host's name.",
                advice: [
                    "Ask whoever runs \(observations.path.hop(at: hop)?.address?.description ?? "the router at hop \(hop)")"
                        + " for the rule that rejects \(observations.name)."
                ])
        case .farther, .unknown:
            return Finding(
                "something on the way rejects it in the host's name", .blocked, stage: .handshake,
                mechanism: .icmpReject, zones: [.path], confidence: .weak, actor: refusal.sender, summary: "",
                whyNotExcluded: "no other answer of the host shows which TTL its own packets have",
                experiment: "find a port of the host that answers, and compare the TTLs", isOnlyLookAlike: true)
        }
    }
}
