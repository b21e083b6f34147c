public import Conversations
public import Diagnosis
public import PacketWire

/// One way to tell look-alikes apart: what it sends, which causes it separates, what it needs and what it costs.
///
/// Whoever adds one writes a file of this kind and puts it into `Experiments.all`.
public protocol ExperimentPlan: SendableMetatype {
    /// In two or three words, as `--plan` prints it.
    static var name: String { get }
    /// What it separates, in one sentence.
    static var question: String { get }
    /// The causes that its outcome confirms or rules out.
    static var separates: Set<CauseID> { get }
    /// What it needs beyond a socket; nil where that is enough.
    static var needs: String? { get }
    /// What it is of use for: other experiments need an answer that a datagram's service owes nobody.
    static var transports: Set<Transport> { get }
    /// Whether it comes after all others: it looks back at the run.
    static var isLast: Bool { get }
    /// Whether the others leave it room in the budget: what they find raises its question.
    static var keepsRoom: Bool { get }
    /// What it sends, retransmissions of the kernel not counted; empty where it makes no sense now.
    static func steps(_ context: ExperimentContext) -> [ExperimentStep]
    /// How many packets that is at most, for whoever wants to know before.
    static func mostPackets(isThorough: Bool) -> Int
    /// How long its last packet is waited for, where the round trip is not known.
    static var patience: TimeSpan { get }
}

extension ExperimentPlan {
    public static var needs: String? { nil }
    public static var transports: Set<Transport> { [.tcp] }
    public static var isLast: Bool { false }
    public static var keepsRoom: Bool { false }
    public static var patience: TimeSpan { .milliseconds(1_000) }

    /// In packets: a connection is three, whatever comes of it.
    fileprivate static func cost(_ steps: [ExperimentStep]) -> Int { 3 * steps.count }
}

/// What an experiment may look at when it decides what to send.
public struct ExperimentContext: Sendable {
    public var facts: Facts
    public var circumstances: ProbeCircumstances

    public init(facts: Facts, circumstances: ProbeCircumstances) {
        self.facts = facts
        self.circumstances = circumstances
    }

    /// What was asked for.
    public var kind: Attempt.Kind { facts.attempts.first?.kind ?? .tcp(port: facts.target.port) }

    /// Whether the first attempt has got no answer, its refusal included.
    public var isSilent: Bool { facts.attempts.first.map { $0.answer == .silence } ?? false }
}

/// One packet of an experiment.
public struct ExperimentStep: Sendable, Hashable {
    /// After the experiment's begin.
    public var after: TimeSpan
    public var kind: Attempt.Kind
    public var experiment: Experiment
    /// Nil is the system's choice.
    public var sourcePort: UInt16?
    public var source: IPAddress?
    /// The experiment's packets before it are let go first.
    public var releases: Bool

    public init(
        after: TimeSpan = .zero, _ kind: Attempt.Kind, _ experiment: Experiment, sourcePort: UInt16? = nil,
        source: IPAddress? = nil, releases: Bool = false
    ) {
        self.after = after
        self.kind = kind
        self.experiment = experiment
        self.sourcePort = sourcePort
        self.source = source
        self.releases = releases
    }
}

/// What this process may do beyond opening sockets, found by the driver before the first packet.
public struct ProbeCircumstances: Sendable, Hashable {
    /// Other addresses of this machine from which the target could be reached.
    public var otherSources: [IPAddress] = []
    /// Ports below 1024 that may be used as source.
    public var privilegedPorts: Set<UInt16> = []
    /// Packets of our own making may be sent, and a capture sees what answers them.
    public var mayCraft = false
    /// Twice the budget, and the experiments that only then make sense.
    public var isThorough = false

    public init() {}
}

/// The catalogue, in the order in which equally useful experiments are run.
public enum Experiments {
    public static let all: [any ExperimentPlan.Type] = [
        OtherSourcePorts.self, MoreSourcePorts.self, SameSourcePorts.self, PacedTries.self, BurstAgain.self,
        OtherSourceAddress.self, PrivilegedSourcePort.self, SYNVariants.self, ChangedOnceMore.self,
        HeldConnections.self, OnceMore.self,
        OnceMoreFromOtherPorts.self, RefusedPortsAgain.self, RefusedLater.self, RefusedSlowly.self,
        UnusedPortReset.self, ControlOnceMore.self,
    ]

    /// The experiment that excludes most of the remaining causes for the fewest packets; nil where none that is
    /// left makes sense. What looks back at the run waits for its end.
    static func next(
        _ context: ExperimentContext, remaining: Set<CauseID>, done: Set<String>, packetsLeft: Int, isAtEnd: Bool
    ) -> (plan: any ExperimentPlan.Type, steps: [ExperimentStep])? {
        var best: (plan: any ExperimentPlan.Type, steps: [ExperimentStep], worth: Double)?
        let kept = room(context, remaining: remaining, done: done)
        for plan in all where !done.contains(plan.name) && (isAtEnd || !plan.isLast) {
            guard let transport = context.kind.transport, plan.transports.contains(transport) else { continue }
            let separated = plan.separates.intersection(remaining).count
            guard separated > 0 else { continue }
            let steps = plan.steps(context)
            // Room that is not there any more need not be left.
            let left = plan.keepsRoom || kept > packetsLeft ? packetsLeft : packetsLeft - kept
            guard !steps.isEmpty, plan.cost(steps) <= left else { continue }
            // A second of waiting weighs as much as two packets.
            let seconds = steps.map(\.after).max()?.seconds ?? 0
            let worth = plan.isLast ? 0 : Double(separated) / (Double(steps.count) + 2 * seconds)
            if let best, best.worth >= worth { continue }
            best = (plan, steps, worth)
        }
        return best.map { ($0.plan, $0.steps) }
    }

    /// What is left to those that keep their room and can still tell something.
    private static func room(_ context: ExperimentContext, remaining: Set<CauseID>, done: Set<String>) -> Int {
        all.filter { $0.keepsRoom && !done.contains($0.name) && !$0.separates.isDisjoint(with: remaining) }
            .reduce(0) { $0 + $1.cost($1.steps(context)) }
    }
}
