import Conversations
import Diagnosis
import PacketWire

/// The two ladders: which packets they send, when again, and when they are over.
extension TargetProbe {
    mutating func climb(at now: Instant) -> [ProbeAction] {
        guard ladderSince != nil, let kind = facts.attempts.first?.kind, mayClimb(at: now) else { return [] }
        var actions: [ProbeAction] = []
        for timeToLive in targetLadder.next(window: window, longest: settings.longestPath) {
            guard hasBudget else { return actions }
            actions.append(openRung(timeToLive, kind, now))
        }
        if let control, !sharesControl {
            let kind = facts.attempts[control].kind
            for timeToLive in controlLadder.next(window: window, longest: settings.longestPath) {
                guard hasBudget else { return actions }
                actions.append(open(.controlRung(timeToLive: timeToLive), kind, now))
            }
        }
        return actions
    }

    mutating func openRung(_ timeToLive: Int, _ kind: Attempt.Kind, _ now: Instant) -> ProbeAction {
        guard case .open(var order) = open(.rung(timeToLive: timeToLive), kind, now) else { return .wake(at: now) }
        if order.sharesPort { order.sourcePort = memberPort }
        return .open(order)
    }

    /// Where the outcome hangs on the source port, the ladder is walked once more from a port that fails: only that
    /// one takes the way on which it fails. Nil where there is nothing to walk again.
    mutating func climbFailingPort(at now: Instant) -> [ProbeAction]? {
        guard memberPort == nil, settings.usesOneFlow, ladderSince != nil,
            // The first attempt's own port is still taken by it.
            let port = Trials(facts.attempts).decidedByPort?.failing.first(where: {
                $0 != facts.attempts.first?.local?.port
            })
        else { return nil }
        memberPort = port
        targetLadder = Ladder()
        ladderSince = now
        hasRepeated = false
        return climb(at: now) + [.wake(at: now + settings.repetition), .wake(at: now + settings.ladderPatience)]
    }

    /// Where the kernel keeps a socket it repeats an unanswered SYN after a second (RFC 6298 section 2.1); for the
    /// packets of one flow that is ours to do. A router that had no ICMP error to spend may have one then.
    mutating func repeatMissing(at now: Instant) -> [ProbeAction] {
        guard let ladderSince, !hasRepeated, now - ladderSince >= settings.repetition else { return [] }
        hasRepeated = true
        let missing = facts.attempts.filter { $0.isWatchedOnly && $0.answer == .silence && $0.startedAt < now }
        var actions: [ProbeAction] = []
        for attempt in missing where hasBudget {
            guard case .rung(let timeToLive) = attempt.purpose else {
                actions.append(open(attempt.purpose, attempt.kind, now))
                continue
            }
            // The first ladder has told its own when there is a second one.
            if memberPort != nil, attempt.local?.port != memberPort { continue }
            actions.append(openRung(timeToLive, attempt.kind, now))
        }
        // A silence counts where the control, asked after it, gets an answer: so it is asked again, too.
        guard let control, let distance = facts.attempts[control].answer.hostDistance else { return actions }
        for case .rung(let timeToLive) in missing.map(\.purpose) where timeToLive < distance && hasBudget {
            actions.append(open(.controlRung(timeToLive: timeToLive), facts.attempts[control].kind, now))
        }
        return actions
    }

    /// A ladder that has been waited for is over: its silent sockets would only repeat their SYNs.
    mutating func endSilentRungs(at now: Instant) -> [ProbeAction] {
        guard let ladderSince, !hasEndedRungs, now - ladderSince >= settings.ladderPatience else { return [] }
        hasEndedRungs = true
        let silent = facts.attempts.indices.filter { index in
            let attempt = facts.attempts[index]
            return attempt.purpose.isRung && attempt.kind.transport == .tcp && !attempt.isWatchedOnly
                && attempt.answer == .silence && now - attempt.startedAt >= settings.repetition
        }
        for index in silent { facts.attempts[index].givenUpAt = now }
        return silent.map { .close(attempt: $0) }
    }

    func mayClimb(at now: Instant) -> Bool {
        guard settings.usesOneFlow, control == nil, case .investigating(let investigation) = state else { return true }
        return now - investigation.since >= settings.controlWait
    }

    /// Two SYNs of one flow at one host would make it reset the first: the packets that may reach it go alone.
    func sharesPort(_ purpose: Attempt.Purpose, _ kind: Attempt.Kind) -> Bool {
        guard settings.usesOneFlow, case .tcp = kind, purpose.isRung, let timeToLive = purpose.timeToLive else {
            return false
        }
        return control.flatMap { facts.attempts[$0].answer.hostDistance }.map { timeToLive < $0 } ?? true
    }

    var window: Int {
        if case .investigating(let investigation) = state, investigation.reason == .refusal {
            return settings.refusalWindow
        }
        return settings.ladderWindow
    }
}
