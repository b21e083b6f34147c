import PacketWire

/// The head of an HTTP/1 answer as it comes in, in pieces of any size; interim answers before it are passed over
/// (RFC 9110 section 15.2).
struct ResponseReader {
    enum Step {
        case wait
        /// Whole, or as much of it as is kept; what came behind it is in `rest(behind:)`.
        case head(HTTPHead)
        /// So much of it came that no end is waited for.
        case endless(HTTPHead)
        /// It begins like no status line.
        case foreign(NetworkText)
    }

    /// A head that is longer says enough in its beginning.
    static let longest = 16_384
    /// From where the latest head begins.
    private var bytes: [UInt8] = []
    /// Bytes that came behind those, and were not kept.
    private(set) var unkept = 0
    /// Of a head that is longer than what is kept.
    private var headEnd: HTTPHeadEnd?

    mutating func read(_ more: [UInt8]) -> Step {
        let kept = more.prefix(Self.longest - bytes.count)
        bytes += kept
        unkept += more.count - kept.count
        while let head = HTTPHead(decoding: bytes.span) {
            guard head.isComplete || bytes.count >= Self.longest else { return .wait }
            guard head.isComplete else { return readOn(more[kept.endIndex...], of: head) }
            guard head.status.isInterim, let end = head.end else { return .head(head) }
            // The real answer may have come with it.
            bytes.removeFirst(end)
        }
        let isForeign = bytes.count >= 12 || !bytes.prefix(7).elementsEqual(Self.beginning.prefix(bytes.count))
        return isForeign ? .foreign(NetworkText(bytes: Array(bytes.prefix(256))).firstLine) : .wait
    }

    /// More of a head than is kept: only its end is looked for.
    private mutating func readOn(_ more: ArraySlice<UInt8>, of head: HTTPHead) -> Step {
        var end = headEnd ?? HTTPHeadEnd()
        if headEnd == nil { _ = end.read(bytes.span) }
        let isWhole = end.read(more.span) != nil
        headEnd = end
        if isWhole { return .head(head) }
        return bytes.count + unkept < HTTPHeadEnd.longest ? .wait : .endless(head)
    }

    private static let beginning = Array("HTTP/1.".utf8)

    /// A head that was cut still says its status.
    var cutHead: HTTPHead? { HTTPHead(decoding: bytes.span) }

    func rest(behind head: HTTPHead) -> [UInt8] { head.end.map { Array(bytes[$0...]) } ?? [] }
}
