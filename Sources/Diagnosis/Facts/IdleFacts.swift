public import Conversations
public import PacketWire

/// What became of connections, or of UDP questions, that were quiet for chosen times.
public struct IdleFacts: Sendable, Hashable {
    public struct Hold: Sendable, Hashable {
        public enum Outcome: Sendable, Hashable {
            /// The run ended before it could be told.
            case unknown
            /// It could not be opened in the first place.
            case notOpened
            /// The far end still knows it.
            case alive
            /// Nobody acknowledges for it any more, or answers.
            case lost
            /// A reset came upon the first packet, from as far away as the SYN-ACK or not, where the wire tells.
            case reset(sameDistance: Bool?)
            /// The far end ended it while it was quiet: so long after it had begun.
            case closed(after: TimeSpan, isReset: Bool)
        }

        /// How long nothing was said.
        public var quiet: TimeSpan
        public var outcome = Outcome.unknown
        /// The wire witness saw the packet that asked leave; nil where there is none.
        public var wasSeenLeaving: Bool?
        /// How many routers the SYN-ACK and the reset had passed, where the wire tells.
        public var answerPassed: Int?
        public var resetPassed: Int?
        /// What came back for the question that broke the silence, and is no answer to it.
        public var foreign: ServiceReply.Mismatch?
        /// The wire witness saw something come back for it, ICMP errors left out.
        public var wasSeenAnswered = false
        /// The ICMP error that the wire witness saw come back for it. TCP's own socket does not hear it: what keep-alive
        /// asks is no segment under way (net/ipv4/tcp_ipv4.c, tcp_v4_err).
        public var rejection: Rejection?
        /// What the socket met when it asked; nil where it met nothing.
        public var failure: SocketError?

        public init(quiet: TimeSpan) {
            self.quiet = quiet
        }
    }

    /// An ICMP error, and who sent it.
    public struct Rejection: Sendable, Hashable {
        public var error: ICMPError
        public var sender: IPAddress
        public var frame: Int

        public init(_ error: ICMPError, by sender: IPAddress, frame: Int) {
            (self.error, self.sender, self.frame) = (error, sender, frame)
        }
    }

    /// Shortest first.
    public var holds: [Hold]
    /// A new connection, or question, after some were lost; nil where none was made.
    public var newOneWorks: Bool?

    public init(holds: [Hold]) {
        self.holds = holds
    }
}
