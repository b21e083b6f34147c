/// A 48-bit link address, in the low bits of the number.
@frozen
public struct MACAddress: Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt64

    /// The upper 16 bits are dropped.
    @inlinable
    public init(rawValue: UInt64) {
        self.rawValue = rawValue & 0xFFFF_FFFF_FFFF
    }

    public static let broadcast = MACAddress(rawValue: 0xFFFF_FFFF_FFFF)

    /// For several: the I/G bit of IEEE 802, the first that is sent.
    public var isGroup: Bool { rawValue >> 40 & 1 == 1 }

    /// Six pairs of hexadecimal digits, with colons.
    public var description: String {
        (0..<6).map { index in
            let byte = UInt8(truncatingIfNeeded: rawValue >> (40 - 8 * index))
            return String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
        }.joined(separator: ":")
    }
}
