import Conversations
import PacketWire

/// The source port that a person asked for gets no answer, and every other one does: a rule looks at it, or it leads along
/// another way.
enum AskedSourcePort: Cause {
    static let name = "the source port that was asked for"
    static let supersedes: Set<CauseID> = [
        "RandomLoss", "BrokenMember", "SourcePortRule", "PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss",
        "SilentService",
        "LocalEgressDrop", "LocalIngressDrop",
    ]

    /// Ports that must pass beside the one that was asked for, each time they were tried and at once.
    private static let enough = 5

    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, !observations.isLocalTarget,
            let asked = observations.facts.sourcePort,
            let primary = observations.primary, primary.local?.port == asked, primary.tries >= 2,
            observations.decisiveDrop == nil
        else { return nil }
        let trials = observations.trials.trials
        let others = trials.filter { $0.sourcePort != asked }
        let passing = Set(others.compactMap(\.sourcePort)).count
        guard passing >= enough, trials.allSatisfy({ $0.isAnswered != ($0.sourcePort == asked) }),
            others.allSatisfy({ $0.sent == 1 })
        else { return nil }
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
}
