public import Conversations
public import PacketWire

/// What a DNS server, which was the target, said to one question: asked over UDP and TCP, and with room for more.
public struct NameServerFacts: Sendable, Hashable {
    /// One way to ask.
    public struct Ask: Sendable, Hashable {
        public enum Result: Sendable, Hashable {
            /// Nothing came until the end of patience.
            case silent
            case answered(ResolutionFact.Outcome)
            /// Something came, and it is no answer to the question.
            case foreign(ServiceReply.Mismatch)
            /// Refused by TCP or ICMP, or not possible from here.
            case refused(SocketError?)
            /// The connection stood, and the far end ended it without an answer.
            case closed(isReset: Bool)
        }

        public var transport: Transport
        /// The largest answer that EDNS allowed (RFC 6891 section 6.2.3); nil asked without EDNS, which allows 512 bytes.
        public var room: UInt16?
        public var result = Result.silent
        /// Until the answer; nil where none came.
        public var elapsed: TimeSpan?
        /// Bytes of the answer's message.
        public var size: Int?
        /// TC: the answer did not fit.
        public var isCut = false
        /// What a second answer to the same single question said instead.
        public var contradiction: ResolutionFact.Outcome?
        public var tries = 1
        /// The connection stood, whatever came over it.
        public var hasConnected = false
        /// The wire witness saw it leave; nil where there is none.
        public var wasSeenLeaving: Bool?
        /// The wire witness saw something come back from the server.
        public var wasSeenAnswered = false
        /// The longest payload that it saw come back in one packet; of a fragment, what that has.
        public var longestSeen = 0
        /// How many routers what came back had passed, where the wire tells.
        public var routersPassed: Int?

        public init(_ transport: Transport, room: UInt16? = nil) {
            self.transport = transport
            self.room = room
        }
    }

    public var question: DNSQuestion
    /// In the order in which they were begun.
    public var asks: [Ask]
    /// How many routers the server's echo reply had passed, where it was asked for one and the wire saw it.
    public var echoPassed: Int?

    public init(_ question: DNSQuestion, asks: [Ask] = []) {
        self.question = question
        self.asks = asks
    }

    /// The longest answer that a datagram may have where nothing else is agreed: RFC 1035 section 4.2.1.
    public static let plainRoom: UInt16 = 512

    /// As resolvers have it that were not told otherwise: RFC 6891 section 6.2.5.
    public static let usualRoom: UInt16 = 4_096

    /// Nobody meant a name by it: whatever the server says, it is there.
    public var isAnyAnswerGood: Bool { question.name == .root }

    /// The first over UDP without EDNS, as it has been asked since 1987.
    public var plain: Ask? { asks.first { $0.transport == .udp && $0.room == nil } }
    public var stream: Ask? { asks.first { $0.transport == .tcp } }
    /// With the most room, and with as much as it has without EDNS.
    public var roomy: Ask? { asks.first { ($0.room ?? 0) > Self.plainRoom } }
    public var narrow: Ask? { asks.first { $0.room == Self.plainRoom } }
    /// The plain question once more, beside the narrow one.
    public var plainAgain: Ask? { asks.last { $0.transport == .udp && $0.room == nil } }
}

extension NameServerFacts.Ask {
    public var outcome: ResolutionFact.Outcome? {
        if case .answered(let outcome) = result { outcome } else { nil }
    }

    public var isAnswered: Bool { outcome != nil }

    /// No answer came, nor anything else in its place: silence, or a refusal of the packet itself.
    public var isStopped: Bool {
        switch result {
        case .silent, .refused: true
        case .answered, .foreign, .closed: false
        }
    }
}
