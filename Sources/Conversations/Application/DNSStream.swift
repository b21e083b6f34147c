import PacketWire

/// One direction of DNS over TCP: a length before each message (RFC 1035 section 4.2.2), in segments of any size. Some
/// send the two bytes of the length by themselves.
struct DNSStream: Sendable, Hashable {
    /// Of a message that is longer, the beginning is told: what tells about it stands there.
    private static let longestKept = 4_096
    /// A transfer of a zone has no end that anybody waits for.
    private static let mostMessages = 16

    /// A message that is not whole yet, its length in front.
    private var pending: [UInt8] = []
    /// What still comes of a message that was told already.
    private var skipped = 0
    private var messages = 0
    private(set) var isDone = false

    /// - Parameters:
    ///   - isCut: the capture has not the whole segment, so that nothing is known of what follows.
    ///   - tell: is given each message, and whether it lacks something.
    mutating func read(_ bytes: Span<UInt8>, isCut: Bool, _ tell: (Span<UInt8>, _ isCut: Bool) -> Void) {
        var place = 0
        while place < bytes.count, !isDone {
            if skipped > 0 {
                let count = min(skipped, bytes.count - place)
                skipped -= count
                place += count
                continue
            }
            let whole = Self.length(pending.span, behind: bytes.extracting(place...)).map { 2 + $0 }
            let wanted = min(whole ?? 2, 2 + Self.longestKept) - pending.count
            let count = min(wanted, bytes.count - place)
            pending += bytes.array(place..<place + count)
            place += count
            guard let whole, count == wanted || isCut else { continue }
            skipped = whole - pending.count
            tell(pending.span.extracting(2...), skipped > 0)
            pending = []
            messages += 1
            if messages >= Self.mostMessages { isDone = true }
        }
        if isCut { isDone = true }
    }

    /// Of the message that begins in `kept` and goes on in `bytes`; nil where its length is not all there.
    private static func length(_ kept: Span<UInt8>, behind bytes: Span<UInt8>) -> Int? {
        guard kept.count + bytes.count >= 2 else { return nil }
        let high = kept.count > 0 ? kept[0] : bytes[0]
        let low = kept.count > 1 ? kept[1] : bytes[1 - kept.count]
        return Int(high) << 8 | Int(low)
    }
}
