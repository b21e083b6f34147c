public import Conversations
public import PacketWire

/// Everything that the witnesses said about one target, and nothing that they did not.
///
/// Facts are collected, never edited to fit a verdict. A live run fills all of it; a capture file fills
/// `attempts` with packets alone, and the same causes read both.
public struct Facts: Sendable {
    public var target: Target
    public var witnesses: Set<Witness>
    /// Facts from a file: no socket was ours, and nothing can be tried again.
    public var isOffline: Bool
    /// The file is a probe's own, so that it is known what was asked and how long an answer was waited for.
    public var isSavedProbe = false
    /// Its packets have no link header in the file of a probe: the device is a tunnel's, and a program of that machine may
    /// serve it.
    public var mayEnterProgram = false
    /// Somebody's datagrams in a file begin a QUIC connection.
    public var isQUICInCapture = false
    /// Somebody's datagrams in a file are to all who listen.
    public var isToGroup = false
    /// Whose question the datagrams asked; nil where they were not ours, or meant nothing to anybody.
    public var service: UDPService?
    @AsideIfAny public var resolution: ResolutionFact?
    @AsideIfAny public var route: RouteFact?
    /// The kernel's entry for the next hop, read after the attempt.
    public var neighbor: NeighborFact?
    /// What a router says of a neighbour of the target's; nil where it was not asked for one, or said nothing.
    @AsideIfAny public var missingBeside: MissingHost?
    /// Address resolution for the next hop (or the on-link target) as the wire showed it.
    public var neighborExchange: NeighborExchange?
    /// What else the kernel said: drop reasons, counters, rules.
    @Aside public var kernel = KernelFacts()
    /// Every attempt in the order of its start; the primary one is first.
    public var attempts: [Attempt]
    /// The port that a person wanted the first attempt, and its ladder, to leave from; nil for the system's choice.
    public var sourcePort: UInt16?
    /// What was to be said behind the handshake; nil for nothing.
    @AsideIfAny public var request: ApplicationRequest?
    /// What came of it; nil where it was not tried.
    @AsideIfAny public var application: ApplicationFacts?
    /// Which packet sizes pass; nil where that was not measured.
    @AsideIfAny public var pathSize: PathSizeFacts?
    /// How long a service that speaks first was waited for, beyond the usual moment; nil where it was not.
    public var greetingAwaited: TimeSpan?
    /// What the target said as a DNS server; nil where it was no target of that kind.
    @AsideIfAny public var nameServer: NameServerFacts?
    /// What became of connections that were quiet; nil where that was not tried.
    public var idle: IdleFacts?
    /// What limits this target's evidence, for the reader: `capture dropped 12 packets`.
    public var limits: [String]
    /// The capture dropped packets: absence from it proves nothing.
    public var capturedWithLoss: Bool
    /// When the last observation of this target was possible.
    public var observedUntil: Instant
    /// How many other targets of this run wanted a ladder before this one could have its own.
    public var ladderWithheld: Bool
    /// The wire witness: how often one and the same packet passed it again, each time with a smaller TTL; nil where it did
    /// not.
    public var circles: Int?
    /// The packets were captured on the target itself: what is not among them did not leave it.
    public var isCapturedAtTarget = false
    /// Addresses of the machine that captured, as far as the capture proves them; empty where it does not.
    public var capturedOn: Set<IPAddress> = []
    /// What the machine that captured, which forwards, did not pass on; nil where it did, or nobody knows.
    public var stoppedAtTap: StoppedPacket?
    /// What gets through is looked at, too, for what fails only now and then (`--thorough`).
    public var isThorough = false
    /// Others of the same client to the same port offered ECN in a file, and were answered at once.
    public var isECNAnsweredBeside = false
    /// The link addresses from which the target's address answers, on the link that was captured; empty where it is one.
    public var linkHolders: [MACAddress] = []
    /// Another client of a file whom the same port served while it did not serve this one; nil for nobody.
    public var servedBeside: IPAddress?
    /// How a client of a file fared with the very question that a DNS server does not answer; nil where that is not known, or
    /// it does not hang on the question.
    public var sameQuestion: SameQuestion?
    /// How many answers from another port passed the place of a file without the client's taking one up; nil where it did, or
    /// owed them nothing.
    public var untakenAnswers: Int?
    /// What a clock showed when a capture began, in nanoseconds since 1970; nil where that is not known.
    public var beganAt: Int64?

    public init(target: Target, witnesses: Set<Witness>, isOffline: Bool = false) {
        self.target = target
        self.witnesses = witnesses
        self.isOffline = isOffline
        attempts = []
        limits = []
        capturedWithLoss = false
        observedUntil = .zero
        ladderWithheld = false
    }
}

/// One question was never answered, and others of the same client to the same server were.
public struct SameQuestion: Sendable, Hashable {
    /// On so many flows it was asked.
    public var asked: Int
    /// So many flows with others, all of them answered.
    public var others: Int

    public init(asked: Int, others: Int) { (self.asked, self.others) = (asked, others) }
}

/// What came in at a machine that forwards, and did not go out again.
public enum StoppedPacket: Sendable, Hashable {
    /// The SYN, and nothing came back.
    case request
    /// The SYN, and what answers it went out without having come in.
    case requestAnswered
    /// The answer to a SYN that was passed on.
    case answer
}

/// What the routing table says about a target.
public struct RouteFact: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case unicast
        case local
        case broadcast
        case multicast
        case blackhole
        case unreachable
        case prohibit
        /// No route of any kind matches.
        case none
    }

    public var kind: Kind
    public var source: IPAddress?
    /// Nil when the target is on the link.
    public var gateway: IPAddress?
    public var interface: String?
    /// What the kernel answered instead of a route.
    public var error: SocketError?
    /// 254 is main, 255 local; others are chosen by a rule of `ip rule`, or belong to a VRF.
    public var table: UInt32?
    /// The rule of policy routing that decided; nil where it is not known.
    public var rule: RoutingRule?
    /// What the route itself states: the largest packet, and the largest segment to announce.
    public var mtu: UInt32?
    public var advertisedMSS: UInt32?

    /// The interface was prescribed and no table has a route over it: the kernel names none, and takes the target for a
    /// neighbour on it (net/ipv4/route.c, inet_rtm_getroute).
    public var isAssumedOnLink: Bool { kind == .unicast && gateway == nil && table == 0 }

    public init(
        kind: Kind, source: IPAddress? = nil, gateway: IPAddress? = nil, interface: String? = nil,
        error: SocketError? = nil
    ) {
        self.kind = kind
        self.source = source
        self.gateway = gateway
        self.interface = interface
        self.error = error
    }
}

/// The kernel's neighbour entry for the next hop.
public struct NeighborFact: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        case incomplete
        case reachable
        case stale
        case delay
        case probe
        case failed
        case permanent
        case noARP = "noarp"
        /// There is no entry.
        case absent
    }

    public var address: IPAddress
    public var state: State
    public var linkAddress: MACAddress?
    public var interface: String?

    public init(address: IPAddress, state: State, linkAddress: MACAddress? = nil, interface: String? = nil) {
        self.address = address
        self.state = state
        self.linkAddress = linkAddress
        self.interface = interface
    }

    /// Asked for and not found.
    public var isUnresolved: Bool { state == .incomplete || state == .failed }
}
