/// How an HTTP/1 server answers: RFC 9112 section 4.
public struct HTTPStatusLine: Hashable, Sendable {
    /// From 100 to 999.
    public var code: Int
    public var reason: NetworkText

    /// Nil where it is no answer.
    public init?(decoding bytes: Span<UInt8>) {
        let line = bytes.line(from: 0)
        guard line.count >= 12, bytes.begins(with: "HTTP/1."), bytes[8] == 0x20 else { return nil }
        var code = 0
        for place in 9..<12 {
            guard (0x30...0x39).contains(bytes[place]) else { return nil }
            code = code &* 10 &+ Int(bytes[place] &- 0x30)
        }
        guard code >= 100, line.count == 12 || bytes[12] == 0x20 else { return nil }
        self.code = code
        let start = Swift.min(line.count, 13)
        reason = NetworkText(
            bytes: bytes.array(start..<Swift.min(line.count, start &+ HTTPRequestLine.longestKept)))
    }

    /// The real answer is still to come: RFC 9110 section 15.2. 101 is the last of its connection.
    public var isInterim: Bool { code < 200 && code != 101 }
}
