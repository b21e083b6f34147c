import Conversations
import PacketWire

/// Somebody allows only so many connections at the same time from one address: net/netfilter/nf_conncount.c, and what
/// many firewalls, balancers and services call the same.
///
/// It is shown by connections that are held together: where a further one fails, time does not help, and letting the
/// others go does. Seen from a single failure it is a reading beside others, where this machine holds connections to
/// that very port already.
enum ConnectionLimit: Cause {
    static let supersedes: Set<CauseID> = ["Open", "RateLimit", "RandomLoss", "IntermittentRefusal"]

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .tcp, !observations.isLocalTarget else { return nil }
        switch observations.symptom {
        case .answered: return held(observations)
        case .silence, .reset: return standing(observations)
        default: return nil
        }
    }

    /// Of losses by halves, so many in a row are one in 256.
    private static let noChance = 8

    private static func held(_ observations: Observations) -> Finding? {
        let group = observations.attempts(of: .held(.one))
        guard !group.isEmpty else {
            return observations.facts.isThorough ? .untested("a limit on connections at the same time") : nil
        }
        // The first ones stand and all that follow fail; what fails now and then without any held is no limit. Tries that
        // were made before may have places still that the very first then does not get.
        let later = observations.attempts(of: .held(.whileHeld))
        let released = observations.attempts(of: .held(.afterRelease))
        let end = released.map(\.startedAt).min()
        let begun = group.drop { !$0.isPassing(before: end) }
        let early = group.count - begun.count
        let standing = begun.count { $0.isPassing(before: end) }
        let failing = begun.reversed().prefix { !$0.isPassing(before: end) }
        // Others may end theirs meanwhile, and one more gets the place.
        let isInterrupted = standing + failing.count < begun.count
        guard standing > 0, early < 3, failing.count >= 2, later.count >= 2,
            !later.contains(where: { $0.isPassing(before: end) })
        else { return nil }
        // A burst may meet the limit by itself; so many failures in a row are no chance.
        let isChance = failing.count < Self.noChance
        let isFreed = released.contains(where: \.isPassing) && (!isChance || released.allSatisfy(\.isPassing))
        guard isChance ? isFreed && !observations.trials.isMixed && !isInterrupted : isFreed || !isInterrupted else {
            return nil
        }
        return Finding(
            "a limit on connections at the same time", .degraded, stage: .handshake, mechanism: .rateLimit,
            zones: observations.zonesOfLimit(failing + later), confidence: isFreed ? .strong : .likely,
            summary: "\(standing) of \(group.count) connections at the same time were let through; a further one failed"
                + " as long as they stood"
                + (isFreed
                    ? ", and worked at once when they had been let go: somebody limits how many this machine may hold."
                    : ": somebody limits how many this machine may hold, or how many it may open in a time."),
            advice: [
                "Ask whoever runs the firewalls on the way, and the host, for a limit on connections from one address"
                    + " to \(observations.name); hold fewer (a connection pool), or share them."
            ],
            whyNotExcluded: "a further connection failed beside those that stood",
            experiment: "hold as many connections again: a limit stops at the same number")
    }

    /// Connections of this machine to the same port stand, and a new one fails: what tells new from old is the
    /// difference.
    private static func standing(_ observations: Observations) -> Finding? {
        let count = observations.circumstances.standingConnections
        // Where another new one gets through beside them, no limit on those that stand stopped this one.
        guard count > 0, observations.trials.answered.isEmpty, RefusalTries(observations.facts.attempts).passed == 0
        else { return nil }
        let zones: [Zone]
        if case .silence = observations.symptom {
            guard observations.isLostOutside else { return nil }
            zones = observations.silenceZones
        } else if case .reset(let reply) = observations.symptom,
            case .nearer = observations.provenance(of: reply.timeToLive), !observations.mayComeAnotherWay(reply)
        {
            // Whoever counts refuses, and the host does not.
            zones = [.path]
        } else {
            zones = [.destination]
        }
        let them = count == 1 ? "one connection" : "\(count) connections"
        return Finding(
            "a limit on connections at the same time", .blocked, stage: .handshake, mechanism: .rateLimit, zones: zones,
            confidence: .weak, summary: "A new connection fails beside \(them) of this machine that stand.",
            whyNotExcluded: "this machine holds \(them) to that port already, and only a new one fails",
            experiment: "end one of them (ss -tnp dst \(observations.target.map(\.description) ?? "ADDRESS")) and probe"
                + " again at once, or probe from another address",
            isOnlyLookAlike: true)
    }
}

extension Attempt {
    /// What gets through by a repeated SYN when the others were let go did not get through beside them.
    fileprivate func isPassing(before end: Instant?) -> Bool {
        guard let end, case .reached(let reply) = answer, let at = reply.at else { return isPassing }
        return at < end
    }
}

extension Observations {
    /// Where somebody counts who let none of these through: this machine, where its kernel says so of each, and where it
    /// says nothing and counted packets that it neither sent nor delivered, this machine, too.
    fileprivate func zonesOfLimit(_ failing: [Attempt]) -> [Zone] {
        if failing.allSatisfy({ !$0.outgoingDrops.isEmpty }) { return [.localEgress] }
        if failing.allSatisfy({ attempt in attempt.drops.contains { !$0.isOutgoing && $0.kind == .packetFilter } }) {
            return [.localIngress]
        }
        let isUnwatched = !hasWire && !facts.kernel.watchesDrops
        return [.path, .destination, .returnPath]
            + (isUnwatched && facts.packetsHeldBack > 1 && !facts.kernel.sharesCounters ? [.localEgress] : [])
            + (isUnwatched && facts.packetsKept > 1 ? [.localIngress] : [])
    }
}
