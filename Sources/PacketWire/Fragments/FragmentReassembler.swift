/// Puts IP datagrams together from their fragments: RFC 791 section 3.2, RFC 8200 section 4.5.
///
/// Nothing is guessed where receivers disagree: fragments that overlap with other bytes in them, or that say two
/// different ends, discard the whole datagram (RFC 5722 asks for it in IPv6, Linux does it in both). Memory is
/// bounded by datagrams, bytes and age; what was given up is counted.
public struct FragmentReassembler: Sendable {
    public struct Limits: Hashable, Sendable {
        public var datagrams = 512
        /// Of all fragments that are held.
        public var bytes = 4 << 20
        public var fragmentsPerDatagram = 1024
        /// In nanoseconds from the first fragment that came: RFC 8200 says 60 seconds, Linux takes 30 for IPv4.
        public var age: Int64 = 60_000_000_000

        public init() {}
    }

    public enum Outcome: Hashable, Sendable {
        /// No fragment, or one that is a whole packet.
        case whole
        /// Others are missing.
        case held
        /// The same fragment again.
        case duplicate
        case datagram(ReassembledDatagram)
        case refused(Refusal)
    }

    public enum Refusal: Hashable, Sendable {
        /// The capture does not hold all of the fragment.
        case cut
        /// No byte in it, or (not the last) no multiple of eight.
        case badLength
        /// It ends beyond 65,535 bytes.
        case tooLong
        /// It overlaps another one and says something else there; in IPv6, overlaps at all.
        case overlap
        /// Two last fragments, or bytes behind the last one.
        case contradictoryEnd
        case tooManyFragments
        /// The datagram was refused before.
        case discarded
    }

    public struct Counts: Hashable, Sendable {
        public var completed = 0
        /// Datagrams that nothing came for in time.
        public var expired = 0
        /// Datagrams that made room for others.
        public var evicted = 0
        public var discarded = 0
    }

    public let limits: Limits
    public private(set) var counts = Counts()
    /// Bytes of fragments that wait for others.
    public private(set) var heldBytes = 0

    /// What was given up, until somebody takes it; at most as many as are held.
    private var abandoned: [AbandonedDatagram] = []
    private var datagrams: [Key: IncompleteDatagram] = [:]
    /// Keys in the order of their first fragments; some are gone already, or began again.
    private var order: [(key: Key, serial: Int)] = []
    private var first = 0
    private var serial = 0

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Datagrams that wait for fragments, the discarded ones of which fragments may still come included.
    public var waiting: Int { datagrams.count }

    /// Takes one packet of a capture.
    ///
    /// - Parameter packet: As `frame` decodes.
    /// - Parameter number: Of the frame, so that a datagram says what it was made of.
    /// - Parameter time: In nanoseconds since anything, as long as it is the same for all.
    public mutating func add(
        _ packet: Packet, in frame: Span<UInt8>, number: Int, at time: Int64
    ) -> Outcome {
        guard let fragment = packet.fragment, !fragment.isAtomic, let source = packet.source,
            let destination = packet.destination
        else { return .whole }
        expire(at: time)
        guard let place = FragmentPlace(packet, frame) else { return .refused(.cut) }
        let key = Key(
            source: source, destination: destination, identification: fragment.identification,
            // RFC 791 tells datagrams apart by protocol as well, RFC 8200 does not.
            protocolNumber: packet.family == .v4 ? place.next : IPProtocol(rawValue: 0))
        var datagram = datagrams.removeValue(forKey: key) ?? begin(key, at: time)
        heldBytes -= datagram.bytes
        let isOld = datagram.isDiscarded
        let outcome = datagram.add(fragment, place, packet, frame, number: number, limits)
        switch outcome {
        case .datagram:
            counts.completed += 1
            return outcome
        case .refused where datagram.isDiscarded && !isOld: counts.discarded += 1
        default: break
        }
        heldBytes += datagram.bytes
        datagrams[key] = datagram
        makeRoom()
        return outcome
    }

    /// Datagrams that were given up since the last time, in the order of their first fragments: the first fragment
    /// alone still says who sent what to whom.
    public mutating func takeAbandoned() -> [AbandonedDatagram] {
        defer { abandoned = [] }
        return abandoned
    }

    /// Nothing comes any more.
    public mutating func giveUp() {
        while let oldest {
            if !oldest.datagram.isDiscarded { counts.expired += 1 }
            remove(oldest.key)
        }
    }

    private mutating func begin(_ key: Key, at time: Int64) -> IncompleteDatagram {
        serial += 1
        order.append((key, serial))
        return IncompleteDatagram(serial: serial, began: time, isIPv6: key.source.family == .v6)
    }

    private mutating func expire(at time: Int64) {
        while let oldest, time.subtractingReportingOverflow(oldest.datagram.began).partialValue > limits.age {
            if !oldest.datagram.isDiscarded { counts.expired += 1 }
            remove(oldest.key)
        }
    }

    private mutating func makeRoom() {
        while datagrams.count > limits.datagrams || heldBytes > limits.bytes, let oldest {
            if !oldest.datagram.isDiscarded { counts.evicted += 1 }
            remove(oldest.key)
        }
    }

    private var oldest: (key: Key, datagram: IncompleteDatagram)? {
        mutating get {
            while first < order.count {
                let (key, serial) = order[first]
                if let datagram = datagrams[key], datagram.serial == serial { return (key, datagram) }
                first += 1
                // Each entry is moved once for every time that as many have gone.
                if first > 64, first * 2 > order.count {
                    order.removeFirst(first)
                    first = 0
                }
            }
            return nil
        }
    }

    private mutating func remove(_ key: Key) {
        guard let datagram = datagrams.removeValue(forKey: key) else { return }
        heldBytes -= datagram.bytes
        guard !datagram.isDiscarded, abandoned.count < limits.datagrams else { return }
        abandoned.append(datagram.abandoned)
    }

    private struct Key: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
        var protocolNumber: IPProtocol
    }
}

/// A datagram of which fragments were missing for too long.
public struct AbandonedDatagram: Hashable, Sendable {
    /// When its first fragment came, in the reassembler's time.
    public var began: Int64
    /// How many came.
    public var fragments: Int
    /// The fragment with offset 0 with headers as if it were all, from the IP header on; empty where it never came.
    public var first: [UInt8] = []
    /// In which frame it came, and what it was in there.
    public var frame = 0
    public var encapsulations = Encapsulations()

    init(began: Int64, fragments: Int) {
        self.began = began
        self.fragments = fragments
    }

    /// The first fragment as a packet.
    public var packet: Packet {
        var packet = Packet.decode(first.span, networkLayerAt: 0, originalLength: first.count)
        if packet.encapsulations.isEmpty { packet.encapsulations = encapsulations }
        return packet
    }
}

/// A datagram that was put together: it begins with its IP header, whose lengths and checksum are those of the
/// whole. `Packet.decode(_:networkLayerAt:originalLength:)` reads it.
public struct ReassembledDatagram: Hashable, Sendable {
    public var bytes: [UInt8]
    /// The frames that it came in, in the order of their bytes.
    public var frames: [Int]

    /// The packet, as if it had come whole.
    public var packet: Packet { Packet.decode(bytes.span, networkLayerAt: 0, originalLength: bytes.count) }
}
