import Conversations
public import Diagnosis
public import PacketWire

/// The source ports of the first round once more: what hangs on the port fails and passes as before.
public enum SameSourcePorts: ExperimentPlan {
    public static let name = "the same source ports again"
    public static let question = "Does the outcome hang on the source port, or on chance?"
    public static let separates: Set<CauseID> = ["RandomLoss", "BrokenMember"]
    public static let transports: Set<Transport> = [.tcp, .udp]

    public static func mostPackets(isThorough: Bool) -> Int { OtherSourcePorts.mostPackets(isThorough: isThorough) }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        let trials = Trials(context.facts.attempts)
        guard trials.isMixed else { return [] }
        // Slow tries take some of these ports again, and others, and tell more for fewer packets.
        if trials.mayFailAtStart, !trials.trials.contains(where: \.isPaced) { return [] }
        let first = Self.chosen(
            trials.trials.filter { $0.round == 1 }, mostPackets(isThorough: context.circumstances.isThorough))
        // In an order without a pattern: what is lost by a count, every second or third packet say, must not look
        // decided by the port.
        let mixed = first.enumerated().sorted { Self.rank($0.offset) < Self.rank($1.offset) }.map(\.element)
        return mixed.enumerated().compactMap { index, trial in
            guard let port = trial.sourcePort else { return nil }
            return ExperimentStep(
                after: .milliseconds(Int64(index) * 120), context.kind, .sourcePort(round: 2), sourcePort: port)
        }
    }

    /// All of them, or, where more ports were tried than that, first those of the rarer kind.
    private static func chosen(_ first: [Trials.Trial], _ most: Int) -> [Trials.Trial] {
        let (silent, answered) = (first.filter { !$0.isAnswered }, first.filter(\.isAnswered))
        let (rarer, others) = silent.count < answered.count ? (silent, answered) : (answered, silent)
        return (rarer + others).prefix(most).sorted { $0.startedAt < $1.startedAt }
    }

    /// A fixed shuffle, found by search: of 8 and of 16, no position keeps its remainder by 2, 3, 4 or 5 for all.
    private static func rank(_ index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: index + 1) &* 2_127_877_499 >> 12 & 0xFFF
    }
}
