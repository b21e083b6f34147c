import Conversations
public import Diagnosis

/// The kernel's own SYN once more, made by us: unchanged, and with one thing at a time taken out.
public enum SYNVariants: ExperimentPlan {
    public static let name = "one option at a time"
    public static let question = "Is it something in the SYN itself: ECN, timestamps, window scaling, SACK?"
    public static let separates: Set<CauseID> = ["OptionSensitive"]
    public static let needs: String? = "cap_net_raw, and a capture that sees the answers"

    public static func mostPackets(isThorough: Bool) -> Int { SYNVariant.allCases.count }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard case .tcp = context.kind, context.isSilent, context.circumstances.mayCraft,
            let sent = context.facts.attempts.first?.packets.first(where: \.fromInitiator)?.tcp
        else { return [] }
        let variants = SYNVariant.allCases.filter { $0.changes(sent) }
        // The unchanged one is the control of the others: alone it tells nothing.
        guard variants != [.unchanged] else { return [] }
        return variants.map { ExperimentStep(context.kind, .variant($0)) }
    }
}
