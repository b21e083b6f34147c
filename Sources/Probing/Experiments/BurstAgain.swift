import Conversations
public import Diagnosis
public import PacketWire

/// As many connections at once as in the first round, when a limit seems to have stopped those: a machine or a link that
/// stood still for a moment does the same, once.
public enum BurstAgain: ExperimentPlan {
    public static let name = "a burst once more"
    public static let question = "Does a burst fail each time, and not only in one moment?"
    public static let separates: Set<CauseID> = ["RandomLoss", "RateLimit"]
    public static let transports: Set<Transport> = [.tcp, .udp]

    public static func mostPackets(isThorough: Bool) -> Int { OtherSourcePorts.mostPackets(isThorough: isThorough) }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        let trials = Trials(context.facts.attempts)
        guard trials.isMixed, trials.isPaceDecisive, trials.burstAgain.isEmpty else { return [] }
        return OtherSourcePorts.burst(context, .burstAgain)
    }
}
