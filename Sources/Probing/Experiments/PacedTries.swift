import Conversations
public import Diagnosis

/// The same connection four times, one a second: a limit lets these pass, loss and a block do not care.
public enum PacedTries: ExperimentPlan {
    public static let name = "slow tries"
    public static let question = "Do connections that come slowly get through, and only those that come in a burst not?"
    public static let separates: Set<CauseID> = ["RandomLoss", "RateLimit"]

    public static func mostPackets(isThorough: Bool) -> Int { 4 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        let trials = Trials(context.facts.attempts)
        guard trials.isMixed, trials.decidedByPort == nil else { return [] }
        // Two bursts in which time alone decided say as much.
        if trials.isPaceDecisive, !trials.burstAgain.isEmpty { return [] }
        return (1...4).map { ExperimentStep(after: .milliseconds(Int64($0) * 1_050), context.kind, .paced) }
    }
}
