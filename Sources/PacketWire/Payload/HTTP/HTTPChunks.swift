/// Content in chunks, as far as its beginning is at hand: RFC 9112 section 7.1. What comes behind that is not looked at, for
/// each chunk says how long it is.
package enum HTTPChunks {
    /// A size in hexadecimal digits, and the line's end.
    private static let longestSize = 8
    /// The last chunk has no length, and no trailer as a rule.
    private static let end: UInt32 = 5

    /// How many bytes behind these there must be at the least; nil where they are no chunks.
    package static func missing(_ bytes: Span<UInt8>) -> UInt32? {
        var place = 0
        while place < bytes.count {
            let line = bytes.line(from: place)
            let next = bytes.behindLine(line.upperBound)
            guard next > line.upperBound else {
                // A size that is not all there.
                return line.count <= longestSize && (line.isEmpty || size(bytes, line) != nil) ? end : nil
            }
            guard let size = size(bytes, line) else { return nil }
            if size == 0 {
                // Its empty line, or a trailer's first.
                return next < bytes.count ? 0 : 2
            }
            let (behind, overflows) = next.addingReportingOverflow(size + 2)
            guard !overflows, behind < 1 << 30 else { return nil }
            place = behind
        }
        return UInt32(place - bytes.count) + end
    }

    /// What stands in front of an extension: RFC 9112 section 7.1.1.
    private static func size(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Int? {
        var size = 0
        for (count, place) in line.enumerated() {
            let digit: UInt8
            switch bytes[place] {
            case 0x30...0x39: digit = bytes[place] - 0x30
            case 0x41...0x46, 0x61...0x66: digit = (bytes[place] | 0x20) - 0x61 + 10
            case 0x20, 0x09, 0x3B: return count > 0 ? size : nil
            default: return nil
            }
            guard count < longestSize else { return nil }
            size = size << 4 | Int(digit)
        }
        return line.isEmpty ? nil : size
    }
}
