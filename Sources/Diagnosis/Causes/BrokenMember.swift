import Conversations
import PacketWire

/// One of several equal paths, or of several machines behind one address, does not work: the outcome hangs on the
/// source port, which decides which of them a connection takes (RFC 2992).
enum BrokenMember: Cause {
    static let name = "one of several paths is broken"
    static let supersedes: Set<CauseID> = ["Open", "LocalEgressDrop", "LocalIngressDrop"]

    static func examine(_ observations: Observations) -> Finding? {
        if observations.isUnansweredDatagram { return observations.hasUntriedPorts ? .untested(name) : nil }
        let trials = observations.trials
        // What was refused got an answer: `IntermittentRefusal` tells of that.
        if observations.primary?.isRefused == true { return nil }
        guard trials.isMixed else { return observations.untestedIntermittence(Self.name) }
        guard trials.trials.contains(where: { $0.round > 1 }) || trials.isSortedByPort else {
            return .untested(Self.name)
        }
        guard let outcomes = trials.portOutcomes, let (failing, passing) = trials.decidedByPort else {
            return trials.mayBeDecidedByPort ? undecided(observations) : nil
        }
        let bounds = observations.silenceBounds
        let list =
            " Source ports that fail: \(failing.map(String.init).joined(separator: ", ")); that pass:"
            + " \(passing.map(String.init).joined(separator: ", "))."
        return Finding(
            name, .degraded, stage: .handshake, mechanism: .silentDrop,
            zones: observations.localLoss ?? observations.zonesLedTo ?? observations.memberZones(failing),
            // Who places it between two hops must know that what is said behind the first comes back.
            confidence: outcomes.chance <= 0.01 && observations.errorsOfWay != .unknown
                && observations.errorsOfWay != .elsewhere && !observations.isTranslatedHere ? .strong : .likely,
            afterHop: bounds.after, beforeHop: bounds.before,
            summary:
                "Whether it works hangs on the source port: \(failing.count) of"
                + " \(failing.count + passing.count) ports got no answer, each time they were tried, and the"
                + " others always did. "
                + (observations.localLoss == nil
                    ? "One of several paths, or one of several machines behind the address, is broken."
                    : "This machine itself stops them.") + observations.localLossSentence + observations.ledSentence
                + (observations.errorsOfWay == .lost
                    ? " On their way, what routers say of packets that get through is lost, too: it may be the way back."
                    : ""),
            advice: [
                (observations.localLossAdvice ?? observations.ledAdvice).map { $0 + list }
                    ?? "Ask whoever runs load balancing on the way, or in front of the host, for a member that is"
                    + " down." + list
            ],
            whyNotExcluded: "the same ports failed each time",
            experiment: "try the failing ports again")
    }

    /// Each port did the same each time, and too few of one kind were met to tell that from chance.
    private static func undecided(_ observations: Observations) -> Finding {
        Finding(
            name, .degraded, stage: .handshake, mechanism: .silentDrop,
            zones: observations.localLoss
                ?? observations.memberZones(observations.trials.portOutcomes?.failing.keys.sorted() ?? []),
            confidence: .likely, summary: "",
            whyNotExcluded: "every source port that was tried more than once did the same each time",
            experiment: "try more source ports, each of them again (--thorough, --source-port)", isOnlyLookAlike: true)
    }
}
