import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// Turns names into addresses, all at once: the system's resolver first, as applications do, and, where that fails
/// or is slow, each configured resolver asked directly, because getaddrinfo says neither who failed nor how.
struct ResolutionStage {
    /// After this, the resolvers are asked directly beside the system.
    private static let suspicion = TimeSpan.milliseconds(700)
    /// No answer to a direct question after this is silence; asked twice in between.
    private static let directPatience = TimeSpan.milliseconds(2_500)

    private final class Job {
        let name: String
        let startedAt: Instant
        let resolution: NameResolution?
        var system: NameResolution.Outcome?
        var questions: [DirectQuestion] = []
        var asked = false
        var endedAt: Instant?

        init(_ name: String, family: IPFamily?, at now: Instant) {
            self.name = name
            startedAt = now
            resolution = try? NameResolution(name, family: family)
        }
    }

    let family: IPFamily?
    let patience: TimeSpan
    let clock: RunClock

    /// Resolves every name; the result has one fact for each.
    func resolve(_ names: [String]) -> [String: ResolutionFact] {
        guard !names.isEmpty, let poller = try? Poller() else { return [:] }
        let jobs = names.map { Job($0, family: family, at: clock.now) }
        for (index, job) in jobs.enumerated() {
            guard let resolution = job.resolution else { continue }
            try? poller.add(resolution.descriptor, token: UInt64(index) << 8)
        }
        let servers = ResolverConfiguration.current().servers
        while jobs.contains(where: { $0.endedAt == nil }) {
            let now = clock.now
            for (index, job) in jobs.enumerated() where job.endedAt == nil {
                advance(job, index, servers, poller, now)
            }
            guard jobs.contains(where: { $0.endedAt == nil }) else { break }
            poller.wait(nanoseconds: 50_000_000) { event in
                let job = jobs[Int(event.token >> 8)]
                let slot = Int(event.token & 0xFF)
                if slot == 0 {
                    job.system = job.resolution?.outcome
                    if let resolution = job.resolution { poller.remove(resolution.descriptor) }
                } else {
                    job.questions[slot - 1].read(at: clock.now)
                }
            }
        }
        return Dictionary(zip(names, jobs.map(fact)), uniquingKeysWith: { first, _ in first })
    }

    private func advance(_ job: Job, _ index: Int, _ servers: [IPAddress], _ poller: Poller, _ now: Instant) {
        if case .addresses = job.system {
            job.endedAt = now
            return
        }
        let elapsed = now - job.startedAt
        let failed = job.system != nil || job.resolution == nil
        if !job.asked, failed || elapsed >= Self.suspicion {
            job.asked = true
            for server in servers {
                guard let question = DirectQuestion(job.name, family: family, server: server, at: now) else { continue }
                job.questions.append(question)
                try? poller.add(question.descriptor, token: UInt64(index) << 8 | UInt64(job.questions.count))
            }
        }
        for question in job.questions { question.proceed(at: now) }
        let directDone = job.asked && job.questions.allSatisfy(\.isSettled)
        // The system may know what no resolver knows (hosts file): it gets its time unless everybody is silent.
        if failed && directDone || elapsed >= patience
            || directDone && job.questions.allSatisfy({ $0.outcome == .silent }) && elapsed >= Self.directPatience
        {
            job.endedAt = now
        }
    }

    private func fact(_ job: Job) -> ResolutionFact {
        let elapsed = (job.endedAt ?? job.startedAt) - job.startedAt
        let servers = job.questions.map {
            ResolutionFact.ServerAnswer(server: $0.server, outcome: $0.outcome, elapsed: $0.elapsed)
        }
        switch job.system {
        case .addresses(let addresses):
            return ResolutionFact(outcome: .addresses(addresses), systemCode: nil, elapsed: elapsed, servers: servers)
        case .failed(let code):
            return ResolutionFact(
                outcome: Self.join(servers.map(\.outcome), code), systemCode: code, elapsed: elapsed, servers: servers)
        case nil:
            return ResolutionFact(
                outcome: Self.join(servers.map(\.outcome), nil), systemCode: nil, elapsed: elapsed, servers: servers)
        }
    }

    /// What the servers together say; the system's code only where they say nothing at all.
    private static func join(_ outcomes: [ResolutionFact.Outcome], _ code: String?) -> ResolutionFact.Outcome {
        for outcome in outcomes {
            if outcome == .noSuchName || outcome == .noAddress { return outcome }
        }
        for outcome in outcomes { if case .refused = outcome { return outcome } }
        if !outcomes.isEmpty, outcomes.allSatisfy({ $0 == .silent }) { return .silent }
        switch code {
        case "EAI_NONAME": return .noSuchName
        case "EAI_NODATA", "EAI_ADDRFAMILY": return .noAddress
        case let code?: return code == "EAI_AGAIN" ? .silent : .refused(code: code)
        case nil: return .silent
        }
    }
}
