public import PacketWire

/// What packets of chosen sizes told about the largest packet that the path takes.
///
/// Sizes are those of whole IP packets, as they were given to the kernel's sockets: never the length of a captured
/// frame, which segmentation offload makes larger than anything that the link carries.
public struct PathSizeFacts: Sendable, Hashable {
    /// Why it was measured.
    public enum Occasion: Sendable, Hashable {
        case asked
        /// What was said behind the handshake got no answer, and size could be why.
        case stall
        /// A QUIC server stays silent, and its first datagrams cannot be small (RFC 9000 section 14.1).
        case silentQUIC
    }

    /// One packet, or one connection, of one size.
    public struct Trial: Sendable, Hashable {
        public enum Means: Sendable, Hashable {
            /// A datagram to a port that nobody uses: the host's "port unreachable" is small, so what is lost is lost on
            /// the way there.
            case datagram
            /// An echo request: the answer is as large, and either may be what is lost.
            case echo
            /// The dialogue itself with no segment larger, in neither direction (TCP_MAXSEG).
            case segments
        }

        public enum Outcome: Sendable, Hashable {
            /// Nothing came back.
            case silence
            /// It arrived: the host answered.
            case passed
            /// A router says that it is too big, and what would fit; 0 where it does not say that.
            case tooBig(mtu: Int, by: IPAddress)
            /// Its TTL ran out there, which a small one's does, too.
            case expired(by: IPAddress)
            /// This machine does not send it: its own link carries no more than this.
            case local(mtu: Int)
            /// A filter of this machine does not let it out (EPERM).
            case stoppedHere
            /// The far end's TCP did not take what we said.
            case unacknowledged
            /// It took that, and its answer did not come.
            case unanswered
            /// Something else came of it, which says nothing of sizes.
            case other
        }

        public var means: Means
        public var size: Int
        /// Nil is enough for the whole path.
        public var timeToLive: Int?
        public var outcome = Outcome.silence
        /// How often it was sent.
        public var tries = 1
        /// The wire witness saw it leave; nil where there is none.
        public var wasSeenLeaving: Bool?
        /// The longest TCP payload that the wire witness saw come in for it. Offload may have put several into one: it is
        /// held against what is small, and never taken for a size.
        public var longestSeenComing = 0
        /// The wire witness saw that somebody calls it too big, which the socket need not have heard.
        public var report: Report?

        public init(_ means: Means, size: Int, timeToLive: Int? = nil) {
            self.means = means
            self.size = size
            self.timeToLive = timeToLive
        }
    }

    /// A "packet too big" as it came in.
    public struct Report: Sendable, Hashable {
        public var mtu: Int
        public var sender: IPAddress
        public var frame: Int

        public init(mtu: Int, sender: IPAddress, frame: Int) {
            self.mtu = mtu
            self.sender = sender
            self.frame = frame
        }
    }

    public var occasion: Occasion
    /// The largest packet of this machine's own link.
    public var linkMTU: Int
    /// In the order in which they were sent.
    public var trials: [Trial] = []
    /// Where the dialogue stalled that was repeated; nil where the dialogue itself tells.
    public var stalledAt: Stage?
    /// What the connection agreed on: the largest segment that we may send, its options included (TCP_INFO).
    public var agreedSegment: Int?

    public init(_ occasion: Occasion, linkMTU: Int) {
        self.occasion = occasion
        self.linkMTU = linkMTU
    }
}
