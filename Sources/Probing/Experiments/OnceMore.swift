import Conversations
public import Diagnosis

/// The refused connection once more: a refusal that does not come every time is another matter.
public enum OnceMore: ExperimentPlan {
    public static let name = "once more"
    public static let question = "Is the refusal the same every time?"
    public static let separates: Set<CauseID> = ["IntermittentRefusal"]

    public static func mostPackets(isThorough: Bool) -> Int { 2 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard case .tcp = context.kind, !context.isSilent else { return [] }
        return [
            ExperimentStep(context.kind, .rerun), ExperimentStep(after: .milliseconds(60), context.kind, .rerun),
        ]
    }
}
