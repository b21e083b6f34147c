import PacketWire

/// Conversations by the two hosts and the network that they are in: one sorted array, because most pairs of hosts have
/// one conversation, and a capture may have a million of them.
public struct HostPairs: Sendable {
    /// A hash in the upper half, a position in the lower.
    private let entries: [UInt64]

    /// - Parameter range: positions that count.
    public init(_ table: ConversationTable, _ range: Range<Int>) {
        entries = range.map { UInt64(table.pairHash(at: $0)) << 32 | UInt64($0) }.sorted()
    }

    /// Nobody else in the range is between these two, the one that is asked for aside.
    public func isAlone(_ position: Int, in table: ConversationTable) -> Bool {
        let hash = UInt64(table.pairHash(at: position)) << 32
        let first = firstIndex(of: hash)
        return first + 1 >= entries.count || entries[first + 1] >> 32 != hash >> 32
    }

    /// Positions of all conversations between the same two hosts, begun by the same one, in the same network; ascending,
    /// the one that is asked for included.
    public func siblings(of position: Int, in table: ConversationTable, most: Int) -> [Int] {
        let hash = UInt64(table.pairHash(at: position)) << 32
        let own = table.tracks[position]
        var found: [Int] = []
        var index = firstIndex(of: hash)
        while index < entries.count, entries[index] >> 32 == hash >> 32, found.count < most {
            let other = Int(entries[index] & 0xFFFF_FFFF)
            let track = table.tracks[other]
            // Several pairs may have one hash.
            if track.subject.initiator == own.subject.initiator, track.subject.responder == own.subject.responder,
                track.network == own.network
            {
                found.append(other)
            }
            index += 1
        }
        return found
    }

    /// Of the first entry that is not below.
    private func firstIndex(of entry: UInt64) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension ConversationTable {
    fileprivate func pairHash(at position: Int) -> UInt32 {
        hash(tracks[position].subject.initiator, tracks[position].subject.responder)
    }
}
