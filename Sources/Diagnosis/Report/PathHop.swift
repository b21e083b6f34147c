public import Conversations
public import PacketWire

/// One position of the path: what the target's own packets and the control's got from there.
public struct PathHop: Sendable, Hashable {
    /// What came back from a packet sent with this TTL.
    public enum Answer: Sendable, Hashable {
        /// Nothing was sent with this TTL.
        case notAsked
        /// Nothing came back.
        case silence
        /// The hop said that the TTL ran out there.
        case timeExceeded(IPAddress)
        /// The packet came through and was answered by the far end (or by something in its name).
        case reached(IPAddress, String)
        /// Somebody refused the packet: an ICMP error other than time exceeded.
        case refused(IPAddress, String)
    }

    public var ttl: Int
    /// The target's own kind of packet.
    public var target: Answer
    /// The control's, over the same hops.
    public var control: Answer
    public var roundTrip: TimeSpan?
    /// How often the target's packet was sent with this TTL, and how the answers came.
    public var targetTally = PathTally()
    public var controlTally = PathTally()
    /// Who else answered the target's packets with this TTL: more than one path.
    public var others: [IPAddress] = []
    /// What the packet quoted from here had become, compared with the last quote before.
    public var changes: [PathChange] = []
    /// The MPLS label stack with which the packet arrived here: RFC 4950.
    public var labels: [MPLSLabel] = []
    /// By reverse DNS, where that was asked for.
    public var name: String?

    public init(ttl: Int, target: Answer, control: Answer = .notAsked, roundTrip: TimeSpan? = nil) {
        self.ttl = ttl
        self.target = target
        self.control = control
        self.roundTrip = roundTrip
    }
}

/// How often one TTL was asked, and how the answers came.
public struct PathTally: Sendable, Hashable {
    public var sent = 0
    /// In the order of sending; those that were answered.
    public var roundTrips: [TimeSpan] = []
    /// Answers, those without a known time included.
    public var answered = 0

    public init() {}

    public var lost: Int { max(0, sent - answered) }
    public var shortest: TimeSpan? { roundTrips.min() }
    public var longest: TimeSpan? { roundTrips.max() }

    /// The middle one; of an even number the earlier of the two in the middle, so that it is one that was seen.
    public var median: TimeSpan? {
        roundTrips.isEmpty ? nil : roundTrips.sorted()[(roundTrips.count - 1) / 2]
    }
}

extension PathHop {
    /// Why a hop that packets pass leaves some of them unanswered: neither is a fault of the path.
    public enum Quietness: Sendable, Hashable {
        /// It never says that a TTL ran out there.
        case mute
        /// It says so now and then: routers spend only a few ICMP errors a second on one host.
        case sparing

        public var phrase: String {
            switch self {
            case .mute: "never says that a TTL ran out there"
            case .sparing: "answers only some: a router spends few ICMP errors on one host"
            }
        }
    }

    /// Nil for a hop that answered every packet, was not asked, or behind which nothing answers: there silence may be
    /// the stall itself. And for the far end, which is no router.
    public func quietness(among hops: [PathHop]) -> Quietness? {
        guard targetTally.sent > 0, targetTally.lost > 0 else { return nil }
        // A packet that would have lived longer than its way was lost elsewhere.
        if let end = hops.distance, end <= ttl { return nil }
        // Nothing passes who refuses it, and behind that no router is known.
        if hops.contains(where: { $0.ttl <= ttl && $0.target.isRefusal }) { return nil }
        let isPassed = hops.contains { $0.ttl > ttl && $0.target.isAnswer && $0.targetTally.lost <= targetTally.lost }
        guard isPassed else { return nil }
        return targetTally.answered == 0 ? .mute : .sparing
    }
}

extension [PathHop] {
    /// How many hops away the far end is, by the control's or the target's own answer.
    var distance: Int? {
        first { hop in
            for answer in [hop.target, hop.control] { if case .reached = answer { return true } }
            return false
        }?.ttl
    }
}

extension PathHop.Answer {
    fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }

    var isAnswer: Bool {
        switch self {
        case .notAsked, .silence: false
        case .timeExceeded, .reached, .refused: true
        }
    }
}
