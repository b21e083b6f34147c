import Conversations
import PacketWire

/// Another address of this machine gets through: a rule looks at the source, or nobody has a way back to it.
enum SourceRule: Cause {
    static let supersedes: Set<CauseID> = ["PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .tcp, case .silence = observations.symptom, !observations.isLocalTarget else {
            return nil
        }
        let tries = observations.attempts(of: .otherSource)
        guard !tries.isEmpty else {
            return observations.isLostOutside ? .untested("this source address is not let through") : nil
        }
        guard observations.isLostOutside, let passing = tries.first(where: observations.passesChanged),
            let other = passing.local?.address, !observations.passesFromOtherPort
        else { return nil }
        let own = observations.primary?.local?.address.description ?? "the usual source"
        let isShort = observations.isStoppedShortOfHost
        return Finding(
            "this source address is not let through", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: observations.silenceZones,
            confidence: observations.isConfirmed(tries)
                && observations.trials.excludesPorts(passing: tries.filter(\.isPassing).count) ? .strong : .likely,
            afterHop: observations.silenceBounds.after, beforeHop: observations.silenceBounds.before,
            summary:
                "From \(own) nothing comes back, and from \(other), another address of this machine, it works: a rule"
                + " looks at the source" + (isShort ? "." : ", or there is no way back to it."),
            advice: [
                "Ask whoever runs the firewalls before \(observations.target.map(\.description) ?? "the host")"
                    + " for rules on \(own), and whether there is a route back to it; send from \(other)"
                    + " meanwhile (--source \(other))."
            ],
            whyNotExcluded: "another source address gets through",
            experiment: "probe from both addresses again")
    }
}

extension Observations {
    /// The very same SYN passes from the same address, from another port: a privileged one, any other, or that of a copy.
    var passesFromOtherPort: Bool {
        passes(.privilegedPort) || passes(.variant(.unchanged)) || !trials.answered.isEmpty
    }
}
