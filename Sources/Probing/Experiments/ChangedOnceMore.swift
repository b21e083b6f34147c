import Conversations
public import Diagnosis
public import PacketWire

/// What passed when something was changed, twice more: a rule lets it through each time, and a limit, which lets one through
/// each so often whatever it bears, does not so soon.
public enum ChangedOnceMore: ExperimentPlan {
    public static let name = "what passed, again"
    public static let question = "Does it get through each time with that change, or did it once?"
    public static let separates: Set<CauseID> = [
        "SourcePortRule", "SourceRule", "OptionSensitive", "PathDrop", "HostDrop", "ReturnPathLoss",
    ]
    public static let transports: Set<Transport> = [.tcp, .udp]

    /// How often each comes again.
    public static let times = 2
    /// Nobody's limit is one for tries so far apart and for none of the many before.
    private static let distance = TimeSpan.milliseconds(250)

    public static func mostPackets(isThorough: Bool) -> Int { 3 * times }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard context.isSilent else { return [] }
        let changes = ChangedTries(context.facts.attempts).passedOnce
        return (0..<times).flatMap { time in
            changes.enumerated().map { index, change in
                let turn = Int64(time * changes.count + index)
                return ExperimentStep(
                    after: TimeSpan(nanoseconds: turn * distance.nanoseconds), context.kind, change.experiment,
                    sourcePort: change.sourcePort, source: change.source)
            }
        }
    }
}
