/// One entry of an MPLS label stack, RFC 3032 section 2.1; also inside ICMP extensions, RFC 4950.
@frozen
public struct MPLSLabel: Hashable, Sendable, CustomStringConvertible {
    public static let length = 4

    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public init(_ label: UInt32, trafficClass: UInt8 = 0, isBottom: Bool = true, timeToLive: UInt8 = 255) {
        rawValue =
            (label & 0xF_FFFF) << 12 | UInt32(trafficClass & 7) << 9 | (isBottom ? 0x100 : 0) | UInt32(timeToLive)
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .mpls)
        rawValue = bytes.uint32(at: offset)
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: rawValue)
    }

    public var label: UInt32 { rawValue >> 12 }
    public var trafficClass: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 9) & 7 }
    public var isBottom: Bool { rawValue & 0x100 != 0 }
    public var timeToLive: UInt8 { UInt8(truncatingIfNeeded: rawValue) }

    public var description: String { "label \(label) ttl \(timeToLive)" }
}
