import PacketWire

/// The packets that a table keeps, all conversations' together: chunks that never move, places that are used again.
/// A conversation is a chain through it, so that beginning one allocates nothing.
struct PacketArena: Sendable {
    /// No place at all.
    static let none = UInt32.max

    private static let chunkBits: UInt32 = 10
    private static let chunkSize = 1 << Int(chunkBits)
    private static let chunkMask = UInt32(chunkSize - 1)

    /// Without references: what a packet quotes stands in `quotes`.
    private var chunks: [[StoredPacket]] = []
    /// By place, the one behind it in its chain; apart from the packets, because chains are walked more often than read.
    private var nexts: [UInt32] = []
    /// What quotes another packet, few of all, by its place.
    private var quotes: [UInt32: PacketQuote] = [:]
    private var free = PacketArena.none
    private(set) var count = 0

    /// Puts a packet behind `last`, and returns its place.
    @inline(__always)
    mutating func append(_ packet: StoredPacket, _ quote: PacketQuote?, behind last: UInt32) -> UInt32 {
        let at: UInt32
        if free != Self.none {
            at = free
            free = nexts[Int(at)]
            nexts[Int(at)] = Self.none
            chunks[Int(at >> Self.chunkBits)][Int(at & Self.chunkMask)] = packet
        } else {
            if chunks.last.map({ $0.count == Self.chunkSize }) ?? true {
                chunks.append([])
                chunks[chunks.count - 1].reserveCapacity(Self.chunkSize)
            }
            at = UInt32(truncatingIfNeeded: nexts.count)
            chunks[chunks.count - 1].append(packet)
            nexts.append(Self.none)
        }
        if let quote { quotes[at] = quote }
        if last != Self.none { nexts[Int(last)] = at }
        count &+= 1
        return at
    }

    /// The chain that begins at `first`.
    func packets(from first: UInt32, count: Int) -> [SeenPacket] {
        var list: [SeenPacket] = []
        list.reserveCapacity(count)
        var at = first
        while at != Self.none {
            list.append(SeenPacket(self[at], quote: quote(at: at)))
            at = next(behind: at)
        }
        return list
    }

    /// The packet, read where it stands: a copy of it costs more than most questions.
    subscript(place: UInt32) -> StoredPacket {
        @inline(__always)
        _read { yield chunks[Int(place >> Self.chunkBits)][Int(place & Self.chunkMask)] }
    }

    /// The place behind it in its chain; none at the end.
    @inline(__always)
    func next(behind place: UInt32) -> UInt32 { nexts[Int(place)] }

    func quote(at place: UInt32) -> PacketQuote? { quotes.isEmpty ? nil : quotes[place] }

    /// Gives the chain's places back, without a look at each of them.
    ///
    /// - Parameter hasQuotes: one of its packets may quote another.
    mutating func remove(from first: UInt32, to last: UInt32, count gone: Int, hasQuotes: Bool) {
        guard first != Self.none else { return }
        if hasQuotes {
            var at = first
            while at != Self.none {
                quotes[at] = nil
                at = next(behind: at)
            }
        }
        nexts[Int(last)] = free
        free = first
        count &-= gone
    }
}

/// A `SeenPacket` without what it quotes.
struct StoredPacket: Sendable {
    var frame: Int
    var at: Instant
    var source: IPAddress
    var identification: UInt32
    var kind: SeenPacket.Kind
    var timeToLive: UInt8
    var trafficClass: UInt8
    /// The four below.
    var marks: UInt8

    private static let (fromInitiator, isDamaged, isFromStranger, hasIdentification) = (
        UInt8(1), UInt8(2), UInt8(4), UInt8(8)
    )

    init(_ packet: SeenPacket) {
        frame = packet.frame
        at = packet.at
        source = packet.source
        identification = packet.identification ?? 0
        kind = packet.kind
        timeToLive = packet.timeToLive
        trafficClass = packet.trafficClass
        marks =
            (packet.fromInitiator ? Self.fromInitiator : 0) | (packet.isDamaged ? Self.isDamaged : 0)
            | (packet.isFromStranger ? Self.isFromStranger : 0)
            | (packet.identification != nil ? Self.hasIdentification : 0)
    }

    /// A TCP segment; nil for anything else.
    @inline(__always)
    init?(segment packet: Packet, frame: Int, at: Instant, fromInitiator: Bool) {
        guard let header = packet.tcp, let network = packet.network, let source = packet.source,
            let timeToLive = packet.timeToLive
        else { return nil }
        self.frame = frame
        self.at = at
        self.source = source
        let identification = packet.ipIdentification
        self.identification = identification ?? 0
        kind = .tcp(header, payloadLength: packet.payloadLengthOnWire)
        self.timeToLive = timeToLive
        trafficClass = network.trafficClass ?? 0
        marks =
            (fromInitiator ? Self.fromInitiator : 0) | (identification != nil ? Self.hasIdentification : 0)
    }

    var fromInitiator: Bool { marks & Self.fromInitiator != 0 }
    var isDamaged: Bool { marks & Self.isDamaged != 0 }
    var isFromStranger: Bool { marks & Self.isFromStranger != 0 }
    var hasIdentification: Bool { marks & Self.hasIdentification != 0 }
}

extension SeenPacket {
    init(_ stored: StoredPacket, quote: PacketQuote?) {
        self.init(
            frame: stored.frame, at: stored.at, fromInitiator: stored.fromInitiator, source: stored.source,
            timeToLive: stored.timeToLive, identification: stored.hasIdentification ? stored.identification : nil,
            kind: stored.kind)
        isDamaged = stored.isDamaged
        isFromStranger = stored.isFromStranger
        trafficClass = stored.trafficClass
        if let quote { self.quote = quote }
    }
}
