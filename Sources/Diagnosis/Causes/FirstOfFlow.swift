import PacketWire

/// The first packet of each flow is dropped, and the same one sent again passes: a protection against floods, which
/// believes whoever repeats, or a greylist.
enum FirstOfFlow: Cause {
    static let supersedes: Set<CauseID> = [
        "Open", "RandomLoss", "RateLimit", "BrokenMember", "IntermittentRefusal", "LocalEgressDrop", "LocalIngressDrop",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        if observations.isUnansweredDatagram { return nil }
        let starts = observations.trials.flowStarts
        guard observations.trials.isMixed, starts.mayFailAlways, starts.passedLater > 0 else { return nil }
        // One port that was tried again is no pattern.
        guard starts.passedLater >= 4 else { return .untested("the first packet of each flow is dropped") }
        // Kernels' first SYNs offer ECN, and their second do not: where a first one without it passes, that is the difference.
        if observations.primary?.hasECNFallback ?? false, observations.passes(.variant(.withoutECN)) { return nil }
        // Without a capture nobody sees which SYN was answered; where ports that were tried before pass at once, none of theirs
        // was without it.
        let mayBeECN =
            observations.transport == .tcp && !observations.facts.witnesses.contains(.wire)
            && observations.circumstances.asksForECN && !starts.isDecisive
        let packet = observations.packetName
        let isTCP = observations.transport == .tcp
        let advice =
            observations.localLossAdvice
            ?? "Ask whoever runs the firewalls on the way, or a protection against denial of service (DDoS), and"
            + " the host, for a rule that drops the first packet of what it does not know, and to let"
            + " \(observations.name) through"
            + (isTCP ? ": each new connection costs a second." : ".")
        return Finding(
            "the first packet of each flow is dropped", .degraded, stage: .handshake, mechanism: .silentDrop,
            zones: observations.lossZones, confidence: starts.isDecisive ? .strong : .likely,
            summary:
                "Of each \(isTCP ? "connection" : "flow") the first \(packet) gets no answer, and the same one sent"
                + " again does: \(starts.failed) of \(starts.failed) first ones were lost"
                + (starts.failedAlone > 1 ? ", also those that came slowly," : "")
                + " and \(starts.failedLater == 0 ? "none" : "only \(starts.failedLater)") of"
                + " \(starts.failedLater == 0 ? "those" : "the \(starts.failedLater + starts.answeredLater)") behind them"
                + " from \(starts.passedLater) source ports. Something drops the first packet"
                + " of every flow on purpose, as protections against floods do, and believes whoever repeats."
                + (mayBeECN ? Self.orECN : "") + observations.localLossSentence,
            advice: mayBeECN ? [Self.tellECN, advice] : [advice],
            whyNotExcluded: "the first packet of each flow failed, and none behind it",
            experiment: "probe from one port twice within a few seconds (--source-port): the second try passes at once")
    }

    private static let orECN =
        " Or it drops what asks for ECN, as this machine's first SYNs do, and those that it sends again do not."
    private static let tellECN =
        "Probe with a capture (stallpoint doctor says how), which tells the two apart; or leave ECN out for a moment"
        + " (sysctl net.ipv4.tcp_ecn=2)."
}
