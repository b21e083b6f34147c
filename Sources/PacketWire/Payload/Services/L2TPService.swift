/// L2TP, RFC 2661 section 6.1: Start-Control-Connection-Request, which opens a tunnel, or is told why not. The server may
/// answer from another port (section 8.1); the answer bears the number that we gave the tunnel.
enum L2TPService: ServiceProtocol {
    static let name = "l2tp"
    static let title = "L2TP"
    static let ports: [UInt16] = [1701]
    static let silence = UDPService.Silence.towardsStrangers(
        "Most L2TP servers answer only inside of IPsec, and are silent without.",
        "Does IKE answer on the host (udp/500)? A client with the tunnel's configuration would settle it.")
    static let answersFromOtherPorts = true

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        var pairs: [UInt8] = []
        func add(_ type: UInt16, _ value: [UInt8]) {
            // Mandatory, with the length in ten bits; IETF's own.
            pairs.append(bigEndian: 0x8000 | UInt16(value.count + 6))
            pairs.append(bigEndian: UInt16(0))
            pairs.append(bigEndian: type)
            pairs += value
        }
        add(0, [0, 1])
        add(2, [1, 0])
        add(3, [0, 0, 0, 3])
        add(7, Array("stallpoint".utf8))
        add(9, tunnel(transaction))
        // A control message with length and sequence numbers, version 2; no tunnel yet.
        var bytes: [UInt8] = [0xC8, 0x02]
        bytes.append(bigEndian: UInt16(12 + pairs.count))
        return bytes + [UInt8](repeating: 0, count: 8) + pairs
    }

    /// 0 is no tunnel's.
    private static func tunnel(_ transaction: ServiceTransaction) -> [UInt8] {
        let number = transaction.uint16 == 0 ? 1 : transaction.uint16
        return [UInt8(number >> 8), UInt8(number & 0xFF)]
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        guard try cursor.uint16(reply) & 0xCB0F == 0xC802 else { return .foreign(.anotherProtocol) }
        let length = Int(try cursor.uint16(reply))
        let tunnel = try cursor.array(reply, 2)
        _ = try cursor.take(6)
        guard length >= 12 else { return .foreign(.malformed) }
        _ = try cursor.take(length - 12)
        guard tunnel != [0, 0] else { return .foreign(.noReply) }
        guard tunnel == self.tunnel(transaction) else { return .foreign(.anotherTransaction) }
        guard length > 12 else { return .answered("acknowledged") }
        var pairs = ByteCursor(12..<length, of: reply, .service)
        guard try pairs.uint16(reply) & 0x03FF == 8, try pairs.uint16(reply) == 0, try pairs.uint16(reply) == 0 else {
            return .foreign(.malformed)
        }
        switch try pairs.uint16(reply) {
        case 2: return .answered(saying: ["tunnel offered", try host(reply, &pairs)])
        case 4: return .answered("tunnel refused")
        default: return .foreign(.malformed)
        }
    }

    private static func host(_ reply: Span<UInt8>, _ pairs: inout ByteCursor) throws(DecodeError) -> String? {
        while pairs.remaining >= 6 {
            let length = Int(try pairs.uint16(reply) & 0x03FF)
            let vendor = try pairs.uint16(reply)
            let type = try pairs.uint16(reply)
            guard length >= 6 else { return nil }
            let value = try pairs.take(length - 6)
            if vendor == 0, type == 7 { return "host \(reply.shown(value))" }
        }
        return nil
    }
}
