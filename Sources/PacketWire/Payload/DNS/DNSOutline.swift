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

extension DNSOutline {
    /// Whether the bytes are one question and nothing beside it but EDNS, as every client asks: on a port that is not
    /// DNS's own, little else looks so.
    public static func isPlainQuestion(_ bytes: Span<UInt8>) -> Bool {
        guard let outline = DNSOutline(decoding: bytes), !outline.question.isEmpty,
            // Recursion desired, authentic data and checking disabled: RFC 1035 section 4.1.1, RFC 4035 section 3.2.
            bytes.uint16(at: 2) & ~0x0130 == 0, bytes.uint32(at: 6) == 0,
            bytes.uint16(at: outline.question.upperBound - 2) == 1
        else { return false }
        let rest = bytes.extracting(outline.question.upperBound...)
        switch bytes.uint16(at: 10) {
        case 0: return rest.isEmpty
        // OPT, of the root: RFC 6891 section 6.1.2.
        case 1: return rest.count >= 11 && rest[0] == 0 && rest.uint16(at: 1) == 41
        default: return false
        }
    }

    /// The room for an answer that a question states by EDNS, where OPT stands right behind it, as clients have it; nil
    /// where it states none: RFC 6891 section 6.1.2.
    public func room(in bytes: Span<UInt8>) -> UInt16? {
        let place = question.upperBound
        guard bytes.available(from: place) >= 11, bytes.uint16(at: 10) > 0, bytes.uint32(at: 6) == 0, bytes[place] == 0,
            bytes.uint16(at: place + 1) == 41
        else { return nil }
        return bytes.uint16(at: place + 3)
    }

    /// The first record of the answer is an alias.
    public func beginsWithAlias(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= Self.headerLength, bytes.uint16(at: 6) > 0 else { return false }
        var place = question.upperBound
        return Self.skipName(bytes, &place) && bytes.available(from: place) >= 2
            && bytes.uint16(at: place) == DNSType.cname.rawValue
    }

    /// Whether all the records are there that the header announces.
    public static func isWhole(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= headerLength else { return false }
        var place = headerLength
        for _ in 0..<bytes.uint16(at: 4) {
            guard skipName(bytes, &place), bytes.count &- place >= 4 else { return false }
            place &+= 4
        }
        let records = Int(bytes.uint16(at: 6)) &+ Int(bytes.uint16(at: 8)) &+ Int(bytes.uint16(at: 10))
        // Each takes some bytes, so that the loop ends with these.
        for _ in 0..<records {
            guard skipName(bytes, &place), bytes.count &- place >= 10 else { return false }
            let length = Int(bytes.uint16(at: place &+ 8))
            guard bytes.count &- place &- 10 >= length else { return false }
            place &+= 10 &+ length
        }
        return true
    }

    private static func skipName(_ bytes: Span<UInt8>, _ place: inout Int) -> Bool {
        while place < bytes.count {
            let length = Int(bytes[place])
            // A pointer is the last of a name: RFC 1035 section 4.1.4.
            if length >= 0xC0 || length == 0 {
                place &+= length == 0 ? 1 : 2
                return place <= bytes.count
            }
            guard length <= DNSName.longestLabel else { return false }
            place &+= 1 &+ length
        }
        return false
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
