/// RADIUS, RFC 5997: Status-Server, which asks for nothing but a sign of life. Its Message-Authenticator can only be
/// right with the secret that client and server share, which nobody gave us.
enum RADIUSService: ServiceProtocol {
    static let name = "radius"
    static let title = "RADIUS"
    static let ports: [UInt16] = [1812, 1813, 1645, 1646]
    static let silence = UDPService.Silence.towardsStrangers(
        "A RADIUS server answers only clients that it knows, with the right secret, and is silent to all others.",
        "Ask from a client that the server knows, with its secret (radclient HOST status SECRET).")
    static let fillings = 128

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        var attributes: [UInt8] = [80, 18] + transaction.bytes(32).suffix(16)
        // NAS-Identifier, which section 3 wants in it.
        let identifier = Array("stallpoint".utf8) + [UInt8](repeating: 0x78, count: filling)
        attributes += [32, UInt8(identifier.count + 2)] + identifier
        var bytes: [UInt8] = [12, transaction.uint8]
        bytes.append(bigEndian: UInt16(20 + attributes.count))
        return bytes + transaction.bytes(16) + attributes
    }

    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        guard question.count >= 20, [1, 4, 12].contains(question[0]), Int(question.uint16(at: 2)) == question.count
        else { return nil }
        return ServiceTransaction(UInt64(question[1]))
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let code = try cursor.uint8(reply)
        let identifier = try cursor.uint8(reply)
        let length = Int(try cursor.uint16(reply))
        _ = try cursor.take(16)
        guard length >= 20, length <= 4_096 else { return .foreign(.anotherProtocol) }
        _ = try cursor.take(length - 20)
        guard ![1, 4, 12].contains(code) else { return .foreign(.noReply) }
        let names: [UInt8: String] = [
            2: "Access-Accept", 3: "Access-Reject", 5: "Accounting-Response", 11: "Access-Challenge",
            52: "Protocol-Error",
        ]
        guard let name = names[code] else { return .foreign(.anotherProtocol) }
        guard identifier == transaction.uint8 else { return .foreign(.anotherTransaction) }
        return .answered(name)
    }
}
