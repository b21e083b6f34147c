public import Conversations
public import Diagnosis

/// A control that got through, once more at the end: did probing itself get us shut out?
public enum ControlOnceMore: ExperimentPlan {
    public static let name = "the control again"
    public static let question = "Does what got through before still get through, or has probing got us shut out?"
    public static let separates: Set<CauseID> = ["ShutOut"]
    public static let isLast = true
    /// Long enough for the kernel's second SYN: one lost packet is no ban.
    public static let patience = TimeSpan.milliseconds(1_300)

    public static func mostPackets(isThorough: Bool) -> Int { 1 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard context.isSilent else { return [] }
        let passing = context.facts.attempts.filter { attempt in
            guard attempt.purpose == .control, case .tcp = attempt.kind else { return false }
            return attempt.isPassing
        }
        // An open port, where one is known: a ban that resets is told from it, and not from one that was closed all along.
        let telling = passing.first { if case .reached = $0.answer { true } else { false } } ?? passing.first
        return telling.map { [ExperimentStep($0.kind, .controlRerun)] } ?? []
    }
}
