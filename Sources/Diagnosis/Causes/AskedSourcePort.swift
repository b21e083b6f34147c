import Conversations
import PacketWire

/// The source port that a person asked for gets no answer, and every other one does: a rule looks at it, or it leads along
/// another way.
enum AskedSourcePort: Cause {
    static let name = "the source port that was asked for"
    static let supersedes: Set<CauseID> = [
        "RandomLoss", "BrokenMember", "SourcePortRule", "PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss",
        "SilentService",
        "LocalEgressDrop", "LocalIngressDrop", "LocalEgressReject", "IntermittentRefusal",
    ]

    /// Ports that must pass beside the one that was asked for, each time they were tried and at once.
    private static let enough = 5

    static func examine(_ observations: Observations) -> Finding? {
        guard !observations.isLocalTarget, let asked = observations.facts.sourcePort,
            let primary = observations.primary, primary.local?.port == asked
        else { return nil }
        guard case .silence = observations.symptom else { return refused(asked, observations) }
        guard primary.tries >= 2 else { return nil }
        let trials = observations.trials.trials
        let others = trials.filter { $0.sourcePort != asked }
        let drop = observations.decisiveDrop
        if drop != nil, others.isEmpty { return untested(observations) }
        let passing = Set(others.compactMap(\.sourcePort)).count
        guard passing >= enough, trials.allSatisfy({ !$0.isAnswered || $0.sourcePort != asked }) else { return nil }
        guard others.allSatisfy({ $0.isAnswered && $0.sent == 1 }) else {
            return besideLoss(asked, primary.tries, others, observations)
        }
        if let drop { return here(asked, passing, drop, observations) }
        let bounds = observations.silenceBounds
        return Finding(
            name, .degraded, stage: .handshake, mechanism: .silentDrop,
            zones: observations.memberZones([asked]),
            // One connection of chance's, however often its packet is sent again, looks the same, but for the place that a
            // ladder from the same port shows.
            confidence: observations.path.isOfFailing && observations.isStoppedShortOfHost ? .strong : .likely,
            afterHop: bounds.after, beforeHop: bounds.before,
            summary:
                "From source port \(asked) nothing is answered (\(primary.tries) \(observations.packetName)s), and from"
                + " \(passing) other ports everything is: the source port decides, by a rule, by what somebody"
                + " remembers of it, or by the way that it leads along.",
            advice: [
                "Ask whoever runs the firewalls and the load balancing on the way, and the host, what is done with"
                    + " source port \(asked). To go on, connect from another one."
            ],
            whyNotExcluded: "other source ports get through",
            experiment: "probe with --source-port \(asked) once more")
    }

    /// Chance takes some of the others, too, and hardly ever all packets of the one port.
    private static func besideLoss(
        _ asked: UInt16, _ tries: Int, _ others: [Trials.Trial], _ observations: Observations
    ) -> Finding? {
        let sent = others.map(\.sent).reduce(0, +)
        let lost = sent - others.count(where: \.isAnswered)
        // One more of each: of few that passed nobody knows that all do.
        let share = Double(lost + 1) / Double(sent + 1)
        let byChance = (0..<tries).reduce(1.0) { product, _ in product * share }
        guard observations.decisiveDrop == nil, tries >= 3, byChance < rare,
            // Where other ports fail as surely, it is one of a group.
            BrokenMember.examine(observations).map(\.isUntested) ?? true
        else { return nil }
        return Finding(
            name, .degraded, stage: .handshake, mechanism: .silentDrop, zones: observations.memberZones([asked]),
            confidence: .likely,
            summary:
                "From source port \(asked) nothing is answered (\(tries) \(observations.packetName)s), and of \(sent) from other"
                + " ports \(lost) \(lost == 1 ? "was" : "were") lost: by chance alone all of one port hardly ever are.",
            advice: [
                "Ask whoever runs the firewalls and the load balancing on the way, and the host, what is done with"
                    + " source port \(asked). To go on, connect from another one."
            ],
            whyNotExcluded: "other source ports get through, most of the time",
            experiment: "probe with --source-port \(asked) once more")
    }

    /// One time in a hundred is rare enough to be thought of as something else.
    private static let rare = 0.01

    private static func untested(_ observations: Observations) -> Finding? {
        observations.facts.isOffline ? nil : .untested(name)
    }

    /// The kernel of this machine says that it drops what comes from, or for, that port.
    private static func here(
        _ asked: UInt16, _ passing: Int, _ drop: KernelDrop, _ observations: Observations
    ) -> Finding {
        Finding(
            name, .degraded, stage: .handshake, mechanism: .silentDrop,
            zones: [drop.isOutgoing ? .localEgress : .localIngress], confidence: .proved,
            summary: "Only source port \(asked) is stopped, and here. \(observations.sentence(about: drop))"
                + "\(observations.localRuleSentence(isOutgoing: drop.isOutgoing))"
                + " From \(passing) other ports everything is answered.",
            advice: [
                observations.localRuleAdvice(isOutgoing: drop.isOutgoing)
                    ?? "Look for a rule of this machine on source port \(asked) (nft list ruleset, iptables -S).",
                "To go on, connect from another source port.",
            ])
    }

    /// This machine refuses what comes from that port, in its own name or in the target's.
    private static func refused(_ asked: UInt16, _ observations: Observations) -> Finding? {
        guard let own = LocalEgressReject.examine(observations), own.confidence == .proved else { return nil }
        let tries = RefusalTries(observations.facts.attempts)
        guard tries.repeated > 0 else { return untested(observations) }
        let passing = tries.acceptedPorts.filter { $0 != asked }.count
        guard tries.refusedPorts == [asked] else { return nil }
        guard passing >= enough else { return tries.repeated < enough ? untested(observations) : nil }
        return Finding(
            name, .degraded, stage: .handshake, mechanism: own.mechanism, zones: own.zones, confidence: .proved,
            actor: own.actor,
            summary:
                "Only source port \(asked) is refused, and here: from \(passing) other ports it works. \(own.summary)",
            advice: own.advice + ["To go on, connect from another source port."])
    }
}
