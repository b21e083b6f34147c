import Conversations
import Diagnosis
import PacketWire

/// What is sent, how often, and how much may still be.
extension TargetProbe {
    var hasBudget: Bool { packetsLeft > 0 }

    /// Packets that may still be sent: each attempt is one, and the kernel's repetitions count as far as the wire
    /// has shown them.
    var packetsLeft: Int {
        let sent = facts.attempts.enumerated().map { index, attempt in
            max(attempt.plannedPackets, attempt.packets.count(where: \.fromInitiator), datagrams[index] ?? 1)
        }.reduce(0, +)
        return settings.packets(isThorough: circumstances.isThorough) - sent
    }

    mutating func open(_ purpose: Attempt.Purpose, _ kind: Attempt.Kind, _ now: Instant) -> ProbeAction {
        let index = facts.attempts.count
        facts.attempts.append(Attempt(purpose: purpose, kind: kind, remote: facts.target.address, startedAt: now))
        lastSent[index] = now
        datagrams[index] = 1
        var order = AttemptOrder(attempt: index, kind: kind, purpose: purpose)
        order.sharesPort = sharesPort(purpose, kind)
        return .open(order)
    }

    /// The kernel repeats a SYN by itself; a datagram is ours to repeat.
    mutating func resends(at now: Instant) -> [ProbeAction] {
        var actions: [ProbeAction] = []
        for (index, attempt) in facts.attempts.enumerated() {
            if case .tcp = attempt.kind { continue }
            // `repeatMissing` does that, with a packet that has a name of its own.
            if attempt.isWatchedOnly || attempt.givenUpAt != nil { continue }
            guard case .silence = attempt.answer, let last = lastSent[index], let tries = datagrams[index],
                tries < settings.datagramTries, now - last >= settings.resendInterval,
                hasBudget || attempt.purpose == .primary
            else { continue }
            lastSent[index] = now
            datagrams[index] = tries + 1
            actions.append(.resend(attempt: index))
        }
        return actions
    }

    func resendWakes(_ now: Instant) -> [ProbeAction] {
        (1..<max(2, settings.datagramTries)).map { count in
            let wait = settings.resendInterval.nanoseconds.multipliedReportingOverflow(by: Int64(count)).partialValue
            return .wake(at: now + TimeSpan(nanoseconds: wait))
        }
    }
}

extension Attempt {
    /// What it will have cost: a connection is three packets (SYN, acknowledgement and reset, or a SYN and its
    /// repetitions), a rung is closed after its second SYN, or with its answer. What was given up costs no more than
    /// it has.
    fileprivate var plannedPackets: Int {
        guard kind.transport == .tcp, !isWatchedOnly else { return 1 }
        if answer == .silence, givenUpAt != nil { return 1 + (socket?.retransmissions ?? 0) }
        if case .experiment(.variant) = purpose { return 2 }
        if case .experiment(.hello) = purpose { return HelloMatrix.packetsEach }
        guard purpose.isRung else { return 3 }
        return answer == .silence ? 2 : 1
    }
}
