import Conversations
import PacketWire

/// A port below 1024 as the source gets through and others do not: a rule looks at the source port.
enum SourcePortRule: Cause {
    static let supersedes: Set<CauseID> = ["PathDrop", "HostDrop", "ReturnPathLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .tcp, case .silence = observations.symptom, !observations.isLocalTarget else {
            return nil
        }
        let tries = observations.attempts(of: .privilegedPort)
        guard !tries.isEmpty else {
            return observations.isLostOutside ? .untested("a rule on the source port") : nil
        }
        guard observations.isLostOutside, tries.contains(where: \.isPassing) else { return nil }
        let ports = tries.filter(\.isPassing).compactMap { $0.local?.port }.map(String.init)
        let failed = observations.trials.unanswered.count
        // A copy of the SYN bears a port of its own: where that passes, it is not only those below 1024.
        let copyPasses = observations.passes(.variant(.unchanged))
        let bounds = observations.silenceBounds
        return Finding(
            "a rule on the source port", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: observations.silenceZones, confidence: copyPasses ? .likely : .strong,
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
