public import Diagnosis

/// The same connection from another address of this machine: rules and routes that look at the source.
public enum OtherSourceAddress: ExperimentPlan {
    public static let name = "another source address"
    public static let question = "Is it this source address that is not let through, or not answered?"
    public static let separates: Set<CauseID> = ["SourceRule"]
    public static let needs: String? = "a second address on this machine"

    public static func mostPackets(isThorough: Bool) -> Int { 2 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard case .tcp = context.kind, context.isSilent else { return [] }
        return context.circumstances.otherSources.prefix(2).map {
            ExperimentStep(context.kind, .otherSource, source: $0)
        }
    }
}
