import PacketWire

/// The kernel gave up on a next hop, and not on the one that the route names when it is asked: of several ways the
/// connection's own addresses and ports choose one (net/ipv4/route.c, fib_select_path).
enum OtherNextHopSilent: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let failure = observations.ownNeighborFailure else { return nil }
        let passing = observations.trials.answered.count
        let isKnown = observations.outgoingDrops.contains { $0.kind == .neighbor }
        let route = observations.facts.route
        let other =
            route?.gateway.map {
                " The route's own, \($0), is known: it is another of several, or has come back since."
            } ?? ""
        return Finding(
            "a next hop of several does not answer", passing > 0 ? .degraded : .unreachable, stage: .neighbor,
            mechanism: .noNeighbor, zones: [.path, .localEgress], confidence: .likely,
            summary:
                "A next hop did not answer: the kernel gave up on it and refused in its own name, \(failure.error.phrase)"
                + "\(isKnown ? "" : ", after the seconds that a failed address resolution takes").\(other)"
                + (passing > 0 ? " Other source ports get through: one of several routes here leads nowhere." : ""),
            advice: [
                "Look at the routes with several next hops (ip route show, nexthop), and at which of these is silent (ip neigh show nud failed)."
            ],
            whyNotExcluded:
                "the kernel refuses in its own name when a neighbour has failed, and with several ways it may be"
                + " another than the one that was asked about",
            experiment: "look at the neighbours that have failed (ip neigh show nud failed)")
    }
}

extension Observations {
    /// This machine refused in its own name because a neighbour has failed, though the one that its route names has not:
    /// its kernel dropped the packet for that, or, where nobody watches drops, it took the time of three questions.
    var ownNeighborFailure: Answer.Refusal? {
        guard case .refused(let refusal) = symptom, isOwn(refusal.sender), refusal.sender != target,
            refusal.error.refusalMeaning == .hostUnreachable, !facts.isOffline, !isNextHopUnresolved
        else { return nil }
        if outgoingDrops.contains(where: { $0.kind == .neighbor }) { return refusal }
        guard !facts.kernel.watchesDrops, let delay = delay(of: refusal),
            delay >= HostAbsent.neighborFailureNanoseconds
        else { return nil }
        return refusal
    }
}
