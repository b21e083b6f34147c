import Conversations
public import Diagnosis
public import PacketWire

/// The refused connection once more: a refusal that does not come every time is another matter.
public enum OnceMore: ExperimentPlan {
    public static let name = "once more"
    public static let question = "Is the refusal the same every time?"
    public static let separates: Set<CauseID> = ["IntermittentRefusal", "AskedSourcePort"]

    /// How far apart the tries are: a router does not spend an ICMP error on each of many at once.
    static func moment(_ index: Int) -> TimeSpan { .milliseconds(60 * Int64(index)) }

    public static let transports: Set<Transport> = [.tcp, .udp]

    public static func mostPackets(isThorough: Bool) -> Int { 2 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard context.kind.transport != nil, !context.isSilent else { return [] }
        return [
            ExperimentStep(context.kind, .rerun),
            ExperimentStep(after: moment(1), context.kind, .rerun, sourcePort: oddPorts(context).first),
        ]
    }

    /// Source ports that the system would not choose: Linux gives connect() those that are even, as long as there are any
    /// (net/ipv4/inet_hashtables.c, __inet_hash_connect), and what spreads connections by their port may look at just that.
    static func oddPorts(_ context: ExperimentContext) -> [UInt16] {
        guard let first = context.facts.attempts.first?.local?.port else { return [] }
        return (0..<4).map { (first ^ 1) &+ 74 * $0 }.filter { $0 >= 1_024 }
    }
}

/// The same from more source ports, where too few of one kind were met: one of two paths that refuses takes three of three
/// connections once in eight runs.
public enum OnceMoreFromOtherPorts: ExperimentPlan {
    public static let name = "a refusal from other ports"
    public static let question = "Is it refused whatever the source port, or by one path or machine of several?"
    public static let separates: Set<CauseID> = ["IntermittentRefusal", "AskedSourcePort"]

    public static let transports: Set<Transport> = [.tcp, .udp]

    static let count = 6

    public static func mostPackets(isThorough: Bool) -> Int { count }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        let tries = RefusalTries(context.facts.attempts)
        // Two of each kind, each tried again, tell whether the port decides. What is silent was refused, too, by a router
        // that had no ICMP error left to spend, or was not.
        guard context.facts.attempts.contains(where: { $0.purpose == .experiment(.rerun) }), !context.isSilent,
            min(tries.refusedPorts.count, tries.acceptedPorts.count) < 2
        else { return [] }
        let odd = OnceMore.oddPorts(context).dropFirst()
        return (0..<count).map { index in
            let port = index % 2 == 0 ? nil : odd.dropFirst(index / 2).first
            return ExperimentStep(after: OnceMore.moment(index), context.kind, .rerun, sourcePort: port)
        }
    }
}

/// Source ports that were refused and others that got through, each once more: does the port decide?
public enum RefusedPortsAgain: ExperimentPlan {
    public static let name = "the refused ports again"
    public static let question = "Does it hang on the source port whether it is refused?"
    public static let separates: Set<CauseID> = ["IntermittentRefusal"]

    public static let transports: Set<Transport> = [.tcp, .udp]

    /// Of each kind.
    static let count = 3

    public static func mostPackets(isThorough: Bool) -> Int { 2 * count }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        let tries = RefusalTries(context.facts.attempts)
        let (refused, passed) = (tries.refusedPorts.prefix(count), tries.acceptedPorts.prefix(count))
        guard min(refused.count, passed.count) > 1 else { return [] }
        // By turns: what changes with the time does not look decided by the port then.
        let ports = (0..<count).flatMap { index in
            [passed, refused].compactMap { $0.dropFirst(index).first }
        }
        return ports.enumerated().map { index, port in
            ExperimentStep(after: OnceMore.moment(index), context.kind, .rerun, sourcePort: port)
        }
    }
}
