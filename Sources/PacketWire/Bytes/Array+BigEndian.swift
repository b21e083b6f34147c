/// Network byte order, written to the end of a frame under construction.
extension [UInt8] {
    @inline(__always)
    mutating func append(bigEndian value: some FixedWidthInteger & UnsignedInteger) {
        var shift = value.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func append(_ address: MACAddress) {
        append(bigEndian: UInt16(truncatingIfNeeded: address.rawValue >> 32))
        append(bigEndian: UInt32(truncatingIfNeeded: address.rawValue))
    }

    mutating func append(_ address: IPAddress) {
        switch address {
        case .v4(let address): append(bigEndian: address.rawValue)
        case .v6(let address): append(bigEndian: address.rawValue)
        }
    }

    /// Overwrites two bytes: lengths and checksums are known only when what follows them is written.
    mutating func store(bigEndian value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
}
