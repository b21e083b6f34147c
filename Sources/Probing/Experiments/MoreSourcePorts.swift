import Conversations
public import Diagnosis
public import PacketWire

/// As many source ports more, where all but one of the first did the same: the one may be chance, or the only one met of
/// those that a broken path takes. Two of each kind, each tried again, tell.
public enum MoreSourcePorts: ExperimentPlan {
    public static let name = "more source ports"
    public static let question = "Is the one port that did otherwise the only one that does?"
    public static let separates: Set<CauseID> = ["RandomLoss", "BrokenMember"]
    public static let transports: Set<Transport> = [.tcp, .udp]

    public static func mostPackets(isThorough: Bool) -> Int { OtherSourcePorts.count }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        let trials = Trials(context.facts.attempts)
        // What needed a second packet shows that its port is none that fails, or passes, each time.
        guard trials.isMixed, trials.areOtherPortsTried, trials.answered.allSatisfy({ $0.sent == 1 }) else { return [] }
        // Packets of a ladder have ports of their own, which are not tried again.
        let others = trials.trials.filter { $0.round > 0 }
        let passing = others.count(where: \.isAnswered)
        let silent = others.count - passing + (context.isSilent ? 1 : 0)
        guard silent > 0, passing > 0, min(silent, passing) < 2 else { return [] }
        return OtherSourcePorts.burst(context, .sourcePort(round: 1), count: mostPackets(isThorough: false))
    }
}
