/// How an HTTP/1 server answers: RFC 9112 section 4.
public struct HTTPStatusLine: Hashable, Sendable {
    /// From 100 to 999.
    public var code: Int
    public var reason: NetworkText

    /// Nil where it is no answer.
    public init?(decoding bytes: Span<UInt8>) {
        let isHTTP = bytes.count > 8 && bytes.uint32(at: 0) == 0x4854_5450 && bytes.uint32(at: 4) >> 8 == 0x2F_312E
        // Radio stations answer as SHOUTcast does, in the place of the version.
        guard isHTTP ? bytes[8] == 0x20 : bytes.begins(with: "ICY ") else { return nil }
        let start = isHTTP ? 9 : 4
        let line = bytes.line(from: 0)
        guard line.count >= start &+ 3 else { return nil }
        var code = 0
        for place in start..<start &+ 3 {
            guard (0x30...0x39).contains(bytes[place]) else { return nil }
            code = code &* 10 &+ Int(bytes[place] &- 0x30)
        }
        guard code >= 100, line.count == start &+ 3 || bytes[start &+ 3] == 0x20 else { return nil }
        self.code = code
        let reasonStart = Swift.min(line.count, start &+ 4)
        let text = bytes.extracting(reasonStart..<Swift.min(line.count, reasonStart &+ HTTPRequestLine.longestKept))
        reason =
            text.count == 2 && text.begins(with: "OK")
            ? Self.usualReason : NetworkText(bytes: text.array(0..<text.count))
    }

    /// Of nearly every answer there is: each array is a piece of memory by itself.
    private static let usualReason = NetworkText(bytes: Array("OK".utf8))

    /// The real answer is still to come: RFC 9110 section 15.2. 101 is the last of its connection.
    public var isInterim: Bool { code < 200 && code != 101 }
}
