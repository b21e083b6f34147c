import Conversations
import PacketWire

/// A port below 1024 as the source gets through and others do not: a rule looks at the source port.
enum SourcePortRule: Cause {
    static let supersedes: Set<CauseID> = [
        "PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss", "SilentService",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, !observations.isLocalTarget, !observations.facts.isToGroup else {
            return nil
        }
        let tries = observations.attempts(of: .privilegedPort)
        guard !tries.isEmpty else {
            return observations.isLostOutside ? .untested("a rule on the source port") : nil
        }
        guard observations.isLostOutside, tries.contains(where: observations.passesChanged) else { return nil }
        let passing = Set(tries.filter(observations.passesChanged).compactMap { $0.local?.port })
        let ports = passing.sorted(by: >).map(String.init)
        let failed = observations.trials.unanswered.count
        // A copy of the SYN bears a port of its own: where that passes, it is not only those below 1024.
        let copyPasses = observations.facts.attempts.contains { attempt in
            if case .experiment(.variant) = attempt.purpose { observations.passesChanged(attempt) } else { false }
        }
        let isCertain =
            !copyPasses && observations.isConfirmed(tries) && observations.trials.excludesPorts(passing: ports.count)
        let bounds = observations.silenceBounds
        return Finding(
            "a rule on the source port", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: observations.silenceZones, confidence: isCertain ? .strong : .likely,
            afterHop: bounds.after, beforeHop: bounds.before,
            summary:
                "From source port \(ports.joined(separator: " and ")) \(copyPasses ? "and others " : "")it works, and from"
                + " \(failed) ports that the system chose it does not: "
                + (copyPasses
                    ? "the source port decides, by a rule or by the way that it leads along."
                    : "a rule looks at the source port."),
            advice: [
                "Ask whoever runs the firewalls on the way, and the host, for a rule on the source port of"
                    + " \(observations.name); ports above 1023 are what applications use."
            ],
            whyNotExcluded: "privileged source ports get through",
            experiment: "probe with --source-port below and above 1024")
    }
}
