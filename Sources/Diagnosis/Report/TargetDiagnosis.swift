public import Conversations
public import PacketWire

/// The verdict on one target, with all it rests on: `Diagnosis` in the report contract.
public struct TargetDiagnosis: Sendable, Hashable {
    public var target: Target
    public var verdict: Verdict
    /// The stage at which it stalls; nil when open.
    public var stage: Stage?
    /// How it is stopped; nil when open.
    public var mechanism: Mechanism?
    /// The smallest set of places that all the evidence allows, most likely first.
    public var zones: [Zone]
    /// The stall lies after this hop …
    public var afterHop: Hop?
    /// … and not after this one.
    public var beforeHop: Hop?
    /// The address that sent the refusal.
    public var actor: IPAddress?
    public var confidence: Confidence
    public var lookAlikes: [LookAlike]
    /// One sentence for a person.
    public var summary: String
    public var evidence: [Evidence]
    /// What to do next, or which further observation would settle it.
    public var advice: [String]
    public var timeline: [TimelineEntry]
    public var timing: StageTiming
    /// The path as the ladders saw it, nearest hop first; empty where no ladder was walked.
    public var path: [PathHop]
    /// What a probe said behind the handshake; nil where it said nothing.
    @AsideIfAny public var application: ApplicationFacts?
    /// Which packet sizes pass; nil where that was not measured.
    @AsideIfAny public var pathSize: PathSizeFacts?
    /// What the target said as a DNS server; nil where it was not asked as one.
    @AsideIfAny public var nameServer: NameServerFacts?
    /// What became of connections that were quiet; nil where that was not tried.
    public var idle: IdleFacts?
    /// Which conversations of a capture it is about; nil for a probe.
    public var conversation: ConversationDigest?

    public init(
        target: Target, verdict: Verdict, stage: Stage? = nil, mechanism: Mechanism? = nil, zones: [Zone] = [],
        afterHop: Hop? = nil, beforeHop: Hop? = nil, actor: IPAddress? = nil, confidence: Confidence,
        lookAlikes: [LookAlike] = [], summary: String, evidence: [Evidence] = [], advice: [String] = [],
        timeline: [TimelineEntry] = [], timing: StageTiming = StageTiming(), path: [PathHop] = []
    ) {
        self.target = target
        self.verdict = verdict
        self.stage = stage
        self.mechanism = mechanism
        self.zones = zones
        self.afterHop = afterHop
        self.beforeHop = beforeHop
        self.actor = actor
        self.confidence = confidence
        self.lookAlikes = lookAlikes
        self.summary = summary
        self.evidence = evidence
        self.advice = advice
        self.timeline = timeline
        self.timing = timing
        self.path = path
    }
}

/// What was asked for.
public struct Target: Sendable, Hashable {
    /// As the person wrote it.
    public var input: String
    public var host: String
    /// Nil when unresolved.
    public var address: IPAddress?
    public var port: UInt16
    public var transport: Transport

    public init(input: String, host: String, address: IPAddress?, port: UInt16, transport: Transport) {
        self.input = input
        self.host = host
        self.address = address
        self.port = port
        self.transport = transport
    }

    public var endpoint: Endpoint? { address.map { Endpoint($0, port) } }
}

/// A position on the forward path: the TTL that reaches it, and who answered from there.
public struct Hop: Sendable, Hashable {
    public var ttl: Int
    public var address: IPAddress?

    public init(ttl: Int, address: IPAddress?) {
        self.ttl = ttl
        self.address = address
    }
}

/// A cause that the evidence still allows beside the verdict.
public struct LookAlike: Sendable, Hashable {
    public var cause: String
    public var whyNotExcluded: String
    /// What would settle it.
    public var experiment: String
    /// It needs somebody between the two ends; not told, but left out where nobody can be.
    public internal(set) var isOnTheWay: Bool

    public init(cause: String, whyNotExcluded: String, experiment: String) {
        self.init(cause: cause, whyNotExcluded: whyNotExcluded, experiment: experiment, isOnTheWay: false)
    }

    package init(cause: String, whyNotExcluded: String, experiment: String, isOnTheWay: Bool) {
        self.cause = cause
        self.whyNotExcluded = whyNotExcluded
        self.experiment = experiment
        self.isOnTheWay = isOnTheWay
    }
}

/// One thing that one witness saw.
public struct Evidence: Sendable, Hashable {
    public var witness: Witness
    /// A short code-like phrase: `SYN sent 3 times`, `ECONNREFUSED (111, WSAECONNREFUSED 10061)`.
    public var fact: String
    public var detail: String
    /// Frame numbers in the capture written with `-w` (live), or in the file analysed.
    public var frames: [Int]

    public init(_ witness: Witness, _ fact: String, detail: String = "", frames: [Int] = []) {
        self.witness = witness
        self.fact = fact
        self.detail = detail
        self.frames = frames
    }
}

/// One packet, or one event at the socket, on the way to the verdict.
public struct TimelineEntry: Sendable, Hashable {
    public enum Direction: String, Sendable, Hashable {
        case out
        case `in`
    }

    public var at: Instant
    public var direction: Direction
    public var summary: String
    /// Nil for what only the socket saw.
    public var frame: Int?

    public init(at: Instant, direction: Direction, summary: String, frame: Int?) {
        self.at = at
        self.direction = direction
        self.summary = summary
        self.frame = frame
    }
}

/// How long each stage took; nil where it was not reached.
public struct StageTiming: Sendable, Hashable {
    public var resolve: TimeSpan?
    public var handshake: TimeSpan?
    public var tls: TimeSpan?
    public var application: TimeSpan?

    public init(
        resolve: TimeSpan? = nil, handshake: TimeSpan? = nil, tls: TimeSpan? = nil, application: TimeSpan? = nil
    ) {
        self.resolve = resolve
        self.handshake = handshake
        self.tls = tls
        self.application = application
    }
}
