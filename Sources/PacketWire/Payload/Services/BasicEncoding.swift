/// As much of ASN.1's Basic Encoding Rules (ITU-T X.690) as SNMP needs: RFC 3417 section 8 asks for definite lengths.
enum BasicEncoding {
    static let integer: UInt8 = 0x02
    static let octetString: UInt8 = 0x04
    static let null: UInt8 = 0x05
    static let objectIdentifier: UInt8 = 0x06
    static let sequence: UInt8 = 0x30

    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let length = content.count
        switch length {
        case 0..<0x80: return [tag, UInt8(length)] + content
        case 0x80..<0x100: return [tag, 0x81, UInt8(length)] + content
        default:
            return [tag, 0x82, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)] + content
        }
    }

    /// Of 31 bits, as short as can be.
    static func integer(_ number: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: UInt32(bitPattern: number))
        while bytes.count > 1, bytes[0] == 0 && bytes[1] < 0x80 || bytes[0] == 0xFF && bytes[1] >= 0x80 {
            bytes.removeFirst()
        }
        return value(integer, bytes)
    }

    static func sequence(_ items: [UInt8]...) -> [UInt8] { value(sequence, items.flatMap { $0 }) }

    static func string(_ bytes: [UInt8]) -> [UInt8] { value(octetString, bytes) }
}

extension ByteCursor {
    /// The next tag, and the content behind it.
    mutating func basicValue(_ bytes: Span<UInt8>) throws(DecodeError) -> (tag: UInt8, content: Range<Int>) {
        let tag = try uint8(bytes)
        var length = Int(try uint8(bytes))
        if length >= 0x80 {
            guard (1...3).contains(length & 0x7F) else {
                throw DecodeError(.service, at: offset, .badValue(UInt32(length)))
            }
            var value = 0
            for _ in 0..<length & 0x7F { value = value << 8 | Int(try uint8(bytes)) }
            length = value
        }
        return (tag, try take(length))
    }

    /// The content of the next value, which must bear that tag.
    mutating func basicContent(_ tag: UInt8, _ bytes: Span<UInt8>) throws(DecodeError) -> Range<Int> {
        let start = offset
        let value = try basicValue(bytes)
        guard value.tag == tag else { throw DecodeError(.service, at: start, .badValue(UInt32(value.tag))) }
        return value.content
    }

    /// A cursor over the content of the next value, which must bear that tag.
    mutating func entering(_ tag: UInt8, _ bytes: Span<UInt8>) throws(DecodeError) -> ByteCursor {
        ByteCursor(try basicContent(tag, bytes), of: bytes, .service)
    }

    mutating func basicInteger(_ bytes: Span<UInt8>) throws(DecodeError) -> Int32 {
        let content = try basicContent(BasicEncoding.integer, bytes)
        // Senders may put an unneeded zero in front.
        guard (1...5).contains(content.count) else {
            throw DecodeError(.service, at: content.lowerBound, .badLength(found: content.count, minimum: 1))
        }
        var value: Int64 = bytes[content.lowerBound] >= 0x80 ? -1 : 0
        for place in content { value = value << 8 | Int64(bytes[place]) }
        return Int32(truncatingIfNeeded: value)
    }
}
