import PacketWire

/// Segments that came before what stands in front of them: they wait until that has come, as in a receiver. One that was
/// lost is sent again mostly by itself (RFC 2018), so that whoever forgets what came behind it reads no further.
///
/// Bounded for the whole capture: where something never comes, what waits for it makes room for others.
struct EarlySegments: Sendable {
    /// Of one conversation.
    private static let most = 8
    /// Of all, in bytes.
    private static let mostBytes = 4 << 20
    /// Further ahead is nothing that waits for its turn.
    private static let furthest: UInt32 = 1 << 16

    struct Segment: Sendable {
        var fromInitiator: Bool
        /// How far it lies behind the stream's first byte.
        var offset: UInt32
        var bytes: [UInt8]
        var isCut: Bool
        var frame: Int
        var at: Instant
    }

    /// What waits of one conversation.
    private struct Waiting: Sendable {
        /// Which wait this is, of all that there were: a conversation may wait often.
        var turn: Int
        var segments: [Segment] = []
    }

    private var waiting: [Int: Waiting] = [:]
    /// Conversations in the order in which they began to wait; those that wait no more are passed over.
    private(set) var order: [(number: Int, turn: Int)] = []
    private var oldest = 0
    private var turns = 0
    private var bytes = 0

    var isEmpty: Bool { waiting.isEmpty }

    /// - Parameters:
    ///   - number: of the conversation.
    ///   - count: how much of the stream has come.
    /// - Returns: whether it has to wait.
    mutating func keep(
        _ payload: Span<UInt8>, offset: UInt32, behind count: UInt32, isCut: Bool, fromInitiator: Bool, frame: Int,
        at: Instant, of number: Int
    ) -> Bool {
        let gap = offset &- count
        guard gap > 0, gap < Self.furthest else { return false }
        var waits = waiting[number] ?? Waiting(turn: turns)
        if waits.segments.contains(where: { $0.fromInitiator == fromInitiator && $0.offset == offset }) { return true }
        guard waits.segments.count < Self.most else { return false }
        if waits.segments.isEmpty {
            order.append((number, turns))
            turns += 1
        }
        waits.segments.append(
            Segment(
                fromInitiator: fromInitiator, offset: offset, bytes: payload.indices.map { payload[$0] }, isCut: isCut,
                frame: frame, at: at))
        waiting[number] = waits
        bytes += payload.count
        makeRoom()
        return true
    }

    /// One whose turn it is, out of what waits; what has come otherwise meanwhile is gone.
    mutating func next(of number: Int, fromInitiator: Bool, behind count: UInt32) -> Segment? {
        guard let segments = waiting[number]?.segments else { return nil }
        let place = segments.firstIndex { $0.fromInitiator == fromInitiator && count &- $0.offset < 1 << 31 }
        guard let place else { return nil }
        let segment = segments[place]
        bytes -= segment.bytes.count
        if segments.count == 1 { waiting[number] = nil } else { waiting[number]?.segments.remove(at: place) }
        return segment
    }

    private mutating func makeRoom() {
        while bytes > Self.mostBytes, oldest < order.count {
            if isWaiting(order[oldest]) {
                let number = order[oldest].number
                for segment in waiting.removeValue(forKey: number)?.segments ?? [] { bytes -= segment.bytes.count }
            }
            oldest += 1
        }
        // Most that began to wait wait no more.
        guard order.count > 1_024, order.count > 4 * waiting.count else { return }
        order = order[oldest...].filter(isWaiting)
        oldest = 0
    }

    private func isWaiting(_ place: (number: Int, turn: Int)) -> Bool { waiting[place.number]?.turn == place.turn }
}
