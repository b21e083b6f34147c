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

    private var waiting: [Int: [Segment]] = [:]
    /// Conversations in the order in which they began to wait.
    private var order: [Int] = []
    private var oldest = 0
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
        var segments = waiting[number] ?? []
        if segments.contains(where: { $0.fromInitiator == fromInitiator && $0.offset == offset }) { return true }
        guard segments.count < Self.most else { return false }
        if segments.isEmpty { order.append(number) }
        segments.append(
            Segment(
                fromInitiator: fromInitiator, offset: offset, bytes: payload.indices.map { payload[$0] }, isCut: isCut,
                frame: frame, at: at))
        waiting[number] = segments
        bytes += payload.count
        makeRoom()
        return true
    }

    /// One whose turn it is, out of what waits; what has come otherwise meanwhile is gone.
    mutating func next(of number: Int, fromInitiator: Bool, behind count: UInt32) -> Segment? {
        guard let segments = waiting[number] else { return nil }
        let place = segments.firstIndex { $0.fromInitiator == fromInitiator && count &- $0.offset < 1 << 31 }
        guard let place else { return nil }
        let segment = segments[place]
        bytes -= segment.bytes.count
        if segments.count == 1 { waiting[number] = nil } else { waiting[number]?.remove(at: place) }
        return segment
    }

    private mutating func makeRoom() {
        while bytes > Self.mostBytes, oldest < order.count {
            for segment in waiting.removeValue(forKey: order[oldest]) ?? [] { bytes -= segment.bytes.count }
            oldest += 1
        }
        // Most that began to wait wait no more.
        guard order.count > 1_024, order.count > 4 * waiting.count else { return }
        order = order[oldest...].filter { waiting[$0] != nil }
        oldest = 0
    }
}
