public import Conversations
public import Diagnosis
public import PacketWire

/// What the driver is to send: one attempt, described without a socket.
public struct AttemptOrder: Sendable, Hashable {
    /// The attempt's index in the facts; events about it come back with it.
    public var attempt: Int
    public var kind: Attempt.Kind
    public var purpose: Attempt.Purpose
    /// The port to send from; nil is the system's choice.
    public var sourcePort: UInt16?
    /// The address to send from; nil is the one that the person asked for, or the system's choice.
    public var source: IPAddress?
    /// The packet belongs to the one flow of its ladder: it leaves from the ladder's port. The socket of a SYN is
    /// given up at once, for the kernel has room for one connection attempt between two endpoints (net/ipv4/
    /// inet_hashtables.c, __inet_check_established); datagrams leave from one socket, which cannot tell their answers
    /// apart. What comes back is the wire's to tell.
    public var sharesPort = false

    public init(attempt: Int, kind: Attempt.Kind, purpose: Attempt.Purpose) {
        self.attempt = attempt
        self.kind = kind
        self.purpose = purpose
    }

    /// TTL or hop limit; nil is the system's own.
    public var timeToLive: Int? { purpose.timeToLive }
}

/// What happened, as the driver tells it.
public enum ProbeEvent: Sendable, Hashable {
    /// The operating system said something new about an attempt.
    case outcome(attempt: Int, SocketOutcome)
    /// All is said behind the handshake, or it broke off.
    case conversed(ApplicationFacts)
    /// The same of another hello, on a connection of its own.
    case heard(attempt: Int, ApplicationFacts)
    /// There is room for this target's ladder now, or there will not be in time.
    /// - Parameter sharesControl: another target of the same host walks the control's ladder; the driver adds what
    ///   it finds.
    case ladder(granted: Bool, sharesControl: Bool)
    /// A moment that was asked for with `wake` has come.
    case time
}

/// What the driver is to do.
public enum ProbeAction: Sendable, Hashable {
    case open(AttemptOrder)
    /// Send the attempt's datagram once more.
    case resend(attempt: Int)
    case close(attempt: Int)
    /// End this side of an open connection: TCP answers that at once, whatever the application does.
    case end(attempt: Int)
    /// Say behind the handshake what was asked for, or the hello that the attempt is for; the end of that comes as an
    /// event.
    case converse(attempt: Int)
    /// Nothing more is waited for in that.
    case stopConversing(attempt: Int)
    /// The same, where several repetitions of what one end said did not reach the other: an application may need its
    /// time, a TCP does not.
    case stopUnheard(attempt: Int)
    /// Look whether the end was acknowledged; the outcome comes as an event.
    case inspect(attempt: Int)
    /// Ask for room for a ladder; the answer comes as an event.
    case requestLadder
    case wake(at: Instant)
    /// Nothing more is needed: read the facts.
    case finish
}
