import PacketWire

/// The interface that the route names is switched off, or has no carrier: what is given to it goes nowhere
/// (net/sched/sch_generic.c, dev_deactivate: the queue of such a device drops everything).
enum LinkDown: Cause {
    /// What gets through beside it takes another next hop, by chance as it seems.
    static let supersedes: Set<CauseID> = [
        "LocalFailure", "LocalEgressDrop", "TrafficControl", "RandomLoss", "BrokenMember", "RateLimit", "FirstOfFlow",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard let link = observations.circumstances.link, !link.isUp || !link.hasCarrier, !observations.leftThisMachine
        else { return nil }
        switch observations.symptom {
        case .silence: break
        case .localError(let error, _) where error.isNamed("ENETDOWN", "EHOSTUNREACH", "ENETUNREACH", "ENOBUFS"): break
        case .refused(let refusal) where observations.isOwn(refusal.sender): break
        default: return nil
        }
        let name = link.name.escapedForDisplay
        let state = link.isUp ? "has no carrier" : "is switched off"
        let isOurs = !link.isUp || link.isTunnel
        // A route with several next hops gives a share of the connections to one whose cable is out, unless it is told not to
        // (net.ipv4.conf.*.ignore_routes_with_linkdown).
        let isOneOfSeveral = observations.facts.route?.gateway != nil && observations.hasWayBesides
        return Finding(
            "the interface is down", isOneOfSeveral ? .degraded : .unreachable, stage: .neighbor,
            mechanism: .noNeighbor,
            // A cable has two ends: who pulled it, or switched the other end off, cannot be seen.
            zones: isOurs ? [.localEgress] : [.localEgress, .path],
            confidence: isOurs && !isOneOfSeveral ? .proved : .strong,
            summary: "The route leads through \(name), which \(state)"
                + (link.isTunnel ? ": it belongs to \(link.tunnelPhrase), and nothing takes its packets" : "")
                + ", so no \(observations.packetName) could leave."
                + (isOneOfSeveral
                    ? " Other connections to the same host get through: of several next hops, this one is down." : ""),
            advice: [
                !link.isUp
                    ? "Switch it on (ip link set \(name) up), or find out what switched it off."
                    : link.isTunnel
                        ? "Start the program that serves \(name), or remove the routes that it left behind (ip route)."
                        : "Look at the cable, the switch port or the virtual peer of \(name) (ip link show \(name), ethtool \(name))."
            ]
                + (isOneOfSeveral
                    ? [
                        "Until then: take it out of the route (ip route), or sysctl net.ipv4.conf.all.ignore_routes_with_linkdown=1."
                    ]
                    : []),
            whyNotExcluded: "the interface is down", experiment: "probe through another interface (-i)")
    }
}
