import Conversations
import PacketWire

/// Something lets through only so many new connections in a time: a burst fails, slow tries pass.
enum RateLimit: Cause {
    static let supersedes: Set<CauseID> = ["Open", "LocalEgressDrop", "LocalIngressDrop"]

    static func examine(_ observations: Observations) -> Finding? {
        if observations.isUnansweredDatagram { return nil }
        let trials = observations.trials
        guard trials.isMixed else { return observations.untestedIntermittence("a limit on new connections") }
        let paced = trials.trials.filter(\.isPaced)
        if observations.facts.isOffline, !observations.facts.isSavedProbe, let crowding = trials.crowding {
            return crowded(crowding, observations)
        }
        // Where time alone sorts what passed from what did not, slow tries could only confirm it.
        guard !paced.isEmpty || trials.isSpacedOut else { return .untested("a limit on new connections") }
        guard trials.isPaceDecisive else { return spaced(observations) }
        let burst = trials.firstBurst
        let lost = burst.filter { !$0.passedAtOnce }.count
        let slow = paced.filter(\.passedAtOnce).count
        let again = trials.burstAgain
        let lostAgain = again.filter { !$0.passedAtOnce }.count
        return Finding(
            "a limit on new connections", .degraded, stage: .handshake, mechanism: .rateLimit,
            zones: observations.lossZones,
            // One burst that fails may have come in a moment in which something stood still; and where half of everything is
            // lost, a burst now and then loses what a limit would, and the few slow tries nothing.
            confidence: trials.hasRepeatedBurst && trials.paceChance <= 0.025 ? .strong : .likely,
            summary: "Something limits new connections: "
                + (burst.isEmpty ? "" : "\(lost) of \(burst.count) in a burst got no answer at once")
                + (burst.isEmpty || paced.isEmpty ? "" : ", and ")
                + (paced.isEmpty ? "" : "\(slow) of \(paced.count) that came one a second did")
                + (again.isEmpty ? "" : "; of a second burst \(lostAgain) of \(again.count) did not")
                + (trials.isSpacedOut
                    ? (burst.isEmpty && paced.isEmpty ? "" : "; ")
                        + "whatever passed had waited longer for the one before than whatever failed."
                    : ".") + observations.localLossSentence,
            advice: [
                observations.localLossAdvice
                    ?? "Ask whoever runs the firewalls on the way, and the host, for a rate limit on new"
                    + " connections to \(observations.name); open fewer at once, or keep them open."
            ],
            whyNotExcluded: "the burst failed more often than the slow tries",
            experiment: "repeat burst and slow tries: a limit shows the same difference each time")
    }

    /// Nobody sent slowly on purpose: in a file bursts and single packets come as they come.
    private static func crowded(_ crowding: Crowding, _ observations: Observations) -> Finding? {
        guard !observations.trials.isSortedByPort, !observations.trials.flowStarts.mayFailAlways else { return nil }
        return Finding(
            "a limit on new connections", .degraded, stage: .handshake, mechanism: .rateLimit,
            zones: observations.lossZones, confidence: .likely,
            summary:
                "Something seems to limit bursts: of \(crowding.crowded) \(observations.packetName)s that came close behind"
                + " others \(crowding.lost) got no answer, and all \(crowding.alone) that came by themselves, or first, did."
                + observations.localLossSentence,
            advice: [
                observations.localLossAdvice
                    ?? "Ask whoever runs the firewalls on the way, and the host, for a limit on new connections to"
                    + " \(observations.name) or for a short queue (SYN backlog); open fewer at once, or keep them open."
            ],
            whyNotExcluded: "what is lost came close behind others",
            experiment: "repeat burst and slow tries: a limit shows the same difference each time")
    }

    /// Slow tries failed, too, and yet what passed keeps its distance: others may use the limit up.
    private static func spaced(_ observations: Observations) -> Finding? {
        let trials = observations.trials
        guard trials.spacing.isKept, !trials.isSortedByPort, !trials.flowStarts.mayFailAlways else { return nil }
        return Finding(
            "a limit on new connections", .degraded, stage: .handshake, mechanism: .rateLimit,
            zones: observations.lossZones, confidence: .likely,
            summary: "Something seems to limit new connections: \(trials.answered.count) of \(trials.sent)"
                + " \(observations.packetName)s got through, and none of them soon after another one, as chance would have it"
                + " now and then.\(observations.localLossSentence)",
            advice: [
                observations.localLossAdvice
                    ?? "Ask whoever runs the firewalls on the way, and the host, for a rate limit on new connections to"
                    + " \(observations.name) that others use, too."
            ],
            whyNotExcluded: "what passed keeps its distance in time",
            experiment: "repeat burst and slow tries when less is going on")
    }
}

extension Trials {
    var firstBurst: [Trial] { trials.filter { $0.round == 1 } }
    public var burstAgain: [Trial] { trials.filter(\.isBurstAgain) }

    /// The second burst fares as the first did.
    var hasRepeatedBurst: Bool { burstAgain.filter { !$0.passedAtOnce }.count >= 2 }

    /// How likely chance, which loses as many of these tries, sorts them so: the longest waits before what passed, or none of
    /// the slow ones lost.
    var paceChance: Double {
        if let spacedOut {
            return 1 / PortOutcomes.choices(spacedOut.passing, of: spacedOut.passing + spacedOut.failing)
        }
        let (bursts, slow) = (firstBurst + burstAgain, trials.filter(\.isPaced))
        guard slow.allSatisfy(\.passedAtOnce) else { return 1 }
        let lost = bursts.count { !$0.passedAtOnce }
        return PortOutcomes.choices(lost, of: bursts.count)
            / PortOutcomes.choices(lost, of: bursts.count + slow.count)
    }

    /// Slow tries all passed at once, and of a burst most did not, or only the first did, and not of the second burst
    /// either, where there was one: chance does not do that. Nor do ports of which some pass and others fail, where what
    /// came slowly came from those that had failed.
    public var isPaceDecisive: Bool {
        if !burstAgain.isEmpty, !hasRepeatedBurst { return false }
        let paced = trials.filter(\.isPaced)
        if isSortedByPort { return false }
        if isSpacedOut { return true }
        guard paced.count >= 3, paced.allSatisfy(\.passedAtOnce) else { return false }
        let burst = firstBurst.sorted { $0.startedAt < $1.startedAt }
        let failed = burst.filter { !$0.passedAtOnce }
        guard burst.count >= 4, failed.count >= 2, let firstFailure = failed.first else { return false }
        // The first ones pass and then none: or nearly all fail.
        let passedLater = burst.filter { $0.startedAt > firstFailure.startedAt && $0.passedAtOnce }
        return failed.count * 4 >= burst.count * 3 || passedLater.count <= 1 && failed.count * 3 >= burst.count
    }
}
