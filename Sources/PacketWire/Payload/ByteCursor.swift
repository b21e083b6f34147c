/// A place in a payload that moves forward as fields are read, and never past its end.
///
/// It holds no bytes, because a span cannot be stored: each read is given them again.
struct ByteCursor {
    private(set) var offset: Int
    let end: Int
    private let layer: DecodeError.Layer

    /// - Parameter range: Is cut to what exists.
    init(_ range: Range<Int>, of bytes: Span<UInt8>, _ layer: DecodeError.Layer) {
        end = Swift.max(0, Swift.min(range.upperBound, bytes.count))
        offset = Swift.max(0, Swift.min(range.lowerBound, end))
        self.layer = layer
    }

    var remaining: Int { end &- offset }

    /// The next `count` bytes.
    mutating func take(_ count: Int) throws(DecodeError) -> Range<Int> {
        guard count >= 0, count <= remaining else {
            throw DecodeError(layer, at: offset, .truncated(needed: count, available: remaining))
        }
        defer { offset &+= count }
        return offset..<offset &+ count
    }

    mutating func uint8(_ bytes: Span<UInt8>) throws(DecodeError) -> UInt8 {
        bytes[try take(1).lowerBound]
    }

    mutating func uint16(_ bytes: Span<UInt8>) throws(DecodeError) -> UInt16 {
        bytes.uint16(at: try take(2).lowerBound)
    }

    mutating func uint24(_ bytes: Span<UInt8>) throws(DecodeError) -> Int {
        let start = try take(3).lowerBound
        return Int(bytes[start]) << 16 | Int(bytes.uint16(at: start &+ 1))
    }

    mutating func uint32(_ bytes: Span<UInt8>) throws(DecodeError) -> UInt32 {
        bytes.uint32(at: try take(4).lowerBound)
    }

    mutating func array(_ bytes: Span<UInt8>, _ count: Int) throws(DecodeError) -> [UInt8] {
        bytes.array(try take(count))
    }

    /// What a length of one byte announces.
    mutating func vector8(_ bytes: Span<UInt8>) throws(DecodeError) -> Range<Int> {
        try take(Int(try uint8(bytes)))
    }

    /// What a length of two bytes announces.
    mutating func vector16(_ bytes: Span<UInt8>) throws(DecodeError) -> Range<Int> {
        try take(Int(try uint16(bytes)))
    }

    /// Continues elsewhere: behind a record whose length has been read.
    mutating func move(to offset: Int) {
        self.offset = Swift.max(self.offset, Swift.min(offset, end))
    }
}

extension Span where Element == UInt8 {
    /// A copy of `range`, which lies inside.
    package func array(_ range: Range<Int>) -> [UInt8] {
        // In one piece: a byte at a time is some ten times as slow. The slice checks its bounds.
        unsafe withUnsafeBufferPointer { unsafe [UInt8]($0[range]) }
    }
}

extension [UInt8] {
    /// Appends the bytes in one piece.
    package mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends what `body` writes, behind its length in one byte. More than fits is cut: our own bug, and a
    /// wrong length would be worse.
    mutating func appendVector8(_ body: [UInt8]) {
        let kept = body.prefix(0xFF)
        append(UInt8(truncatingIfNeeded: kept.count))
        self += kept
    }

    mutating func appendVector16(_ body: [UInt8]) {
        let kept = body.prefix(0xFFFF)
        append(bigEndian: UInt16(truncatingIfNeeded: kept.count))
        self += kept
    }
}
