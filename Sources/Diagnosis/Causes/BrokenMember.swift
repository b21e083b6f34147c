import Conversations
import PacketWire

/// One of several equal paths, or of several machines behind one address, does not work: the outcome hangs on the
/// source port, which decides which of them a connection takes (RFC 2992).
enum BrokenMember: Cause {
    static let supersedes: Set<CauseID> = ["Open", "LocalEgressDrop", "LocalIngressDrop"]

    static func examine(_ observations: Observations) -> Finding? {
        if observations.isUnansweredDatagram { return nil }
        let trials = observations.trials
        guard trials.isMixed else { return observations.untestedIntermittence("one of several paths is broken") }
        guard trials.trials.contains(where: { $0.round > 1 }) else {
            return .untested("one of several paths is broken")
        }
        guard let (failing, passing) = trials.decidedByPort else { return nil }
        let bounds = observations.silenceBounds
        return Finding(
            "one of several paths is broken", .degraded, stage: .handshake, mechanism: .silentDrop,
            zones: observations.localLoss ?? observations.memberZones(failing),
            confidence: chance(failing.count, passing.count) <= 1.0 / 60 ? .strong : .likely,
            afterHop: bounds.after, beforeHop: bounds.before,
            summary:
                "Whether it works hangs on the source port: \(failing.count) of"
                + " \(failing.count + passing.count) ports got no answer, each time they were tried, and the"
                + " others always did. One of several paths, or one of several machines behind the address, is"
                + " broken.",
            advice: [
                "Ask whoever runs load balancing on the way, or in front of the host, for a member that is"
                    + " down. Source ports"
                    + " that fail: \(failing.map(String.init).joined(separator: ", ")); that pass:"
                    + " \(passing.map(String.init).joined(separator: ", "))."
            ],
            whyNotExcluded: "the same ports failed each time",
            experiment: "try the failing ports again")
    }

    /// How likely every one of the ports does the same twice where chance alone loses as large a share: of packets lost by
    /// halves six do so in one of sixty-four cases, and of those lost by three quarters nine.
    private static func chance(_ failing: Int, _ passing: Int) -> Double {
        let count = failing + passing
        let share = Double(failing) / Double(max(1, count))
        return (0..<count).reduce(1.0) { product, _ in product * (share * share + (1 - share) * (1 - share)) }
    }
}
