import Conversations
public import Diagnosis

/// A port that nobody uses, where a reset came back: the host's own resets show from how far away they come, and one that
/// was made on the way for this port alone differs from them.
public enum UnusedPortReset: ExperimentPlan {
    public static let name = "an unused port's reset"
    public static let question = "Do the host's own resets come from as far away as this one?"
    public static let separates: Set<CauseID> = ["ForgedReset"]

    public static func mostPackets(isThorough: Bool) -> Int { 1 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        // Without its TTL there is nothing to compare.
        guard case .reset(let reply)? = context.facts.attempts.first?.answer, reply.timeToLive != nil,
            let decoy = UnusedPort.kind(besides: context.kind)
        else { return [] }
        return [ExperimentStep(decoy, .unusedPort)]
    }
}
