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
        if control != nil, walksControl {
            for timeToLive in controlLadder.next(window: window, longest: settings.longestPath) {
                guard hasBudget else { return actions }
                actions.append(openControlRung(timeToLive, now))
            }
        }
        return actions
    }

    /// The second pair of ladders is this target's alone, and so are echoes where another target's control may be TCP.
    var walksControl: Bool { !sharesControl || members != nil || facts.isEchoAlone }

    mutating func openRung(_ timeToLive: Int, _ kind: Attempt.Kind, _ now: Instant) -> ProbeAction {
        guard case .open(var order) = open(.rung(timeToLive: timeToLive), kind, now) else { return .wake(at: now) }
        order.sourcePort = facts.sourcePort
        if order.sharesPort, let members { order.sourcePort = members.failing }
        return .open(order)
    }

    /// The control's packet; beside the ladder of a port that fails, the target's own from a port that passes.
    mutating func openControlRung(_ timeToLive: Int, _ now: Instant) -> ProbeAction {
        let like = members == nil ? control ?? 0 : 0
        guard case .open(var order) = open(.controlRung(timeToLive: timeToLive), facts.attempts[like].kind, now) else {
            return .wake(at: now)
        }
        if order.sharesPort { order.sourcePort = members?.passing }
        return .open(order)
    }

    /// Where the outcome hangs on the source port, the ladders are walked once more, from a port that fails and, as
    /// the control, from one that passes: any other port may take either way. Nil where there is nothing to walk
    /// again.
    mutating func climbMembers(at now: Instant) -> [ProbeAction]? {
        guard members == nil, settings.usesOneFlow, ladderSince != nil,
            let decided = Trials(facts.attempts).decidedByPort,
            // The first attempt's own port is still taken by it.
            let failing = decided.failing.first(where: { $0 != facts.attempts.first?.local?.port }),
            let passing = decided.passing.first
        else { return nil }
        members = Members(failing: failing, passing: passing)
        targetLadder = Ladder()
        controlLadder = Ladder()
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
            // The first ladders have told theirs when there are second ones.
            if let members, ![members.failing, members.passing].contains(attempt.local?.port) { continue }
            switch attempt.purpose {
            case .rung(let timeToLive): actions.append(openRung(timeToLive, attempt.kind, now))
            case .controlRung(let timeToLive): actions.append(openControlRung(timeToLive, now))
            case .primary, .control, .experiment: continue
            }
        }
        // A silence counts where the control, asked after it, gets an answer: so it is asked again, too.
        guard let control, let distance = facts.attempts[control].answer.hostDistance else { return actions }
        for case .rung(let timeToLive) in missing.map(\.purpose) where timeToLive < distance && hasBudget {
            actions.append(openControlRung(timeToLive, now))
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
        // Datagrams may.
        guard settings.usesOneFlow, facts.target.transport == .tcp, control == nil,
            case .investigating(let investigation) = state
        else { return true }
        return now - investigation.since >= settings.controlWait
    }

    func sharesPort(_ purpose: Attempt.Purpose, _ kind: Attempt.Kind) -> Bool {
        settings.usesOneFlow
            && purpose.sharesPort(kind, hostDistance: control.flatMap { facts.attempts[$0].answer.hostDistance })
    }

    var window: Int {
        if case .investigating(let investigation) = state, investigation.reason == .refusal {
            return settings.refusalWindow
        }
        return settings.ladderWindow
    }

    /// Two source ports of which one fails each time and one never does.
    struct Members: Hashable {
        var failing: UInt16
        var passing: UInt16
    }
}

extension Attempt.Purpose {
    /// Whether such a packet of a ladder can be one of a flow. Two SYNs of one flow at one host would make it reset the
    /// first: those that may reach it go alone. A datagram is nothing to the next one.
    func sharesPort(_ kind: Attempt.Kind, hostDistance: Int?) -> Bool {
        guard isRung, let timeToLive else { return false }
        return switch kind {
        case .tcp: hostDistance.map { timeToLive < $0 } ?? true
        case .udp: true
        case .echo: false
        }
    }
}
