public import Conversations
public import Diagnosis
public import PacketWire
public import Probing

/// What a person asked for on the command line of `probe`, read into types.
public struct ProbeRequest: Sendable {
    public var targets: [TargetSpecification.Single]
    public var settings = ProbeSettings()
    /// The path is walked in rounds, whatever comes of the attempt; one target after another, for they share routers.
    public var trace: TraceSettings?
    /// How TLS is spoken to targets that ask for it.
    public var tls: TLSOptions?
    /// Nil is both.
    public var family: IPFamily?
    public var interface: String?
    public var sourceAddress: IPAddress?
    public var sourcePort: UInt16?
    /// What the datagrams to UDP targets bear; nil is the question of the service that the port is known for.
    public var payload: PayloadChoice?
    public var wantsCapture = true
    /// Twice the budget, and experiments with targets that answer, too.
    public var isThorough = false
    /// The hops' names are looked up by reverse DNS.
    public var wantsNames = false
    /// Where the packets are kept.
    public var captureFile: String?
    /// Name resolution that takes longer than this has failed.
    public var resolutionPatience = TimeSpan.seconds(4)
    /// Resolvers that are asked as well, to compare with what the system's say.
    public var resolvers: [IPAddress] = []

    /// What the report is to say of how the targets are asked.
    public var notes: [String] = []

    public init(targets: [TargetSpecification.Single]) {
        self.targets = targets
    }
}

/// What the run tells while it goes on.
public enum ProbeProgress: Sendable {
    /// What is being tried now, what for, for how long already, and how long one target can take at the most.
    case trying(pending: [Target], what: String, since: TimeSpan, most: TimeSpan)
    /// What is known of a path that is being traced.
    case tracing(Target, hops: [PathHop])
    /// A verdict stands.
    case decided(TargetDiagnosis)
}
