/// The order in which the writer of a file stored the bytes of a number. Both formats keep the order of the
/// machine that wrote them and say which it was.
@frozen
public enum ByteOrder: String, Hashable, Sendable, CaseIterable {
    case littleEndian = "little-endian"
    case bigEndian = "big-endian"
}

/// Numbers in a given order. Each byte is bounds-checked; callers compare lengths first, so that a short
/// file becomes an error and never a trap.
extension Span where Element == UInt8 {
    @inline(__always)
    func uint16(_ order: ByteOrder, at offset: Int) -> UInt16 {
        let a = UInt16(self[offset])
        let b = UInt16(self[offset &+ 1])
        return order == .littleEndian ? b << 8 | a : a << 8 | b
    }

    @inline(__always)
    func uint32(_ order: ByteOrder, at offset: Int) -> UInt32 {
        let value =
            UInt32(self[offset]) | UInt32(self[offset &+ 1]) << 8 | UInt32(self[offset &+ 2]) << 16
            | UInt32(self[offset &+ 3]) << 24
        return order == .littleEndian ? value : value.byteSwapped
    }

    @inline(__always)
    func uint64(_ order: ByteOrder, at offset: Int) -> UInt64 {
        let first = UInt64(uint32(order, at: offset))
        let second = UInt64(uint32(order, at: offset &+ 4))
        return order == .littleEndian ? second << 32 | first : first << 32 | second
    }

    /// The bytes of `range` as text; what is not UTF-8 becomes U+FFFD. Text from a file is as hostile as text
    /// from the network: whoever prints it escapes it.
    func text(_ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(self[index]) }
        while bytes.last == 0 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension [UInt8] {
    mutating func append(_ value: some FixedWidthInteger & UnsignedInteger, _ order: ByteOrder) {
        for index in 0..<value.bitWidth / 8 {
            let shift = order == .littleEndian ? index * 8 : value.bitWidth - 8 - index * 8
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func append(contentsOf span: Span<UInt8>) {
        for index in span.indices { append(span[index]) }
    }

    /// Zero bytes up to the next multiple of four of what was written since `start`.
    mutating func pad(since start: Int) {
        while (count - start) % 4 != 0 { append(0) }
    }
}
