import PacketWire

/// An ICMP error bears the target's address and comes from somewhere nearer.
enum ForgedICMP: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.hostRefusal else { return nil }
        if observations.isTranslatedHere {
            let isClosed = refusal.error.meaning == .portUnreachable
            return observations.ledElsewhere(
                isClosed ? .closed : .blocked, isClosed ? .noListener : .icmpReject,
                "\(refusal.error.phrase) comes from there")
        }
        let bounds = observations.refusalBounds
        switch observations.provenance(of: refusal.timeToLive) {
        case .sameAsHost: return nil
        case .nearer where observations.isTranslatorsNeighborFailure:
            return lookAlike(
                refusal, "filters can be told to answer \(refusal.error.name)", "probe again: a filter answers at once")
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
            return lookAlike(
                refusal, "no other answer of the host shows which TTL its own packets have",
                "find a port of the host that answers, and compare the TTLs")
        }
    }

    private static func lookAlike(_ refusal: Answer.Refusal, _ why: String, _ experiment: String) -> Finding {
        Finding(
            "something on the way rejects it in the host's name", .blocked, stage: .handshake,
            mechanism: .icmpReject, zones: [.path], confidence: .weak, actor: refusal.sender, summary: "",
            whyNotExcluded: why, experiment: experiment, isOnlyLookAlike: true)
    }
}
