/// The head of an HTTP/1 answer: the status line and header fields, RFC 9112 sections 4 and 5.
public struct HTTPHead: Hashable, Sendable {
    public var status: HTTPStatusLine
    /// The status line came to its end, so that its reason is all there.
    public let hasWholeStatus: Bool
    /// The lines of the fields, as they came, and where each begins: few of them are asked for.
    private var lines: [UInt8] = []
    private var starts: [UInt32] = []
    /// Where the content begins; nil while the head is not whole.
    public private(set) var end: Int?

    public var isComplete: Bool { end != nil }

    /// More fields are read over.
    static let mostFields = 128

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
            if starts.isEmpty { starts.reserveCapacity(16) }
            if starts.count < Self.mostFields { starts.append(UInt32(truncatingIfNeeded: place &- start)) }
            place = next
        }
        lines = bytes.array(start..<place)
    }

    /// The first field of that name, whatever the case of its letters: RFC 9110 section 5.1.
    public func field(_ name: StaticString) -> NetworkText? {
        place(of: name).map { NetworkText(bytes: lines.span.array($0)) }
    }

    private func place(of name: StaticString) -> Range<Int>? {
        let bytes = lines.span
        for start in starts {
            if let value = bytes.value(ofField: name, at: Int(start)) { return value }
        }
        return nil
    }

    /// Of a field that holds a list, all that it has, on however many lines: RFC 9110 section 5.3.
    public func list(_ name: StaticString) -> NetworkText? {
        let values = fields(name, most: Self.mostOfList)
        guard let first = values.first, values.count > 1 else { return values.first }
        let bytes = values.dropFirst().reduce(first.bytes) { $0 + [0x2C, 0x20] + $1.bytes }
        return NetworkText(bytes: Array(bytes.prefix(HTTPRequestLine.longestKept)))
    }

    /// More lines of one name say no more.
    private static let mostOfList = 8

    private func fields(_ name: StaticString, most: Int) -> [NetworkText] {
        let bytes = lines.span
        var values: [NetworkText] = []
        for start in starts where values.count < most {
            if let value = bytes.value(ofField: name, at: Int(start)) {
                values.append(NetworkText(bytes: bytes.array(value)))
            }
        }
        return values
    }
}

extension Span where Element == UInt8 {
    /// A number as Swift reads it from a string of decimal digits.
    var decimal: Int? {
        var place = count > 0 && (self[0] == UInt8(ascii: "+") || self[0] == UInt8(ascii: "-")) ? 1 : 0
        let isNegative = place == 1 && self[0] == UInt8(ascii: "-")
        guard place < count else { return nil }
        var number = 0
        while place < count {
            guard (0x30...0x39).contains(self[place]) else { return nil }
            let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(Int(self[place] &- 0x30))
            guard !isTooLarge, !overflows else { return nil }
            number = sum
            place &+= 1
        }
        return isNegative ? 0 &- number : number
    }

    /// Where what stands behind the colon of the field's line that begins at `line`, without the space before it; nil where
    /// it is another field's.
    @inline(__always)
    func value(ofField name: StaticString, at line: Int) -> Range<Int>? {
        let length = name.utf8CodeUnitCount
        // Most names are told apart by their length.
        guard count &- line > length, self[line &+ length] == UInt8(ascii: ":") else { return nil }
        return value(behind: name, at: line)
    }

    private func value(behind name: StaticString, at line: Int) -> Range<Int>? {
        guard extracting(line...).beginsInAnyCase(name) else { return nil }
        let end = self.line(from: line).upperBound
        var start = line &+ name.utf8CodeUnitCount &+ 1
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start &+= 1 }
        return start..<Swift.min(end, start &+ HTTPRequestLine.longestKept)
    }
}
