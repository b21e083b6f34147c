import Conversations
import PacketWire

/// Something lets through only so many new connections in a time: a burst fails, slow tries pass.
enum RateLimit: Cause {
    static let supersedes: Set<CauseID> = ["Open"]

    static func examine(_ observations: Observations) -> Finding? {
        if observations.isUnansweredDatagram { return nil }
        let trials = observations.trials
        guard trials.isMixed else { return observations.untestedIntermittence("a limit on new connections") }
        let paced = trials.trials.filter(\.isPaced)
        // Where time alone sorts what passed from what did not, slow tries could only confirm it.
        guard !paced.isEmpty || trials.isSpacedOut else { return .untested("a limit on new connections") }
        guard observations.isPaceDecisive else { return nil }
        let burst = trials.trials.filter { $0.round == 1 }
        let lost = burst.filter { $0.sent > 1 || !$0.isAnswered }.count
        let slow = paced.filter { $0.isAnswered && $0.sent == 1 }.count
        return Finding(
            "a limit on new connections", .degraded, stage: .handshake, mechanism: .rateLimit,
            zones: [.path, .destination, .returnPath], confidence: .strong,
            summary: "Something limits new connections: "
                + (burst.isEmpty ? "" : "\(lost) of \(burst.count) in a burst got no answer at once")
                + (burst.isEmpty || paced.isEmpty ? "" : ", and ")
                + (paced.isEmpty ? "" : "\(slow) of \(paced.count) that came one a second did")
                + (trials.isSpacedOut
                    ? (burst.isEmpty && paced.isEmpty ? "" : "; ")
                        + "whatever passed had waited longer for the one before than whatever failed."
                    : "."),
            advice: [
                "Ask whoever runs the firewalls on the way, and the host, for a rate limit on new"
                    + " connections to \(observations.name); open fewer at once, or keep them open."
            ],
            whyNotExcluded: "the burst failed more often than the slow tries",
            experiment: "repeat burst and slow tries: a limit shows the same difference each time")
    }
}

extension Observations {
    /// Slow tries all passed at once, and of a burst most did not, or only the first did: chance does not do that.
    var isPaceDecisive: Bool {
        if trials.isSpacedOut { return true }
        let paced = trials.trials.filter(\.isPaced)
        guard paced.count >= 3, paced.allSatisfy({ $0.isAnswered && $0.sent == 1 }) else { return false }
        let burst = trials.trials.filter { $0.round == 1 }.sorted { $0.startedAt < $1.startedAt }
        let failed = burst.filter { $0.sent > 1 || !$0.isAnswered }
        guard burst.count >= 4, failed.count >= 2, let firstFailure = failed.first else { return false }
        // The first ones pass and then none: or nearly all fail.
        let passedLater = burst.filter { $0.startedAt > firstFailure.startedAt && $0.isAnswered && $0.sent == 1 }
        return failed.count * 4 >= burst.count * 3 || passedLater.count <= 1 && failed.count * 3 >= burst.count
    }
}
