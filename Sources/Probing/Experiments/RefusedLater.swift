import Conversations
public import Diagnosis
public import PacketWire

/// A refusal of which no doubt would be left, once more when nothing has been sent for a while: a limit refuses a burst to
/// its last packet, and lets through what comes slowly.
public enum RefusedLater: ExperimentPlan {
    public static let name = "a refusal later"
    public static let question = "Is it refused all the time, or only what comes soon after another one?"
    public static let separates: Set<CauseID> = ["IntermittentRefusal"]

    public static let transports: Set<Transport> = [.tcp, .udp]

    public static func mostPackets(isThorough: Bool) -> Int { 1 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        let tries = RefusalTries(context.facts.attempts)
        guard !context.isSilent, tries.passed == 0, tries.repeated >= RefusalTries.enough, !tries.isTriedLater else {
            return []
        }
        return [ExperimentStep(after: RefusalTries.pause, context.kind, .rerun)]
    }
}

/// What was refused soon and passed late, slowly twice more: once may be chance.
public enum RefusedSlowly: ExperimentPlan {
    public static let name = "a refusal, slowly"
    public static let question = "Does all that comes slowly get through?"
    public static let separates: Set<CauseID> = ["IntermittentRefusal"]

    public static let transports: Set<Transport> = [.tcp, .udp]

    public static func mostPackets(isThorough: Bool) -> Int { 2 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard RefusalTries(context.facts.attempts).mayBeLimited else { return [] }
        return (1...2).map {
            ExperimentStep(
                after: TimeSpan(nanoseconds: RefusalTries.pause.nanoseconds * $0), context.kind, .rerun)
        }
    }
}
