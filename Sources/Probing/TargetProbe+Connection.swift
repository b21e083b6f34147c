import Conversations
import Diagnosis
import PacketWire

/// What becomes of the connection that the person asked for: it is watched for a moment or spoken on, and ended.
extension TargetProbe {
    mutating func primaryChanged(_ primary: Attempt, at now: Instant) -> [ProbeAction] {
        guard let socket = primary.socket else { return [] }
        switch socket.state {
        case .pending:
            return []
        case .connected:
            if facts.target.transport == .udp {
                guard facts.isDoubtful else { return finish() }
                holdEnd = now
                return investigate(.doubt, at: now)
            }
            return connected(primary, at: now)
        case .failed:
            switch primary.answer {
            case .localError: return finish()
            // A rule of this machine. Whether it looks at the port that a person asked for, others tell.
            case .refused(let refusal) where refusal.sender == primary.local?.address && facts.sourcePort == nil:
                return finish()
            // To an address of this machine there is no path to look at.
            case .silence, .reset, .refused, .timeExceeded, .reached:
                return facts.route?.kind == .local ? finish() : investigate(.refusal, at: now)
            }
        }
    }

    /// The handshake is complete: the connection is watched for a moment. One echo beside it shows whether what
    /// answered is as far away as the host, and an unused port whether it answers for everything.
    private mutating func connected(_ primary: Attempt, at now: Instant) -> [ProbeAction] {
        guard holdEnd == nil else { return [] }
        let roundTrip = min(now - primary.startedAt, settings.patience)
        let end = now + settings.hold + roundTrip
        holdEnd = end
        var actions: [ProbeAction] = [.wake(at: end)]
        if facts.route?.kind != .local, let decoy = UnusedPort.kind(besides: primary.kind) {
            actions.append(open(.experiment(.unusedPort), decoy, now))
        }
        // What was begun meanwhile waits: however late it comes, a connection is watched and spoken on like any other.
        if case .investigating(let investigation) = state { interrupted = investigation }
        state = .holding(until: end)
        if facts.request != nil {
            let limit = now + settings.dialogue
            state = .conversing(until: limit)
            actions += [.converse(attempt: 0), .wake(at: limit)]
            actions += looksForUnheard(until: limit).map { .wake(at: $0) }
        }
        if facts.witnesses.contains(.wire), facts.route?.kind != .local, !hasAskedEcho {
            actions.append(open(.control, .echo, now))
        }
        return actions
    }

    /// The end of our side is the first packet after the handshake that the far end's TCP must answer. A handshake
    /// whose last packet was never heard looks complete from here, and does not do that.
    mutating func end(at now: Instant) -> [ProbeAction] {
        let roundTrip =
            facts.attempts.first.map { attempt in
                (attempt.socket?.at ?? now) - attempt.startedAt
            } ?? .zero
        let patience = max(.milliseconds(250), TimeSpan(nanoseconds: min(roundTrip.nanoseconds, 2_000_000_000) * 4))
        state = .ending(until: now + patience)
        endedAt = now
        let looks =
            [roundTrip + .milliseconds(1), roundTrip + .milliseconds(4)] + [16, 40, 100].map { .milliseconds($0) }
        return [.end(attempt: 0), .wake(at: now + patience)]
            + looks.filter { $0 < patience }.map { .wake(at: now + $0) }
    }

    mutating func afterHolding(at now: Instant) -> [ProbeAction] {
        facts.isDoubtful || circumstances.isThorough || interrupted != nil
            ? investigate(.doubt, at: now) : finish()
    }

    /// Asks whether our end has been heard, until it is.
    var inspections: [ProbeAction] {
        guard endedAt != nil, facts.attempts.first?.socket?.isEndAcknowledged == false else { return [] }
        return [.inspect(attempt: 0)]
    }

    /// What was held to the end has held.
    mutating func noteHeld(at now: Instant) {
        guard facts.target.transport == .tcp, let holdEnd, now >= holdEnd,
            facts.attempts.first?.socket?.aftermath == nil
        else { return }
        facts.attempts[0].socket?.aftermath = .held
    }

    /// Until all is said behind the handshake.
    mutating func conversing(until: Instant, at now: Instant) -> [ProbeAction] {
        if facts.application == nil {
            // The driver says at once what there is until now.
            if now >= until { return [.stopConversing(attempt: 0)] }
            return looksForUnheard(until: until).first.map { now >= $0 } ?? false ? [.stopUnheard(attempt: 0)] : []
        }
        if let other = bisect(at: now) { return other }
        // Whatever came back shows that the handshake was heard; the moment that odd answers come in is waited for.
        guard let holdEnd, now >= holdEnd else { return [] }
        noteHeld(at: now)
        return facts.attempts.first?.socket?.bytesReceived ?? 0 > 0 ? afterHolding(at: now) : end(at: now)
    }

    /// When it is looked whether either end has taken anything at all: as long as an unanswered SYN is waited for, and once a
    /// second from then on.
    private func looksForUnheard(until: Instant) -> [Instant] {
        let left = settings.dialogue.nanoseconds - settings.patienceWithoutControl.nanoseconds
        var at = until + TimeSpan(nanoseconds: -left)
        var looks: [Instant] = []
        while at < until, looks.count < 8 {
            looks.append(at)
            at = at + .seconds(1)
        }
        return looks
    }
}
