import PacketWire

/// Conversations by the two hosts and the network that they are in: chains of those with one hash, because most pairs of
/// hosts have one conversation, and a capture may have a million of them.
public struct HostPairs: Sendable {
    /// Where the chain of each hash begins.
    private var firsts: PositionIndex
    /// By position in the range, the next of its chain, in ascending order.
    private var nexts: [UInt32]
    /// By position in the range, whether it is the next of another.
    private var isNext: [Bool]
    private let start: Int

    /// - Parameter range: positions that count.
    public init(_ table: ConversationTable, _ range: Range<Int>) {
        start = range.lowerBound
        firsts = PositionIndex(capacity: range.count)
        nexts = Array(repeating: PacketArena.none, count: range.count)
        isNext = Array(repeating: false, count: range.count)
        for position in range.reversed() {
            if let next = firsts.replace(table.pairHash(at: position), with: position) {
                nexts[position - start] = UInt32(truncatingIfNeeded: next)
                isNext[next - start] = true
            }
        }
    }

    /// Nobody else in the range is between the two hosts of this one.
    ///
    /// - Parameter position: in the range.
    public func isAlone(_ position: Int) -> Bool {
        nexts[position - start] == PacketArena.none && !isNext[position - start]
    }

    /// Positions of all conversations between the same two hosts, begun by the same one, in the same network; ascending,
    /// the one that is asked for included.
    public func siblings(of position: Int, in table: ConversationTable, most: Int) -> [Int] {
        chain(table.pairHash(at: position), most) { table.haveSameHosts(position, $0) }
    }

    /// The same, and behind them those that the other one of the two began.
    public func between(_ position: Int, in table: ConversationTable, most: Int) -> [Int] {
        let own = siblings(of: position, in: table, most: most)
        return own
            + chain(table.reversePairHash(at: position), most - own.count) { table.haveSwappedHosts(position, $0) }
    }

    private func chain(_ hash: UInt32, _ most: Int, _ isWanted: (Int) -> Bool) -> [Int] {
        var found: [Int] = []
        var next = first(hash)
        while let other = next, found.count < most {
            // Several pairs may have one hash.
            if isWanted(other) { found.append(other) }
            let behind = nexts[other - start]
            next = behind == PacketArena.none ? nil : Int(behind)
        }
        return found
    }

    private func first(_ hash: UInt32) -> Int? { firsts.first(hash) { _ in true } }
}

extension ConversationTable {
    fileprivate func pairHash(at position: Int) -> UInt32 {
        hash(tracks[position].subject.initiator, tracks[position].subject.responder)
    }

    fileprivate func reversePairHash(at position: Int) -> UInt32 {
        hash(tracks[position].subject.responder, tracks[position].subject.initiator)
    }

    fileprivate func haveSwappedHosts(_ one: Int, _ other: Int) -> Bool {
        tracks[one].subject.initiator == tracks[other].subject.responder
            && tracks[one].subject.responder == tracks[other].subject.initiator
            && tracks[one].network == tracks[other].network
    }

    fileprivate func haveSameHosts(_ one: Int, _ other: Int) -> Bool {
        tracks[one].subject.initiator == tracks[other].subject.initiator
            && tracks[one].subject.responder == tracks[other].subject.responder
            && tracks[one].network == tracks[other].network
    }
}
