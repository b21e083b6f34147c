import PacketWire

/// The packets that a table keeps, all conversations' together: chunks that never move, places that are used again.
/// A conversation is a chain through it, so that beginning one allocates nothing.
struct PacketArena: Sendable {
    /// No place at all.
    static let none = UInt32.max

    private static let chunkBits: UInt32 = 10
    private static let chunkSize = 1 << Int(chunkBits)
    private static let chunkMask = UInt32(chunkSize - 1)

    /// Without references: what has more than fits stands in `wholes`.
    private var chunks: [[StoredPacket]] = []
    /// By place, the one behind it in its chain; apart from the packets, because chains are walked more often than read.
    private var nexts: [UInt32] = []
    /// By its place, few of all: what is no plain segment or datagram of one of its conversation's ends.
    private var wholes: [UInt32: SeenPacket] = [:]
    private var free = PacketArena.none
    private(set) var count = 0

    /// Puts a packet behind `last`, and returns its place.
    @inline(__always)
    mutating func append(_ packet: StoredPacket, behind last: UInt32) -> UInt32 {
        let at: UInt32
        if free != Self.none {
            at = free
            free = nexts[Int(at)]
            nexts[Int(at)] = Self.none
            chunks[Int(at >> Self.chunkBits)][Int(at & Self.chunkMask)] = packet
        } else {
            if nexts.count & (Self.chunkSize - 1) == 0 {
                chunks.append([])
                chunks[chunks.count - 1].reserveCapacity(Self.chunkSize)
            }
            at = UInt32(truncatingIfNeeded: nexts.count)
            chunks[chunks.count - 1].append(packet)
            nexts.append(Self.none)
        }
        if last != Self.none { nexts[Int(last)] = at }
        count &+= 1
        return at
    }

    /// The same of what is not stored in short.
    mutating func append(whole packet: SeenPacket, behind last: UInt32) -> UInt32 {
        let at = append(StoredPacket.whole, behind: last)
        wholes[at] = packet
        return at
    }

    /// The chain that begins at `first`.
    ///
    /// - Parameter subject: of the conversation that it belongs to.
    func packets(from first: UInt32, count: Int, of subject: Conversation.Subject) -> [SeenPacket] {
        var list: [SeenPacket] = []
        list.reserveCapacity(count)
        var at = first
        while at != Self.none {
            if let seen = chunks[Int(at >> Self.chunkBits)][Int(at & Self.chunkMask)].seen(subject) ?? wholes[at] {
                list.append(seen)
            }
            at = nexts[Int(at)]
        }
        return list
    }

    /// Gives the chain's places back, without a look at each of them.
    ///
    /// - Parameter hasWholes: one of its packets is not stored in short.
    mutating func remove(from first: UInt32, to last: UInt32, count gone: Int, hasWholes: Bool) {
        guard first != Self.none else { return }
        if hasWholes {
            var at = first
            while at != Self.none {
                wholes[at] = nil
                at = nexts[Int(at)]
            }
        }
        nexts[Int(last)] = free
        free = first
        count &-= gone
    }
}
