import Conversations
import Diagnosis

/// Experiments: which to run next, and when the running one has told what it can.
extension TargetProbe {
    /// One experiment on its way.
    struct RunningExperiment {
        var name: String
        /// What is still to be sent, with the moment for each, earliest first.
        var waiting: [(at: Instant, step: ExperimentStep)]
        var attempts: [Int] = []
        var until: Instant
    }

    /// Sends what is due of the running experiment, ends it when it has told what it can, and begins the next.
    /// `isDone` when there is none left that makes sense.
    mutating func experiment(at now: Instant) -> (actions: [ProbeAction], isDone: Bool) {
        let actions = advance(at: now)
        guard experiment == nil else { return (actions, false) }
        // What is left is asked again only when an experiment has told something: it is no small question.
        guard !isExperimentingOver else { return (actions, true) }
        let (remaining, isSettled) = facts.remainingCauses()
        guard !isSettled,
            let (plan, steps) = Experiments.next(
                ExperimentContext(facts: facts, circumstances: circumstances), remaining: remaining,
                done: doneExperiments, packetsLeft: packetsLeft, isAtEnd: hasAskedAgain)
        else {
            isExperimentingOver = true
            return (actions, true)
        }
        // Twenty packets a second on average, and one second's worth at once.
        let allowed = Int((now - started).seconds * Double(settings.packetsPerSecond)) + settings.packetsPerSecond
        guard facts.attempts.count + steps.count <= allowed else {
            return (actions + [.wake(at: now + .milliseconds(100))], false)
        }
        doneExperiments.insert(plan.name)
        let wait = plan.isLast ? plan.patience : answerPatience ?? plan.patience
        let moments = steps.map { (at: now + $0.after, step: $0) }
        let last = moments.map(\.at).max() ?? now
        experiment = RunningExperiment(name: plan.name, waiting: moments, until: last + wait)
        let wakes = Set(moments.map(\.at)).union([last + wait]).filter { $0 > now }.sorted().map(ProbeAction.wake)
        let (more, isDone) = experiment(at: now)
        return (actions + more + wakes, isDone)
    }

    /// What is due of the running experiment, and its end when it has told what it can.
    private mutating func advance(at now: Instant) -> [ProbeAction] {
        guard var running = experiment else { return [] }
        var actions: [ProbeAction] = []
        while let next = running.waiting.first, next.at <= now {
            running.waiting.removeFirst()
            if next.step.releases { actions += running.attempts.map { .close(attempt: $0) } }
            guard hasBudget else { continue }
            running.attempts.append(facts.attempts.count)
            actions.append(openStep(next.step, now))
        }
        experiment = running
        guard isOver(running, at: now) else { return actions }
        // What stays silent would be repeated by the kernel for nothing.
        actions += running.attempts.map { .close(attempt: $0) }
        for index in running.attempts { facts.attempts[index].givenUpAt = now }
        experiment = nil
        isExperimentingOver = false
        return actions
    }

    /// An experiment that runs keeps its pace while the connection is watched; no other one is begun.
    mutating func advanceInterrupted(at now: Instant) -> [ProbeAction] {
        interrupted == nil ? [] : advance(at: now)
    }

    private func isOver(_ running: RunningExperiment, at now: Instant) -> Bool {
        guard running.waiting.isEmpty else { return false }
        return now >= running.until
            || running.attempts.allSatisfy { index in
                facts.attempts.indices.contains(index) && facts.attempts[index].answer != .silence
            }
    }

    private mutating func openStep(_ step: ExperimentStep, _ now: Instant) -> ProbeAction {
        guard case .open(var order) = open(.experiment(step.experiment), step.kind, now) else { return .wake(at: now) }
        order.sourcePort = step.sourcePort
        order.source = step.source
        return .open(order)
    }

    /// Four round trips to the host, between a quarter of a second and 1.4 s: who has not answered by then answers late,
    /// or never. Nil where no round trip is known.
    private var answerPatience: TimeSpan? {
        // The kernel's wait before it sends again counts, too: where something is lost, repetitions tell how much.
        let trips = facts.attempts.compactMap { attempt -> TimeSpan? in
            // A datagram is ours to repeat, and when is no matter of the path.
            if case .udp = attempt.kind { return attempt.firstRoundTrip }
            guard case .reached(let reply) = attempt.answer, let at = reply.at else { return nil }
            return at - attempt.leftAt
        }
        guard let slowest = trips.max() else { return nil }
        return max(.milliseconds(250), TimeSpan(nanoseconds: min(slowest.nanoseconds, 350_000_000) * 4))
    }
}
