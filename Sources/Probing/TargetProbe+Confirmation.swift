import Conversations
import Diagnosis
import PacketWire

/// Before a silence is blamed on a stretch of the path, it is confirmed.
extension TargetProbe {
    /// Before a silence is blamed on the stretch before a router: the target's packet once more, and at once after
    /// it the control's. A router that has used up its answers keeps silent to both, and is asked again when it
    /// may have a new one. Nil when there is nothing (more) to confirm.
    mutating func confirm(_ investigation: Investigation, at now: Instant) -> [ProbeAction]? {
        // Two packets more than the budget are worth it: without them the ladders' silence counts for nothing.
        guard investigation.reason == .silence, control != nil, ladderSince != nil, packetsLeft > -8 else { return nil }
        var misses = 0
        if let round = confirmation {
            let rung = facts.attempts[round.rung].answer
            let beside = facts.attempts[round.rung + 1].answer
            // What could not be sent would not be sent the next time, either.
            if case .localError = rung { return nil }
            if rung == .silence {
                guard now - round.since >= settings.grace else { return [.wake(at: round.since + settings.grace)] }
                // The control outlived the target's packet; or nobody has spoken often enough.
                guard beside == .silence, round.misses < 2 else { return nil }
                guard now - round.since >= settings.refill else { return [.wake(at: round.since + settings.refill)] }
                misses = round.misses + 1
            }
        }
        let view = PathView(attempts: facts.attempts)
        let next = (view.lastAnswering?.ttl ?? 0) + 1
        guard next <= settings.longestPath, sharesControl && members == nil || view.controlPasses(next),
            let kind = facts.attempts.first?.kind
        else { return nil }
        confirmation = Confirmation(rung: facts.attempts.count, since: now, misses: misses)
        return [
            openRung(next, kind, now),
            openControlRung(next, now),
            .wake(at: now + settings.grace),
        ] + openBesideFailing(next, now)
    }

    /// Beside the ladder of a port that fails: what gets through, from that port. Where it takes the same way, what a router
    /// says of it comes back by that way, or is lost on it, too; and the last one shows whether that way leads to the host.
    private mutating func openBesideFailing(_ next: Int, _ now: Instant) -> [ProbeAction] {
        guard let members, let control, case .tcp = facts.attempts[control].kind,
            let distance = facts.attempts[control].answer.hostDistance, distance > next
        else { return [] }
        return [next - 1, next, distance].filter { $0 > 0 }.map { timeToLive in
            let action = open(.controlRung(timeToLive: timeToLive), facts.attempts[control].kind, now)
            guard case .open(var order) = action else { return action }
            order.sourcePort = members.failing
            return .open(order)
        }
    }

    struct Confirmation: Hashable {
        /// Index of the target's rung; the control's is the next.
        var rung: Int
        var since: Instant
        /// How often neither was answered before.
        var misses: Int
    }
}
