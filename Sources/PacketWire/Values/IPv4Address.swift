/// An IPv4 address, as the 32-bit number it is on the wire (host order: `192.0.2.1` is `0xC000_0201`).
@frozen
public struct IPv4Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    @inlinable
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// Four decimal numbers with dots, nothing shorter: `10.1` and `010.0.0.1` mean different things to
    /// different programs, so they mean nothing here.
    public init?(_ text: some StringProtocol) {
        var value: UInt32 = 0
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                part.utf8.count == 1 || part.utf8.first != 0x30, let octet = UInt8(part)
            else { return nil }
            value = value << 8 | UInt32(octet)
        }
        rawValue = value
    }

    public static let any = IPv4Address(rawValue: 0)
    public static let broadcast = IPv4Address(rawValue: .max)
    public static let loopback = IPv4Address(127, 0, 0, 1)

    /// 127.0.0.0/8, RFC 1122 section 3.2.1.3.
    public var isLoopback: Bool { rawValue >> 24 == 127 }
    /// 224.0.0.0/4, RFC 5771.
    public var isMulticast: Bool { rawValue >> 28 == 0xE }
    /// 169.254.0.0/16, RFC 3927.
    public var isLinkLocal: Bool { rawValue >> 16 == 0xA9FE }

    public static func < (a: IPv4Address, b: IPv4Address) -> Bool { a.rawValue < b.rawValue }

    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 0xFF).\(rawValue >> 8 & 0xFF).\(rawValue & 0xFF)"
    }
}
