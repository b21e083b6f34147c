/// The most that matching questions and answers needs of a DNS message, without an allocation.
@frozen
public struct DNSOutline: Hashable, Sendable {
    public var identifier: UInt16
    public var flags: DNSMessage.Flags
    /// Where the first question stands, behind the header: name, type and class. Empty where there is none.
    public var question: Range<Int>
    /// Of the first question's name, type and class, whatever the case of the letters.
    public var questionHash: UInt64

    static let headerLength = 12

    /// Nil where the bytes cannot be a message: too short, an opcode that nobody uses, a question that is none.
    public init?(decoding bytes: Span<UInt8>) {
        guard bytes.count >= Self.headerLength else { return nil }
        identifier = bytes.uint16(at: 0)
        flags = DNSMessage.Flags(rawValue: bytes.uint16(at: 2))
        guard flags.opcode.rawValue <= 6, bytes.uint16(at: 4) <= 1 else { return nil }
        question = Self.headerLength..<Self.headerLength
        questionHash = 0
        // Some answers with an error leave the question out.
        guard bytes.uint16(at: 4) == 1 else {
            if flags.isResponse { return }
            return nil
        }
        var place = Self.headerLength
        var hash = FNV1a()
        while true {
            guard bytes.available(from: place) >= 1 else { return nil }
            let length = Int(bytes[place])
            // Nothing can stand before the first name that a pointer could lead to.
            guard length <= DNSName.longestLabel, bytes.available(from: place) > length,
                place &+ length &- Self.headerLength < DNSName.longestName
            else { return nil }
            for offset in place...place &+ length {
                hash.add(UInt64(bytes[offset].inLowerCase))
            }
            place &+= length &+ 1
            if length == 0 { break }
        }
        guard bytes.available(from: place) >= 4 else { return nil }
        hash.add(UInt64(bytes.uint32(at: place)))
        question = Self.headerLength..<place &+ 4
        questionHash = hash.value
    }
}

extension DNSQuestion {
    /// A question that stands by itself, as `DNSOutline.question` finds it.
    public init?(decoding bytes: [UInt8]) {
        let span = bytes.span
        var cursor = ByteCursor(0..<span.count, of: span, .dns)
        guard let name = try? DNSName(decoding: span, messageStart: 0, &cursor),
            let type = try? cursor.uint16(span), let recordClass = try? cursor.uint16(span)
        else { return nil }
        self.init(name, DNSType(rawValue: type), DNSClass(rawValue: recordClass))
    }
}
