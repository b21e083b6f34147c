import Conversations
import Diagnosis
import PacketWire

/// TLS failed: other hellos, each on a connection of its own, and the failing one once more.
extension TargetProbe {
    /// The matrix while it is on its way.
    struct Bisection: Hashable {
        struct Step: Hashable {
            var at: Instant
            var variant: HelloVariant
        }
        var waiting: [Step]
        /// Attempts that have told nothing yet, and whether theirs has been sent.
        var open: [Int: Bool] = [:]
        /// Who has told nothing by then stays silent.
        var until: Instant
        var isRepetition = false
        /// When it is looked whether any has told something: where none has, the failing one comes once more beside them, for
        /// a silence that is waited out once is as good as one that is waited out twice.
        var look: Instant?
    }

    /// Nil where other hellos tell nothing more, or there is no room for them.
    mutating func bisect(at now: Instant) -> [ProbeAction]? {
        guard bisection == nil, let failed = facts.application else { return nil }
        let variants = HelloMatrix.variants(for: failed)
        guard !variants.isEmpty, packetsLeft >= HelloMatrix.packetsEach else { return nil }
        return send(variants, isRepetition: false, at: now)
    }

    private mutating func send(_ variants: [HelloVariant], isRepetition: Bool, at now: Instant) -> [ProbeAction] {
        var steps: [Bisection.Step] = []
        var at = now
        for variant in variants {
            steps.append(Bisection.Step(at: at, variant: variant))
            at = at + HelloMatrix.interval
        }
        bisection = Bisection(
            waiting: steps, until: at + settings.helloPatience, isRepetition: isRepetition,
            look: isRepetition || facts.application.map(HelloMatrix.repeats) != true ? nil : at)
        state = .bisecting
        return (steps.dropFirst().map(\.at) + [at]).map { .wake(at: $0) }
            + [at + settings.unheardHello, at + settings.helloPatience].map { .wake(at: $0) } + bisecting(at: now)
    }

    /// Sends what is due; goes on when all has been told.
    mutating func bisecting(at now: Instant) -> [ProbeAction] {
        guard var running = bisection else { return [] }
        var actions: [ProbeAction] = []
        if let look = running.look, now >= look {
            running.look = nil
            if facts.application?.hellos.isEmpty ?? false {
                running.waiting.append(Bisection.Step(at: look, variant: .unchanged))
            }
        }
        while let next = running.waiting.first, next.at <= now {
            running.waiting.removeFirst()
            guard packetsLeft >= HelloMatrix.packetsEach else { continue }
            running.open[facts.attempts.count] = false
            actions.append(open(.experiment(.hello(next.variant)), .tcp(port: facts.target.port), now))
        }
        bisection = running
        guard running.waiting.isEmpty else { return actions }
        if now >= running.until + TimeSpan(nanoseconds: -settings.helloPatience.nanoseconds) + settings.unheardHello {
            actions += running.open.filter(\.value).keys.sorted().map { .stopUnheard(attempt: $0) }
        }
        if now >= running.until {
            // The driver says at once what there is until now; whose connection never stood has nothing to say.
            for (attempt, isSent) in running.open.sorted(by: { $0.key < $1.key }) {
                if isSent {
                    actions.append(.stopConversing(attempt: attempt))
                } else {
                    actions += forget(attempt, at: now)
                }
            }
        }
        guard bisection?.open.isEmpty ?? true else { return actions }
        if !running.isRepetition, let again = facts.application.map(HelloMatrix.repetition), !again.isEmpty {
            return actions + send(again, isRepetition: true, at: now)
        }
        // The first connection is looked at last, as any other.
        state = .conversing(until: now)
        return actions + proceed(at: now)
    }

    /// The connection of a hello stands, or does not.
    mutating func helloChanged(_ attempt: Attempt, _ index: Int, at now: Instant) -> [ProbeAction] {
        guard let isSent = bisection?.open[index], let socket = attempt.socket else { return [] }
        switch socket.state {
        case .pending: return []
        case .connected:
            guard !isSent else { return [] }
            bisection?.open[index] = true
            return [.converse(attempt: index)]
        case .failed:
            return forget(index, at: now)
        }
    }

    private mutating func forget(_ attempt: Int, at now: Instant) -> [ProbeAction] {
        bisection?.open[attempt] = nil
        facts.attempts[attempt].givenUpAt = now
        return [.close(attempt: attempt)]
    }

    /// What came of one hello.
    mutating func heard(_ attempt: Int, _ application: ApplicationFacts, at now: Instant) -> [ProbeAction] {
        guard bisection?.open.removeValue(forKey: attempt) != nil, facts.attempts.indices.contains(attempt),
            case .experiment(.hello(let variant)) = facts.attempts[attempt].purpose
        else { return [] }
        if let tls = application.tls {
            facts.application?.hellos.append(HelloTrial(variant, attempt: attempt, tls))
        }
        if let clocks = application.clocks { facts.application?.clocks = clocks }
        return [.close(attempt: attempt)] + proceed(at: now)
    }
}
