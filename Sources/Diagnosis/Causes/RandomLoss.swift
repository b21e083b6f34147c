import Conversations
import PacketWire

/// Packets are lost by chance: the same connection gets through now and then, whatever its port and its pace.
enum RandomLoss: Cause {
    static let supersedes: Set<CauseID> = ["Open", "LocalEgressDrop", "LocalIngressDrop"]

    static func examine(_ observations: Observations) -> Finding? {
        if observations.isUnansweredDatagram { return nil }
        let trials = observations.trials
        guard trials.isMixed else { return observations.untestedIntermittence("packets are lost by chance") }
        // Port and pace explain more than chance does; where neither cause stands, chance it is.
        // And where the attempt was refused, nothing of it was lost: the routers' rejections are limited, and some stay away.
        for rival in [BrokenMember.self, FirstOfFlow.self, RateLimit.self, IntermittentRefusal.self] as [any Cause.Type]
        {
            if let finding = rival.examine(observations), !finding.isUntested, !finding.isOnlyLookAlike { return nil }
        }
        let share = trials.share
        let tries =
            trials.isByConnection
            ? "\(share.total) \(observations.transport == .tcp ? "connections" : "flows"), each with all its repeated packets"
            : "\(share.total) \(observations.packetName)s"
        let wasOpened = observations.isAnswered
        return Finding(
            "packets are lost by chance", .degraded, stage: .handshake, mechanism: .loss,
            zones: observations.lossZones,
            confidence: trials.trials.count >= 12 && share.count >= 2 && trials.isNothingButChance
                && !observations.isTranslatedHere ? .strong : .likely,
            summary: (wasOpened
                ? "The connection works, and needs more than one try: of \(tries), \(share.phrase), were not answered."
                : (observations.facts.isOffline && !observations.facts.isSavedProbe
                    ? "It got no answer, and others of this client to the same port did: of"
                    : "The first attempt got no answer and others of the same kind did: of")
                    + " \(tries), \(share.phrase), were not"
                    + " answered.")
                + (trials.isLossSpaced
                    ? " What was lost keeps a distance in time, as chance does not: something may let pass for a while whoever"
                        + " has knocked." : "") + observations.localLossSentence + observations.ledSentence,
            advice: [
                observations.localLossAdvice ?? observations.ledAdvice
                    ?? (trials.isByConnection
                        ? "Ask whoever runs load balancing on the way, or in front of the host, for a member that is down:"
                            + " what repeats a lost packet of such a connection is lost as well."
                        : "Look for errors and drops on the links of the path (ip -s link, the counters of switches"
                            + " and radios), and for a queue that is full.")
            ],
            whyNotExcluded: "the pattern of what was lost fits chance as well",
            experiment: "send more, slowly, and look whether the share stays the same")
    }
}

extension Trials {
    /// Where each port did the same each time, or what was lost keeps a distance in time, chance is not what was seen, nor
    /// where one moment or one burst took them all, or the firsts of each flow. And of two or three that pass nothing tells
    /// whether a limit lets them.
    fileprivate var isNothingButChance: Bool {
        !mayBeDecidedByPort && !isAlikeByPort && !isOneMoment && !isOneBurst && !flowStarts.areWorse
            && answered.count >= Spacing.fewest && !isLossSpaced
    }
}

extension Observations {
    /// A silence of one or two tries may be one of those that come and go; more tries rule that out, or show it. And
    /// so may a success, for whoever wants to know.
    func untestedIntermittence(_ cause: String) -> Finding? {
        guard !isLocalTarget else { return nil }
        // Whatever stops it here is known: it stops each, or hangs on what only other tries tell.
        if decisiveDrop != nil {
            let isTried = trials.trials.contains { $0.round > 0 }
            return isDroppedByWhatMayPass && !isTried ? .untested(cause) : nil
        }
        let ports = Set(trials.trials.compactMap(\.sourcePort))
        switch symptom {
        // Whatever passes with something changed has a port of its own, and may pass for that.
        case .silence:
            return trials.trials.count < 3 || passesChanged && !trials.areOtherPortsTried ? .untested(cause) : nil
        // A ladder's packets are tries from one port.
        case .answered: return facts.isThorough && transport == .tcp && ports.count < 3 ? .untested(cause) : nil
        default: return nil
        }
    }

    /// Something of the attempt was changed, and then it was answered.
    private var passesChanged: Bool {
        facts.attempts.contains { attempt in
            guard case .experiment(let experiment) = attempt.purpose, attempt.kind == primary?.kind else {
                return false
            }
            return !experiment.repeatsPrimary && attempt.isPassing
        }
    }

    /// No datagram was ever answered, not even one of a ladder: its service may keep silent, and there is nothing that
    /// comes and goes.
    var isUnansweredDatagram: Bool { transport == .udp && trials.answered.isEmpty }

    /// Datagrams from other ports may be answered: where each takes a way of its own, or a rule looks at the port.
    var hasUntriedPorts: Bool {
        guard case .silence = symptom, isLostOutside else { return false }
        return !trials.areOtherPortsTried && !isLocalTarget && !facts.isToGroup && !facts.isOffline
    }

    var isAnswered: Bool {
        if case .answered = symptom { true } else { false }
    }
}
