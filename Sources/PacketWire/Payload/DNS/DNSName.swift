/// A domain name: labels of any bytes, compared without regard to ASCII case (RFC 4343).
public struct DNSName: Hashable, Sendable, CustomStringConvertible {
    /// Without the empty one at the end; none at all is the root.
    public private(set) var labels: [[UInt8]]

    /// RFC 1035 section 2.3.4; the length counts the root's zero byte.
    static let longestName = 255
    static let longestLabel = 63

    public static let root = DNSName(unchecked: [])

    init(unchecked labels: [[UInt8]]) {
        self.labels = labels
    }

    /// Nil when a label is empty or too long, or the name is.
    public init?(labels: [[UInt8]]) {
        guard labels.allSatisfy({ (1...Self.longestLabel).contains($0.count) }),
            labels.reduce(1, { $0 + $1.count + 1 }) <= Self.longestName
        else { return nil }
        self.labels = labels
    }

    /// Reads the text form of RFC 1035 section 5.1, with `\.` and `\DDD`, with or without the last dot.
    ///
    /// Text that is no ASCII is refused: internationalised names have an ASCII form, which is what is sent.
    public init?(_ text: String) {
        var labels: [[UInt8]] = []
        var label: [UInt8] = []
        var rest = Array(text.utf8)[...]
        if rest == [UInt8(ascii: ".")] { rest = [] }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "."):
                guard !label.isEmpty else { return nil }
                labels.append(label)
                label = []
            case UInt8(ascii: "\\"):
                guard let next = rest.first else { return nil }
                guard Self.isDigit(next) else {
                    label.append(next)
                    rest.removeFirst()
                    continue
                }
                let digits = rest.prefix(3)
                guard digits.count == 3, digits.allSatisfy(Self.isDigit),
                    let value = UInt8(exactly: digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
                else { return nil }
                label.append(value)
                rest = rest.dropFirst(3)
            case 0x21...0x7E: label.append(byte)
            default: return nil
            }
        }
        if !label.isEmpty { labels.append(label) }
        self.init(labels: labels)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// The name that reverse lookups ask for: `1.2.0.192.in-addr.arpa`, or 32 nibbles under `ip6.arpa`.
    public init(reverse address: IPAddress) {
        switch address {
        case .v4(let address):
            let octets = [0, 8, 16, 24].map { address.rawValue >> UInt32($0) & 0xFF }
            labels = octets.map { Array(String($0).utf8) } + [Array("in-addr".utf8), Array("arpa".utf8)]
        case .v6(let address):
            let nibbles = (0..<32).map { address.rawValue >> UInt128($0 * 4) & 0xF }
            labels =
                nibbles.map { Array(String($0, radix: 16).utf8) } + [Array("ip6".utf8), Array("arpa".utf8)]
        }
    }

    public static func == (a: DNSName, b: DNSName) -> Bool {
        a.labels.count == b.labels.count
            && zip(a.labels, b.labels).allSatisfy { left, right in
                left.count == right.count && zip(left, right).allSatisfy { $0.inLowerCase == $1.inLowerCase }
            }
    }

    public func hash(into hasher: inout Hasher) {
        for label in labels {
            hasher.combine(label.count)
            for byte in label { hasher.combine(byte.inLowerCase) }
        }
    }

    /// The text form, printable ASCII whatever the bytes are; no dot at the end, but for the root.
    public var description: String {
        guard !labels.isEmpty else { return "." }
        return labels.map(Self.text).joined(separator: ".")
    }

    private static func text(_ label: [UInt8]) -> String {
        var text = ""
        for byte in label {
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "\\"): text += "\\" + String(Unicode.Scalar(byte))
            case 0x21...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte)
                text += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
            }
        }
        return text
    }
}

extension DNSName {
    /// Reads a name and follows its compression pointers (RFC 1035 section 4.1.4).
    ///
    /// A pointer must lead to before the place where its part of the name began: that is what every encoder
    /// writes, and it makes loops impossible.
    ///
    /// - Parameters:
    ///   - start: Where the message begins; pointers count from there.
    ///   - cursor: At the name; afterwards behind it.
    init(decoding bytes: Span<UInt8>, messageStart start: Int, _ cursor: inout ByteCursor) throws(DecodeError) {
        labels = []
        var length = 1
        var place = cursor.offset
        var floor = place
        var hasJumped = false
        while true {
            try Self.require(1, at: place, cursor.end)
            let head = bytes[place]
            switch head >> 6 {
            case 0b00:
                let count = Int(head)
                try Self.require(count &+ 1, at: place, cursor.end)
                if !hasJumped { _ = try cursor.take(count &+ 1) }
                guard count > 0 else { return }
                length += count + 1
                guard length <= Self.longestName else {
                    throw DecodeError(.dns, at: place, .tooLong(found: length, limit: Self.longestName))
                }
                labels.append(bytes.array(place &+ 1..<place &+ 1 &+ count))
                place &+= count &+ 1
            case 0b11:
                try Self.require(2, at: place, cursor.end)
                let target = start &+ Int(bytes.uint16(at: place) & 0x3FFF)
                guard target < floor else {
                    throw DecodeError(.dns, at: place, .badValue(UInt32(bytes.uint16(at: place))))
                }
                if !hasJumped { _ = try cursor.take(2) }
                hasJumped = true
                floor = target
                place = target
            default: throw DecodeError(.dns, at: place, .badValue(UInt32(head)))
            }
        }
    }

    private static func require(_ count: Int, at place: Int, _ end: Int) throws(DecodeError) {
        guard end &- place >= count else {
            throw DecodeError(.dns, at: place, .truncated(needed: count, available: Swift.max(0, end &- place)))
        }
    }

    /// Writes the labels without compression, which no receiver may insist on.
    func encode(into bytes: inout [UInt8]) {
        for label in labels { bytes.appendVector8(label) }
        bytes.append(0)
    }
}
