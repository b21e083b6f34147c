import LiveCapture

/// The last packets, as they will stand in a file, in bounded memory: pieces that are filled one after the other,
/// of which the oldest goes when it is too old or when there are too many.
struct SnapshotMemory {
    private struct Piece {
        var buffer: PacketBuffer
        var newest: Int64
    }

    private let span: Int64
    private let pieceBytes: Int
    private let mostPieces: Int
    private let format: PacketBuffer.Format
    private var full: [Piece] = []
    private var current: Piece
    /// A packet was let go that was not too old: the memory is too small for the time that was asked for.
    private(set) var isCutShort = false

    /// - Parameters:
    ///   - spanNanoseconds: how far back it reaches.
    ///   - bytes: what it takes at most.
    init(_ format: PacketBuffer.Format, spanNanoseconds: Int64, bytes: Int) {
        self.format = format
        span = spanNanoseconds
        // Small enough that what one piece too many reaches back does not matter.
        pieceBytes = min(max(bytes / 64, 4_096), 1 << 20)
        mostPieces = max(2, bytes / pieceBytes)
        current = Piece(buffer: PacketBuffer(format, capacity: pieceBytes), newest: .min)
    }

    mutating func append(
        _ frame: Span<UInt8>, _ head: CaptureHandle.Header, _ direction: PacketDirection?
    ) {
        let length = current.buffer.length(ofFrame: frame.count, hasDirection: direction != nil)
        if current.buffer.count &+ length > pieceBytes, !current.buffer.isEmpty { next(at: head.unixNanoseconds) }
        current.buffer.append(
            frame, unixNanoseconds: head.unixNanoseconds, originalLength: head.originalLength, direction: direction)
        current.newest = max(current.newest, head.unixNanoseconds)
    }

    private mutating func next(at now: Int64) {
        full.append(current)
        // A piece that holds one giant frame counts for as many as it takes.
        while full.count > 1, isOld(full[0], now) { full.removeFirst() }
        while full.count > 1, held > (mostPieces - 1) * pieceBytes {
            full.removeFirst()
            isCutShort = true
        }
        current = Piece(buffer: PacketBuffer(format, capacity: pieceBytes), newest: .min)
    }

    private func isOld(_ piece: Piece, _ now: Int64) -> Bool { piece.newest < now.subtractingSaturated(span) }

    /// Bytes of the packets that are held.
    var held: Int { full.reduce(current.buffer.count) { $0 + $1.buffer.count } }

    /// The packets of the last span, oldest first; the first one may begin with older ones, up to the offset.
    func packets(at now: Int64) -> (pieces: [PacketBuffer], offset: Int) {
        let from = now.subtractingSaturated(span)
        var pieces = (full + [current]).filter { !$0.buffer.isEmpty && $0.newest >= from }.map(\.buffer)
        let offset = pieces.first?.offset(notBefore: from) ?? 0
        if let first = pieces.first, offset == first.count { pieces.removeFirst() }
        return (pieces, offset)
    }
}

extension Int64 {
    /// No trap on a clock that says nonsense.
    func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }
}
