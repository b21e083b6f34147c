/// QUIC, asked in a version that nobody speaks: whoever serves any version must answer with those that it does (RFC
/// 9000 section 6.1, RFC 8999 section 6), without a key and without keeping anything.
enum QUICService: ServiceProtocol {
    static let name = "quic"
    static let title = "QUIC"
    static let ports: [UInt16] = [443, 853]
    static let silence = UDPService.Silence.unusual(
        "A QUIC server answers everybody who asks in a version that it does not speak, and many services on this port"
            + " do not offer QUIC at all.",
        "Does TCP to the same port answer, and does its response name HTTP/3 (alt-svc)? Then QUIC should, too.")
    /// No server answers a first datagram of less than 1,200 bytes, and not every path takes more than 1,232.
    static let fillings = 32

    private static let shortest = 1_200
    /// RFC 9000 section 15: reserved to exercise version negotiation.
    private static let version: UInt32 = 0x5A6A_7A8A

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        var bytes: [UInt8] = [0xC0]
        bytes.append(bigEndian: version)
        bytes.appendVector8(destination(transaction))
        bytes.appendVector8(source(transaction))
        // What follows is of a version that nobody knows. It has the form of version 1's Initial (section 17.2.2), for
        // boxes on the way that read no further: no token, the length, and what would be encrypted.
        let rest = shortest + filling - bytes.count - 3
        bytes.append(0)
        bytes.append(bigEndian: 0x4000 | UInt16(rest))
        return bytes + transaction.bytes(rest)
    }

    private static func destination(_ transaction: ServiceTransaction) -> [UInt8] {
        Array(transaction.bytes(8))
    }

    private static func source(_ transaction: ServiceTransaction) -> [UInt8] {
        Array(transaction.bytes(16).suffix(8))
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let first = try cursor.uint8(reply)
        let number = try cursor.uint32(reply)
        guard first & 0x80 != 0 else { return .foreign(.anotherProtocol) }
        guard number != version else { return .foreign(.noReply) }
        guard number == 0 else { return .foreign(.anotherProtocol) }
        // Each end's identifier comes back as the other's.
        let destination = reply.array(try cursor.vector8(reply))
        let source = reply.array(try cursor.vector8(reply))
        guard destination == self.source(transaction), source == self.destination(transaction) else {
            return .foreign(.anotherTransaction)
        }
        _ = try cursor.uint32(reply)
        guard let header = QUICLongHeader(decoding: reply) else { return .foreign(.malformed) }
        // Some are only there so that clients meet unknown ones: section 15.
        let spoken = header.offeredVersions.filter { $0 & 0x0F0F_0F0F != 0x0A0A_0A0A }
        return .answered(saying: spoken.prefix(4).map { QUICLongHeader.name(of: $0) })
    }
}
