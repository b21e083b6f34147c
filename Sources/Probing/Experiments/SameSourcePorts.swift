import Conversations
public import Diagnosis

/// The source ports of the first round once more: what hangs on the port fails and passes as before.
public enum SameSourcePorts: ExperimentPlan {
    public static let name = "the same source ports again"
    public static let question = "Does the outcome hang on the source port, or on chance?"
    public static let separates: Set<CauseID> = ["RandomLoss", "BrokenMember"]

    public static func mostPackets(isThorough: Bool) -> Int { OtherSourcePorts.mostPackets(isThorough: isThorough) }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        let trials = Trials(context.facts.attempts)
        guard trials.isMixed else { return [] }
        let first = trials.trials.filter { $0.round == 1 }
        // In another order: what is lost by a count, every second packet say, must not look decided by the port.
        let rotated = first.dropFirst(3) + first.prefix(3)
        return rotated.enumerated().compactMap { index, trial in
            guard let port = trial.sourcePort else { return nil }
            return ExperimentStep(
                after: .milliseconds(Int64(index) * 120), context.kind, .sourcePort(round: 2), sourcePort: port)
        }
    }
}
