/// The head of an HTTP/1 answer: the status line and header fields, RFC 9112 sections 4 and 5.
public struct HTTPHead: Hashable, Sendable {
    public var status: HTTPStatusLine
    /// The status line came to its end, so that its reason is all there.
    public let hasWholeStatus: Bool
    public private(set) var fields: [Field] = []
    /// Where the content begins; nil while the head is not whole.
    public private(set) var end: Int?

    public struct Field: Hashable, Sendable {
        public var name: NetworkText
        public var value: NetworkText
    }

    public var isComplete: Bool { end != nil }

    /// More fields are read over.
    private static let mostFields = 128

    /// Reads as much as there is; nil where it does not begin with a status line.
    public init?(decoding bytes: Span<UInt8>) {
        guard let status = HTTPStatusLine(decoding: bytes) else { return nil }
        self.status = status
        let statusEnd = bytes.line(from: 0).upperBound
        var place = bytes.behindLine(statusEnd)
        hasWholeStatus = place > statusEnd
        while place < bytes.count {
            let line = bytes.line(from: place)
            let next = bytes.behindLine(line.upperBound)
            // A line without its end may go on.
            guard next > line.upperBound else { return }
            if line.isEmpty {
                end = next
                return
            }
            note(bytes.extracting(line))
            place = next
        }
    }

    private mutating func note(_ line: Span<UInt8>) {
        guard fields.count < Self.mostFields, let colon = line.first(UInt8(ascii: ":")), colon > 0 else { return }
        var start = colon &+ 1
        while start < line.count, line[start] == 0x20 || line[start] == 0x09 { start &+= 1 }
        let end = Swift.min(line.count, start &+ HTTPRequestLine.longestKept)
        fields.append(
            Field(name: NetworkText(bytes: line.array(0..<colon)), value: NetworkText(bytes: line.array(start..<end))))
    }

    /// The first field of that name, whatever the case of its letters: RFC 9110 section 5.1.
    public func field(_ name: String) -> NetworkText? {
        fields.first { $0.name.bytes.elementsEqual(name.utf8) { $0.inLowerCase == $1.inLowerCase } }?.value
    }
}
