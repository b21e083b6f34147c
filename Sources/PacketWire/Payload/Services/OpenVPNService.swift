/// OpenVPN: the first packet of a client (P_CONTROL_HARD_RESET_CLIENT_V2, src/openvpn/ssl_pkt.h), as one without
/// tls-auth and tls-crypt sends it. The server's own reset acknowledges it and names our session.
enum OpenVPNService: ServiceProtocol {
    static let name = "openvpn"
    static let title = "OpenVPN"
    static let ports: [UInt16] = [1194]
    static let silence = UDPService.Silence.towardsStrangers(
        "An OpenVPN server with tls-auth or tls-crypt answers nobody without its key.",
        "Try with a client that has the server's configuration, or look for the datagram in the server's log.")

    private static let clientReset: UInt8 = 7
    private static let serverReset: UInt8 = 8

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        // Opcode and key 0, our session, nothing acknowledged, packet 0.
        [clientReset << 3] + transaction.bytes(8) + [0] + [0, 0, 0, 0]
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let opcode = try cursor.uint8(reply) >> 3
        guard opcode != clientReset, opcode != 10 else { return .foreign(.noReply) }
        guard opcode == serverReset else { return .foreign(.anotherProtocol) }
        let session = try cursor.take(8)
        let acknowledged = Int(try cursor.uint8(reply))
        guard acknowledged <= 8 else { return .foreign(.malformed) }
        if acknowledged > 0 {
            _ = try cursor.take(4 * acknowledged)
            guard try cursor.array(reply, 8) == transaction.bytes(8) else { return .foreign(.anotherTransaction) }
        }
        _ = try cursor.take(4)
        guard reply.uint64(at: session.lowerBound) != 0 else { return .foreign(.malformed) }
        return .answered("server reset")
    }
}
