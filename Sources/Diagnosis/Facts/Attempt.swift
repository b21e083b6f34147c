public import Conversations
public import PacketWire

/// One attempt to get through: a connection, a datagram or an echo request, and all that came of it.
public struct Attempt: Sendable, Hashable {
    /// Why it was made.
    public enum Purpose: Sendable, Hashable {
        /// The connection that the person asked for.
        case primary
        /// The same packet, living only this many hops.
        case rung(timeToLive: Int)
        /// Something else of the same host that may get through.
        case control
        /// The control's packet, living only this many hops.
        case controlRung(timeToLive: Int)
        /// One circumstance changed.
        case experiment(Experiment)

        public var timeToLive: Int? {
            switch self {
            case .primary, .control, .experiment: nil
            case .rung(let timeToLive), .controlRung(let timeToLive): timeToLive
            }
        }

        /// A packet of a ladder.
        public var isRung: Bool {
            switch self {
            case .rung, .controlRung: true
            case .primary, .control, .experiment: false
            }
        }

        public var isControl: Bool {
            switch self {
            case .primary, .rung, .experiment: false
            case .control, .controlRung: true
            }
        }
    }

    /// What was sent.
    public enum Kind: Sendable, Hashable {
        case tcp(port: UInt16)
        case udp(port: UInt16)
        /// ICMP echo: a control only, never a judge.
        case echo

        /// Nil for echo.
        public var transport: Transport? {
            switch self {
            case .tcp: .tcp
            case .udp: .udp
            case .echo: nil
            }
        }

        /// Nil for echo.
        public var port: UInt16? {
            switch self {
            case .tcp(let port), .udp(let port): port
            case .echo: nil
            }
        }

        public var name: String {
            switch self {
            case .tcp(let port): "tcp/\(port)"
            case .udp(let port): "udp/\(port)"
            case .echo: "icmp echo"
            }
        }
    }

    public var purpose: Purpose
    public var kind: Kind
    /// The address it was sent to.
    public var remote: IPAddress?
    public var startedAt: Instant
    /// When it was given up, where that was before the end of the observation.
    public var givenUpAt: Instant?
    /// This end's address and port, once known.
    public var local: Endpoint?
    /// Nil in facts from a file.
    public var socket: SocketOutcome? { didSet { found = nil } }
    /// The wire witness: packets of exactly this attempt, ICMP errors that quote it included.
    public var packets: [SeenPacket] { didSet { found = nil } }
    /// The kernel witness: packets of exactly this attempt that this machine dropped.
    public var drops: [KernelDrop]
    /// The wire witness: how often its packets passed the loopback interface, though the target is none of this machine's
    /// addresses. They are not among `packets`, for they never left.
    public var loopedBack = 0
    /// The wire witness: answers that came for another link address than this machine's. They are not among `packets`,
    /// for no protocol of this machine takes them.
    public var misaddressed: [MisaddressedAnswer] = []
    /// What was found among its packets already.
    private(set) var found: Found?

    /// What every cause asks for, and is found by going through all packets: in one piece of memory, which copies of the
    /// attempt have in common.
    indirect enum Found: Sendable, Hashable {
        case opening(TCPHandshake)
        case all(TCPHandshake, Answer)

        var handshake: TCPHandshake {
            switch self {
            case .opening(let handshake), .all(let handshake, _): handshake
            }
        }

        var answer: Answer? {
            if case .all(_, let answer) = self { answer } else { nil }
        }
    }

    /// The opening as the wire showed it.
    var handshake: TCPHandshake { found?.handshake ?? TCPHandshake(packets) }

    /// The same with its answer worked out, while nothing in it changes any more.
    var settled: Attempt {
        var attempt = self
        let handshake = TCPHandshake(packets)
        attempt.found = .opening(handshake)
        attempt.found = .all(handshake, attempt.answer)
        return attempt
    }

    public init(purpose: Purpose, kind: Kind, remote: IPAddress?, startedAt: Instant) {
        self.remote = remote
        self.purpose = purpose
        self.kind = kind
        self.startedAt = startedAt
        packets = []
        drops = []
    }
}

/// What the operating system said about one attempt.
public struct SocketOutcome: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// Still waiting when the observation ended: SYN-SENT, or a datagram without an answer.
        case pending
        /// TCP: the handshake completed. UDP and echo: an answer came.
        case connected
        /// An error; `atOnce` when the system call itself returned it and no packet can have been answered.
        case failed(SocketError, atOnce: Bool)
    }

    /// What became of a completed connection while it was held.
    public enum Aftermath: Sendable, Hashable {
        case held
        /// The far end sent FIN.
        case closed(at: Instant, bytesBefore: Int)
        /// A reset came.
        case reset(at: Instant, SocketError, bytesBefore: Int)
    }

    public var state: State
    /// When `state` was reached; nil while pending.
    public var at: Instant?
    /// ICMP errors from the socket's error queue.
    public var notices: [ICMPNotice]
    /// How often the kernel has sent the SYN again, from TCP_INFO.
    public var retransmissions: Int
    public var aftermath: Aftermath?
    /// Whether the far end acknowledged the end of our side, which is the first packet after the handshake that it
    /// must answer: a handshake whose last packet it never heard does not do that. Nil where none was sent.
    public var isEndAcknowledged: Bool?
    /// The error that ended it found the handshake complete (TCP_INFO): what was rejected is not the SYN. The kernel puts
    /// no notice of that into the error queue (net/ipv4/tcp_ipv4.c, tcp_v4_err).
    public var isErrorBehindHandshake = false
    /// Sends of a datagram that this machine's packet filter refused (EPERM) before it let the same one out.
    public var refusedSends = 0
    /// The far end offers to take nothing, not even a byte, when the connection was last looked at.
    public var isWindowShut = false
    /// When no more was waited for, or a reset came, the kernel still held what was said, though the far end would have
    /// taken it: it never left this machine.
    public var isHeldBack = false
    /// The IP packet of a full segment of ours, as the ends agreed on it (TCP_INFO); nil where the system does not tell.
    public var fullPacket: Int?
    /// The kernel's round-trip estimate after the handshake.
    public var roundTrip: TimeSpan?
    /// TTL of the answer, where the socket tells (UDP and echo).
    public var answerTimeToLive: UInt8?
    /// Bytes that the far end sent.
    public var bytesReceived: Int
    /// The first of them, 256 at most, where nothing was said to it before.
    public var greeting: [UInt8] = []
    /// What the datagram is that came back, where the one that was sent was a service's own question.
    public var serviceReply: ServiceReply?
    /// What came for the datagram from an address or port that was not asked: the socket does not take that.
    public var answerFromElsewhere: AnswerFromElsewhere?

    public struct AnswerFromElsewhere: Sendable, Hashable {
        public var sender: IPAddress
        /// It is the service's own answer, and brings back something of the question.
        public var isCertain: Bool

        public init(sender: IPAddress, isCertain: Bool) {
            (self.sender, self.isCertain) = (sender, isCertain)
        }
    }

    public init(state: State = .pending, at: Instant? = nil) {
        self.state = state
        self.at = at
        notices = []
        retransmissions = 0
        bytesReceived = 0
    }
}

/// An ICMP error as the socket's error queue tells it: no privilege is needed to read it.
public struct ICMPNotice: Sendable, Hashable {
    public var error: ICMPError
    public var sender: IPAddress
    /// TTL with which the ICMP packet itself arrived, where the kernel tells.
    public var timeToLive: UInt8?
    public var at: Instant

    public init(error: ICMPError, sender: IPAddress, timeToLive: UInt8?, at: Instant) {
        self.error = error
        self.sender = sender
        self.timeToLive = timeToLive
        self.at = at
    }
}
