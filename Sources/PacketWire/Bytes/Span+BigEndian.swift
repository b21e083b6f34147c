/// Network byte order, read from a frame. Every byte is bounds-checked by `Span`: a decoder first says what
/// it needs with `require`, so that a short frame becomes an error and never a trap.
extension Span where Element == UInt8 {
    @inline(__always)
    func uint16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset &+ 1])
    }

    @inline(__always)
    func uint32(at offset: Int) -> UInt32 {
        UInt32(self[offset]) << 24 | UInt32(self[offset &+ 1]) << 16 | UInt32(self[offset &+ 2]) << 8
            | UInt32(self[offset &+ 3])
    }

    @inline(__always)
    func uint64(at offset: Int) -> UInt64 {
        UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset &+ 4))
    }

    @inline(__always)
    func uint128(at offset: Int) -> UInt128 {
        UInt128(uint64(at: offset)) << 64 | UInt128(uint64(at: offset &+ 8))
    }

    /// Six bytes as a link address.
    @inline(__always)
    func macAddress(at offset: Int) -> MACAddress {
        MACAddress(rawValue: UInt64(uint16(at: offset)) << 32 | UInt64(uint32(at: offset &+ 2)))
    }

    /// How many bytes there are from `offset` on; 0 when the offset itself lies outside.
    @inline(__always)
    func available(from offset: Int) -> Int {
        offset >= 0 && offset <= count ? count &- offset : 0
    }

    /// Throws unless `needed` bytes exist at `offset`.
    @inline(__always)
    func require(_ needed: Int, at offset: Int, for layer: DecodeError.Layer) throws(DecodeError) {
        let available = available(from: offset)
        guard offset >= 0, available >= needed else {
            throw DecodeError(layer, at: offset, .truncated(needed: needed, available: available))
        }
    }
}
