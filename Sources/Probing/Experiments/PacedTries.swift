import Conversations
public import Diagnosis
public import PacketWire

/// The same connection four times, one a second: a limit lets these pass, loss and a block do not care. They come from
/// ports that failed in the burst, where there are such: ports of which some pass and others fail look like a limit by
/// chance else.
public enum PacedTries: ExperimentPlan {
    public static let name = "slow tries"
    public static let question = "Do connections that come slowly get through, and only those that come in a burst not?"
    public static let separates: Set<CauseID> = ["RandomLoss", "RateLimit", "FirstOfFlow"]
    public static let transports: Set<Transport> = [.tcp, .udp]

    public static func mostPackets(isThorough: Bool) -> Int { 4 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        let trials = Trials(context.facts.attempts)
        guard trials.isMixed, trials.decidedByPort == nil else { return [] }
        // Two bursts in which time alone decided say as much.
        if trials.isPaceDecisive, !trials.burstAgain.isEmpty { return [] }
        // Where no flow's first packet has passed yet, every other one is of a flow that was not there before.
        let mayFailAtStart = trials.mayFailAtStart
        let failed = trials.trials.filter { $0.round == 1 && (mayFailAtStart || !$0.isAnswered) }
            .compactMap(\.sourcePort)
        return (1...4).map { count in
            ExperimentStep(
                after: .milliseconds(Int64(count) * 1_050), context.kind, .paced,
                sourcePort: failed.isEmpty || mayFailAtStart && count.isMultiple(of: 2)
                    ? nil : failed[count % failed.count])
        }
    }
}
