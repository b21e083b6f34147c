/// WireGuard: a handshake initiation (section 5.4.2 of its paper, https://www.wireguard.com/papers/wireguard.pdf). It
/// cannot be a good one without the server's public key, and nobody else is answered: WireGuard hides on purpose.
enum WireGuardService: ServiceProtocol {
    static let name = "wireguard"
    static let title = "WireGuard"
    static let ports: [UInt16] = [51_820]
    static let silence = UDPService.Silence.byDesign(
        "WireGuard is silent by design: it answers nobody whose key it does not know.",
        "Only a peer with a key can tell: does its handshake complete (wg show, latest handshake)?")

    private static let initiationLength = 148

    /// Type 1, our number (little-endian, as all of it), and what would be keys, ciphertexts and authenticators.
    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        [1, 0, 0, 0] + transaction.bytes(initiationLength - 4)
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let type = try cursor.uint32(reply)
        guard type != 0x0100_0000 else { return .foreign(.noReply) }
        switch type {
        // A response: 92 bytes, its own number, then ours.
        case 0x0200_0000:
            guard reply.count == 92 else { return .foreign(.malformed) }
            _ = try cursor.take(4)
        // A cookie, when it is under load: 64 bytes.
        case 0x0300_0000: guard reply.count == 64 else { return .foreign(.malformed) }
        default: return .foreign(.anotherProtocol)
        }
        guard try cursor.array(reply, 4) == transaction.bytes(4) else { return .foreign(.anotherTransaction) }
        return .answered(type == 0x0200_0000 ? "handshake response" : "cookie")
    }
}
