import Conversations
public import Diagnosis

/// A group of connections that are held open together, some more when time has passed, and some when the group has been
/// let go: a limit on connections refuses the former and admits the latter, a limit on their rate does the opposite.
public enum HeldConnections: ExperimentPlan {
    public static let name = "connections held together"
    public static let question = "Is there a most that may stand at the same time?"
    public static let separates: Set<CauseID> = ["ConnectionLimit"]
    /// A burst of which some are lost may have met the limit, and its repetitions would use up what tells.
    public static let keepsRoom = true

    /// What services and firewalls allow one address at least is below it, as a rule.
    static let count = 16

    /// How many more are tried before the group is let go, and how many after: one could be lost by chance.
    private static let (before, after) = (3, 2)

    public static func mostPackets(isThorough: Bool) -> Int { isThorough ? count + before + after : 0 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard context.circumstances.isThorough, case .tcp = context.kind, !context.isSilent else { return [] }
        let group = (0..<count).map {
            ExperimentStep(after: .milliseconds(Int64($0) * 50), context.kind, .held(.one))
        }
        let later = TimeSpan.milliseconds(Int64(count) * 50 + 1_500)
        let more = (0..<before).map { index in
            ExperimentStep(after: later + .milliseconds(Int64(index) * 50), context.kind, .held(.whileHeld))
        }
        let released = later + .milliseconds(600)
        let last = (0..<after).map { index in
            ExperimentStep(
                after: released + .milliseconds(Int64(index) * 50), context.kind, .held(.afterRelease),
                releases: index == 0)
        }
        return group + more + last
    }
}
