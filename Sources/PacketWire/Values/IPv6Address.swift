/// An IPv6 address, as the 128-bit number it is on the wire.
@frozen
public struct IPv6Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var rawValue: UInt128

    @inlinable
    public init(rawValue: UInt128) {
        self.rawValue = rawValue
    }

    /// The text forms of RFC 4291 section 2.2: full, compressed with `::`, and with a dotted IPv4 tail.
    /// A zone (`%eth0`) is not part of an address and is not accepted here.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard (2...45).contains(bytes.count) else { return nil }
        let halves = String(text).components(separatedByDoubleColon: ())
        guard let halves, halves.count <= 2 else { return nil }
        guard let head = Self.groups(halves[0], dottedTail: halves.count == 1) else { return nil }
        guard halves.count == 2 else {
            guard head.count == 8 else { return nil }
            rawValue = Self.join(head)
            return
        }
        guard let tail = Self.groups(halves[1], dottedTail: true), head.count + tail.count <= 7 else { return nil }
        let zeros = Array(repeating: UInt16(0), count: 8 - head.count - tail.count)
        rawValue = Self.join(head + zeros + tail)
    }

    private static func join(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func groups(_ text: Substring, dottedTail: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        var result: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if dottedTail, index == parts.count - 1, part.utf8.contains(0x2E) {
                guard let tail = IPv4Address(part) else { return nil }
                result.append(UInt16(tail.rawValue >> 16))
                result.append(UInt16(truncatingIfNeeded: tail.rawValue))
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(\.isHexDigit),
                let group = UInt16(part, radix: 16)
            else { return nil }
            result.append(group)
        }
        return result.count <= 8 ? result : nil
    }

    public static let any = IPv6Address(rawValue: 0)
    public static let loopback = IPv6Address(rawValue: 1)

    /// ::1, RFC 4291 section 2.5.3.
    public var isLoopback: Bool { rawValue == 1 }
    /// ff00::/8, RFC 4291 section 2.7.
    public var isMulticast: Bool { rawValue >> 120 == 0xFF }
    /// fe80::/10, RFC 4291 section 2.5.6.
    public var isLinkLocal: Bool { rawValue >> 118 == 0x3FA }
    /// The IPv4 address inside `::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2.
    public var mappedIPv4: IPv4Address? {
        rawValue >> 32 == 0xFFFF ? IPv4Address(rawValue: UInt32(truncatingIfNeeded: rawValue)) : nil
    }

    public static func < (a: IPv6Address, b: IPv6Address) -> Bool { a.rawValue < b.rawValue }

    /// The canonical text of RFC 5952: lower case, the longest run of two or more zero groups as `::`.
    public var description: String {
        if let mappedIPv4 { return "::ffff:\(mappedIPv4)" }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: rawValue >> (112 - 16 * $0)) }
        var best = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(best.count, 1) { best = start..<index }
            start = index + 1
        }
        func text(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
    }
}

extension String {
    /// The pieces around `::`; nil where it stands more than once.
    fileprivate func components(separatedByDoubleColon _: Void) -> [Substring]? {
        var pieces: [Substring] = []
        var start = startIndex
        var index = startIndex
        while index < endIndex {
            let next = self.index(after: index)
            if self[index] == ":", next < endIndex, self[next] == ":" {
                pieces.append(self[start..<index])
                index = self.index(after: next)
                start = index
            } else {
                index = next
            }
        }
        pieces.append(self[start..<endIndex])
        return pieces.count <= 2 ? pieces : nil
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
    }
}
