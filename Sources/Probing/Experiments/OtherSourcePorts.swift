import Conversations
public import Diagnosis
public import PacketWire

/// The same connection from eight other source ports: chance, a limit, or a member of a group shows here.
public enum OtherSourcePorts: ExperimentPlan {
    public static let name = "other source ports"
    public static let question =
        "Does any other connection of the same kind get through: is it loss, or one path of several?"
    public static let separates: Set<CauseID> = [
        "RandomLoss", "RateLimit", "BrokenMember", "StaleState", "AskedSourcePort",
    ]
    public static let transports: Set<Transport> = [.tcp, .udp]

    /// A share of a quarter that fails is then seen nine times out of ten.
    static let count = 8

    public static func mostPackets(isThorough: Bool) -> Int { isThorough ? 2 * count : count }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        burst(context, .sourcePort(round: 1))
    }

    static func burst(
        _ context: ExperimentContext, _ experiment: Experiment, count: Int? = nil
    ) -> [ExperimentStep] {
        (0..<(count ?? mostPackets(isThorough: context.circumstances.isThorough))).map { index in
            ExperimentStep(after: .milliseconds(Int64(index) * 8), context.kind, experiment)
        }
    }
}
