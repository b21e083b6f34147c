/// The head of an HTTP/1 answer: the status line and header fields, RFC 9112 sections 4 and 5.
public struct HTTPHead: Hashable, Sendable {
    public var status: HTTPStatusLine
    /// The status line came to its end, so that its reason is all there.
    public let hasWholeStatus: Bool
    /// The lines of the fields, as they came: few of them are asked for.
    private var lines: [UInt8] = []
    /// Where the content begins; nil while the head is not whole.
    public private(set) var end: Int?

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
        let start = place
        while place < bytes.count {
            let line = bytes.line(from: place)
            let next = bytes.behindLine(line.upperBound)
            // A line without its end may go on.
            guard next > line.upperBound else { break }
            if line.isEmpty {
                end = next
                break
            }
            place = next
        }
        lines = bytes.array(start..<place)
    }

    /// The first field of that name, whatever the case of its letters: RFC 9110 section 5.1.
    public func field(_ name: String) -> NetworkText? { fields(name, most: 1).first }

    /// Of a field that holds a list, all that it has, on however many lines: RFC 9110 section 5.3.
    public func list(_ name: String) -> NetworkText? {
        let values = fields(name, most: Self.mostOfList)
        guard let first = values.first, values.count > 1 else { return values.first }
        let bytes = values.dropFirst().reduce(first.bytes) { $0 + [0x2C, 0x20] + $1.bytes }
        return NetworkText(bytes: Array(bytes.prefix(HTTPRequestLine.longestKept)))
    }

    /// More lines of one name say no more.
    private static let mostOfList = 8

    private func fields(_ name: String, most: Int) -> [NetworkText] {
        let bytes = lines.span
        var values: [NetworkText] = []
        var place = 0
        for _ in 0..<Self.mostFields {
            if place >= bytes.count || values.count == most { break }
            let line = bytes.line(from: place)
            if let value = bytes.extracting(line).value(ofField: name) { values.append(value) }
            place = bytes.behindLine(line.upperBound)
        }
        return values
    }
}

extension Span where Element == UInt8 {
    /// What stands behind the colon of a field's line, without the space before it; nil where it is another field's.
    fileprivate func value(ofField name: String) -> NetworkText? {
        let name = name.utf8
        guard count > name.count, self[name.count] == UInt8(ascii: ":") else { return nil }
        for (place, byte) in name.enumerated() where self[place].inLowerCase != byte.inLowerCase { return nil }
        var start = name.count &+ 1
        while start < count, self[start] == 0x20 || self[start] == 0x09 { start &+= 1 }
        return NetworkText(bytes: array(start..<Swift.min(count, start &+ HTTPRequestLine.longestKept)))
    }
}
