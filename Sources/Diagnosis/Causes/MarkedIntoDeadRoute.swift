import PacketWire

/// A rule of the packet filter marks the packet, and the mark leads it into a route that is dead. The socket's own route,
/// asked for without the mark, is fine; netfilter asks anew behind its output chains (net/ipv4/netfilter.c,
/// ip_route_me_harder) and drops what has no way then, so that it looks like a rule that drops.
enum MarkedIntoDeadRoute: Cause {
    static let supersedes: Set<CauseID> = [
        "LocalEgressDrop", "NextHopSilent", "OtherNextHopSilent", "NeverSent",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        // Who waits long enough for a next hop that nobody is hears of it from the kernel.
        let hasFailed = observations.ownNeighborFailure != nil && observations.sentOnWire == 0
        let isSilent = if case .silence = observations.symptom { true } else { false }
        guard hasFailed || isSilent && !observations.leftThisMachine && !observations.isNextHopUnresolved,
            let dead = observations.facts.kernel.markedRoutes.first(where: { $0.isDead(aNeighborHasFailed: hasFailed) }
            ),
            // A rule that is known to drop it needs no route.
            observations.localRule(isOutgoing: true) == nil
        else { return nil }
        // Without a capture nothing shows that the packet did not leave, unless the kernel dropped it.
        let isKnown = observations.hasWire || observations.isDroppedOnTheWayOut
        let isAlone = observations.facts.kernel.readsRules && observations.possibleRules(isOutgoing: true).isEmpty
        // Who asks from every hop on and hears nothing, while the control is heard, need not have got to the first.
        let isLikely = isKnown || !observations.path.isEmpty && observations.passingControl != nil
        let mark = "0x\(String(dead.mark, radix: 16))"
        let isResolved = dead.route.error != nil
        return Finding(
            "a mark leads it into a dead route", .unreachable, stage: isResolved ? .route : .neighbor,
            mechanism: isResolved ? .noRoute : .noNeighbor, zones: [.localEgress],
            confidence: isKnown && isAlone ? .strong : isLikely ? .likely : .weak,
            summary: (isKnown
                ? "No \(observations.packetName) left this machine, and "
                : "Nothing shows that the \(observations.packetName) ever left this machine, and ")
                + "a routing rule leads what bears mark \(mark) \(dead.deadEnd): a rule of the packet filter may mark it.",
            advice: [
                "Look at the rules for mark \(mark) (\(observations.ruleCommand)) and their table, and for what puts the mark"
                    + " on packets (nft list ruleset, iptables -t mangle -S OUTPUT)."
            ],
            whyNotExcluded: "a route for marked packets is dead, and marks are given after the socket has its route",
            experiment: "take the routing rule for the mark out and probe again")
    }
}
