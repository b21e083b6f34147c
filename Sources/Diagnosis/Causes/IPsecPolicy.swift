import PacketWire

/// An IPsec policy of this machine (RFC 4301 section 4.4.1) does not let the packet or its answer pass in the clear:
/// a VPN that is down, or its kill switch.
enum IPsecPolicy: Cause {
    static let supersedes: Set<CauseID> = ["LocalEgressDrop"]

    /// Documentation/networking/xfrm_proc.rst: outbound, but for faults of an association that is there.
    static let countersOut: Set<String> = [
        "Xfrm.XfrmOutNoStates", "Xfrm.XfrmOutPolBlock", "Xfrm.XfrmOutPolDead", "Xfrm.XfrmOutPolError",
        "Xfrm.XfrmOutBundleGenError", "Xfrm.XfrmAcquireError",
    ]

    /// Where the kernel drops what a route without a way out takes: net/core/dst.c.
    private static let hole: Set<String> = ["dst_discard", "dst_discard_out"]

    static func examine(_ observations: Observations) -> Finding? {
        guard let drop = observations.decisiveDrop else { return uncounted(observations) }
        guard drop.kind == .ipsecPolicy else { return swallowed(drop, observations) }
        return Finding(
            "an IPsec policy drops it", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [drop.isOutgoing ? .localEgress : .localIngress], confidence: .proved,
            summary: observations.sentence(about: drop) + " An IPsec policy of this machine does not let it pass"
                + (drop.isOutgoing ? "." : " without protection."),
            advice: advice)
    }

    private static let advice = [
        "Look for the policy that matches this flow (ip xfrm policy), and whether its associations are up"
            + " (ip xfrm state): a VPN that is down, or its kill switch, leaves one behind."
    ]

    /// The kernel gives no reason for the drop, and IPsec counted as many packets that it could not protect.
    private static func swallowed(_ drop: KernelDrop, _ observations: Observations) -> Finding? {
        guard drop.isOutgoing, drop.kind == .unspecified,
            observations.countsUnprotected(observations.outgoingDrops.count)
        else { return nil }
        // Other targets of the run, and other programs, raise the counter as well; who swallows it says only a symbol.
        let isCertain = drop.place.map(hole.contains) == true && !observations.facts.kernel.sharesCounters
        return Finding(
            "an IPsec policy drops it", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localEgress], confidence: isCertain ? .proved : .strong,
            summary: observations.sentence(about: drop) + " IPsec counted as many packets that it could not protect: a"
                + " policy of this machine asks for an association that is not there.",
            advice: advice)
    }

    /// Nobody says what became of the packet but the counter.
    private static func uncounted(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, !observations.leftThisMachine, !observations.facts.isOffline,
            !observations.isNextHopUnresolved, observations.localRule(isOutgoing: true) == nil,
            observations.countsUnprotected(observations.triesOfItsKind)
        else { return nil }
        let isShared = observations.facts.kernel.sharesCounters
        return Finding(
            "an IPsec policy drops it", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localEgress],
            // That none passed the tap, and all were counted, leaves other people's packets as the only other reading.
            confidence: isShared ? .weak : observations.hasWire ? .strong : .likely,
            summary: "IPsec of this machine counted at least as many packets that it could not protect as were sent"
                + " (\(observations.triesPhrase)): a policy asks for an association that is not there.",
            advice: advice,
            whyNotExcluded: "its counters rose with our packets, and other packets' may be among them",
            experiment: "look for the policy (ip xfrm policy), or probe with permission to watch the kernel's drops",
            isOnlyLookAlike: isShared)
    }
}
