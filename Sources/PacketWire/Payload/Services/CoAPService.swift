/// CoAP, RFC 7252: "what is there?" (RFC 6690 section 4), to be confirmed. The answer, or the refusal to give one,
/// brings the message's number back.
enum CoAPService: ServiceProtocol {
    static let name = "coap"
    static let title = "CoAP"
    static let ports: [UInt16] = [5683]
    static let silence = UDPService.Silence.unusual(
        "A CoAP server must answer or reset a confirmable message, unless it is set up to ignore some.",
        "Is the device awake? Many sleep to save power: ask again, and from its own network.")
    static let fillings = 128

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        // Version 1, confirmable, a token of four bytes; GET.
        var bytes: [UInt8] = [0x44, 0x01]
        bytes.append(bigEndian: transaction.uint16)
        bytes += token(transaction)
        bytes += [0xBB] + Array(".well-known".utf8) + [0x04] + Array("core".utf8)
        guard filling > 0 else { return bytes }
        // An option of an even number is ignored where it is unknown (section 5.4.1); those from 65,000 on are for
        // experiments (section 12.2). It stands behind option 11.
        let delta = UInt16(65_004 - 11 - 269)
        bytes.append(filling < 13 ? 0xE0 | UInt8(filling) : 0xED)
        bytes.append(bigEndian: delta)
        if filling >= 13 { bytes.append(UInt8(truncatingIfNeeded: filling - 13)) }
        return bytes + [UInt8](repeating: 0, count: filling)
    }

    private static func token(_ transaction: ServiceTransaction) -> [UInt8] {
        transaction.mark ?? Array(transaction.bytes(8).prefix(4))
    }

    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        var cursor = ByteCursor(0..<question.count, of: question, .service)
        let first = try cursor.uint8(question)
        let code = try cursor.uint8(question)
        let identifier = try cursor.uint16(question)
        // Version 1, confirmable or not; one of the methods.
        guard first >> 5 == 0b010, first & 0x0F <= 8, (1...7).contains(code) else { return nil }
        return ServiceTransaction(UInt64(identifier), mark: try cursor.array(question, Int(first & 0x0F)))
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let first = try cursor.uint8(reply)
        let code = try cursor.uint8(reply)
        let identifier = try cursor.uint16(reply)
        let tokenLength = Int(first & 0x0F)
        guard first >> 6 == 1, tokenLength <= 8 else { return .foreign(.anotherProtocol) }
        let token = try cursor.array(reply, tokenLength)
        let type = first >> 4 & 0b11
        switch code >> 5 {
        case 0 where code != 0: return .foreign(.noReply)
        case 0:
            // Empty: the answer comes later, or never.
            guard type >= 2, tokenLength == 0 else { return .foreign(.anotherProtocol) }
            guard identifier == transaction.uint16 else { return .foreign(.anotherTransaction) }
            return .answered(type == 3 ? "reset" : "acknowledged")
        case 2, 4, 5:
            // An answer of its own has a number of its own, and our token: section 5.2.2.
            guard token == self.token(transaction), type != 2 || identifier == transaction.uint16 else {
                return .foreign(.anotherTransaction)
            }
            guard type != 3 else { return .foreign(.malformed) }
            let detail = code & 0x1F
            return .answered("\(code >> 5).\(detail < 10 ? "0" : "")\(detail)")
        default: return .foreign(.anotherProtocol)
        }
    }
}
