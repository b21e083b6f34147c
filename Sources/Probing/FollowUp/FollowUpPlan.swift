public import Conversations
public import Diagnosis
public import PacketWire

/// What is looked at when a target's plan has ended, because a person asked for it or because what was found asks for
/// it: packet sizes, idle times. A plan like any other, without sockets and without a clock, with a few kinds of work
/// that the first plan does not need.
public protocol FollowUpPlan: Sendable {
    var isFinished: Bool { get }
    /// What it does, in a few words for a person who waits.
    var progressPhrase: String { get }

    mutating func begin(at now: Instant) -> [FollowUpAction]
    mutating func handle(_ event: FollowUpEvent, at now: Instant) -> [FollowUpAction]
    /// What the wire witness saw of the packets of one order.
    mutating func note(_ packet: SeenPacket, number: Int)
    /// Adds what is known to the facts, finished or not.
    func testify(_ facts: inout Facts)
}

/// One piece of work for the driver; its number is what events about it come back with.
public struct FollowUpOrder: Sendable, Hashable {
    public enum Work: Sendable, Hashable {
        /// A datagram that may not be fragmented, to a port that nobody uses: an IP packet of this size.
        case datagram(size: Int, timeToLive: Int?)
        /// An echo request of this size, which may not be fragmented.
        case echo(size: Int)
        /// The dialogue once more on a connection of its own, with segments that make no larger IP packet in either
        /// direction; nil is the system's own.
        case dialogue(size: Int?)
        /// A connection that says nothing for so long, and then asks whether the far end still knows it.
        case hold(TimeSpan)
        /// The target's own question, from a port of its own that is kept.
        case question
        /// A connection that shows that the host still answers.
        case connection
        /// These bytes to the target's port: a datagram, or over a connection of their own.
        case ask([UInt8], over: Transport)
    }

    public var number: Int
    public var work: Work

    public init(_ number: Int, _ work: Work) {
        self.number = number
        self.work = work
    }
}

public enum FollowUpAction: Sendable, Hashable {
    case start(FollowUpOrder)
    /// The same datagram, or question, once more from the same socket.
    case again(Int)
    /// Nothing more is waited for in it.
    case stop(Int)
    /// The same for a dialogue of which the far end's TCP has not taken all by now; any other goes on.
    case stopUnheard(Int)
    case wake(at: Instant)
}

public enum FollowUpEvent: Sendable, Hashable {
    case outcome(Int, FollowUpOutcome)
    case time
}

/// What came of an order; some have several one after another.
public enum FollowUpOutcome: Sendable, Hashable {
    /// A connection stands; the IP packet of its full segments, where the system tells.
    case connected(packet: Int?)
    /// The host itself answered: with "port unreachable", an echo reply, a datagram, or to the end of a dialogue.
    case answered
    /// To the end of a dialogue, with what says that nobody serves there.
    case unserved
    /// What the host says: a datagram, or a whole message of DNS.
    case heard([UInt8])
    /// A datagram that is no answer to the question.
    case foreign(ServiceReply.Mismatch)
    case expired(by: IPAddress)
    case tooBig(mtu: Int, by: IPAddress)
    /// This machine does not send that.
    case tooBigHere(mtu: Int)
    /// What was said was not taken, or not answered, until it was stopped.
    case silent(isAcknowledged: Bool?)
    /// The connection that was quiet is still known at the far end.
    case alive
    /// Nobody acknowledges for it any more.
    case lost
    /// The far end sent FIN, or RST.
    case closed(isReset: Bool)
    /// An ICMP error says so, and the socket who sent it.
    case rejected(ICMPError, by: IPAddress)
    /// Refused, unreachable, not possible here.
    case failed(SocketError?)
}
