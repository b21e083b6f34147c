/// The NetBIOS name service, RFC 1002 section 4.2.17: a node status request, "which names do you have?".
enum NetBIOSNameService: ServiceProtocol {
    static let name = "netbios"
    static let title = "NetBIOS name service"
    static let ports: [UInt16] = [137]
    static let silence = UDPService.Silence.unusual(
        "A NetBIOS name service answers everybody, unless the host's own firewall keeps strangers from it, as Windows"
            + " does by default for other networks.",
        "Ask from the host's own network, too (nmblookup -A, nbtstat -A): does it answer there?")

    private static let statusType: UInt16 = 0x0021

    /// `*`, filled with zeros and encoded in half bytes: RFC 1001 section 14.1.
    private static let anyName: [UInt8] = Array("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".utf8)

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for word: UInt16 in [transaction.uint16, 0, 1, 0, 0, 0] { bytes.append(bigEndian: word) }
        bytes.appendVector8(anyName)
        bytes.append(0)
        bytes.append(bigEndian: statusType)
        bytes.append(bigEndian: UInt16(1))
        return bytes
    }

    /// A node status request: other questions have negative answers.
    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        guard question.count == 50, question.uint16(at: 2) & 0xF800 == 0, question.uint16(at: 4) == 1,
            question.uint16(at: 46) == statusType
        else { return nil }
        return ServiceTransaction(UInt64(question.uint16(at: 0)))
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let identifier = try cursor.uint16(reply)
        let flags = try cursor.uint16(reply)
        guard flags & 0x7800 == 0 else { return .foreign(.anotherProtocol) }
        guard flags & 0x8000 != 0 else { return .foreign(.noReply) }
        guard identifier == transaction.uint16 else { return .foreign(.anotherTransaction) }
        // There is no negative answer to this question: section 4.2.18.
        guard flags & 0x000F == 0, try cursor.uint16(reply) == 0, try cursor.uint16(reply) == 1 else {
            return .foreign(.malformed)
        }
        _ = try cursor.take(4)
        _ = try cursor.vector8(reply)
        guard try cursor.uint8(reply) == 0, try cursor.uint16(reply) == statusType else {
            return .foreign(.malformed)
        }
        _ = try cursor.take(6)
        var data = ByteCursor(try cursor.vector16(reply), of: reply, .service)
        let count = Int(try data.uint8(reply))
        var names: [String] = []
        for _ in 0..<count {
            let name = try data.take(16)
            let isGroup = try data.uint16(reply) & 0x8000 != 0
            // The last byte tells the kind: 0 is the workstation, or as a group its domain.
            guard reply[name.upperBound - 1] == 0, names.count < 2 else { continue }
            var end = name.upperBound - 1
            while end > name.lowerBound, reply[end - 1] == 0x20 { end -= 1 }
            names.append("\(isGroup ? "group" : "name") \(reply.shown(name.lowerBound..<end))")
        }
        return .answered(saying: names.isEmpty ? ["\(count) names"] : names)
    }
}
