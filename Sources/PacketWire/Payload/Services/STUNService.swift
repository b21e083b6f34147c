/// STUN, RFC 8489: a binding request. The answer tells from where the question came, as the server saw it.
enum STUNService: ServiceProtocol {
    static let name = "stun"
    static let title = "STUN"
    static let ports: [UInt16] = [3478]
    static let silence = UDPService.Silence.unusual(
        "A STUN server answers everybody, unless it is set up to ignore some.",
        "Ask the server from another network, too: is it silent there?")
    static let fillings = 64

    private static let magicCookie: UInt32 = 0x2112_A442

    /// An attribute that need not be understood grows the question (section 14).
    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        var attributes: [UInt8] = []
        if filling > 0 {
            attributes.append(bigEndian: UInt16(0xFFFD))
            attributes.appendVector16([UInt8](repeating: 0, count: 4 * (filling - 1)))
        }
        var bytes: [UInt8] = [0x00, 0x01]
        bytes.append(bigEndian: UInt16(attributes.count))
        bytes.append(bigEndian: magicCookie)
        return bytes + transaction.bytes(12) + attributes
    }

    /// A binding request alone: others have answers of their own.
    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        guard question.count >= 20, question.uint16(at: 0) == 1, question.uint32(at: 4) == magicCookie,
            Int(question.uint16(at: 2)) == question.count - 20
        else { return nil }
        return ServiceTransaction(mark: question.array(8..<20))
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let type = try cursor.uint16(reply)
        let length = Int(try cursor.uint16(reply))
        let cookie = try cursor.uint32(reply)
        guard type & 0xC000 == 0, cookie == magicCookie, length % 4 == 0 else { return .foreign(.anotherProtocol) }
        guard type != 0x0001 else { return .foreign(.noReply) }
        guard type == 0x0101 || type == 0x0111 else { return .foreign(.anotherProtocol) }
        let identifier = try cursor.array(reply, 12)
        guard identifier == transaction.bytes(12) else { return .foreign(.anotherTransaction) }
        var attributes = ByteCursor(try cursor.take(length), of: reply, .service)
        var parts: [String?] = [type == 0x0111 ? "an error" : nil]
        var hasPlace = false
        while attributes.remaining >= 4 {
            let kind = try attributes.uint16(reply)
            let value = try attributes.vector16(reply)
            switch kind {
            case 0x0020, 0x0001:
                guard !hasPlace, let place = address(reply, value, isObscured: kind == 0x0020) else { break }
                hasPlace = true
                parts.append("it sees this end as \(place)")
            case 0x0009 where value.count >= 4:
                let code = Int(reply[value.lowerBound + 2] & 7) * 100 + Int(reply[value.lowerBound + 3])
                parts[0] = "error \(code)"
            case 0x8022:
                parts.append("software \(reply.shown(value))")
            default: break
            }
            // Values are padded to words.
            attributes.move(to: (value.upperBound + 3) & ~3)
        }
        return .answered(saying: parts)
    }

    /// XOR-MAPPED-ADDRESS, or MAPPED-ADDRESS of old servers: sections 14.1 and 14.2.
    private static func address(_ reply: Span<UInt8>, _ value: Range<Int>, isObscured: Bool) -> Endpoint? {
        guard value.count >= 8 else { return nil }
        let start = value.lowerBound
        let port = reply.uint16(at: start + 2) ^ (isObscured ? UInt16(magicCookie >> 16) : 0)
        switch (reply[start + 1], value.count) {
        case (1, 8):
            let raw = reply.uint32(at: start + 4) ^ (isObscured ? magicCookie : 0)
            return Endpoint(.v4(IPv4Address(rawValue: raw)), port)
        case (2, 20):
            // Obscured by the cookie and the transaction, which stand in the header from byte 4 on.
            let raw = reply.uint128(at: start + 4) ^ (isObscured ? reply.uint128(at: 4) : 0)
            return Endpoint(.v6(IPv6Address(rawValue: raw)), port)
        default: return nil
        }
    }
}
