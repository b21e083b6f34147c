/// The RPC port mapper, RFC 1833, called as RFC 5531 has it: procedure 0 of program 100000, which does nothing and
/// answers.
enum PortmapService: ServiceProtocol {
    static let name = "portmap"
    static let title = "RPC portmap"
    static let ports: [UInt16] = [111]
    static let silence = UDPService.Silence.unusual(
        "A port mapper answers everybody, unless it is set up to ignore some.",
        "On the host: do its access rules name this network (rpcbind: hosts.allow)?")

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        // A call of RPC version 2; program, version, procedure; no credentials and no verifier.
        for word in [transaction.uint32, 0, 2, 100_000, 2, 0, 0, 0, 0, 0] { bytes.append(bigEndian: word) }
        return bytes
    }

    /// A call of the port mapper itself: RFC 5531 section 9, RFC 1833.
    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        guard question.count >= 40, question.uint32(at: 4) == 0, question.uint32(at: 8) == 2,
            question.uint32(at: 12) == 100_000
        else { return nil }
        return ServiceTransaction(UInt64(question.uint32(at: 0)))
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let identifier = try cursor.uint32(reply)
        let type = try cursor.uint32(reply)
        guard type <= 1 else { return .foreign(.anotherProtocol) }
        guard type == 1 else { return .foreign(.noReply) }
        guard identifier == transaction.uint32 else { return .foreign(.anotherTransaction) }
        switch try cursor.uint32(reply) {
        case 0:
            _ = try cursor.uint32(reply)
            let length = try cursor.uint32(reply)
            // RFC 5531 section 8.2.
            guard length <= 400 else { return .foreign(.malformed) }
            _ = try cursor.take((Int(length) + 3) & ~3)
            switch try cursor.uint32(reply) {
            case 0: return .answered("version 2")
            case 1: return .answered("no port mapper behind it")
            case 2:
                let low = try cursor.uint32(reply)
                return .answered("versions \(low) to \(try cursor.uint32(reply))")
            case let status where status <= 5: return .answered("call not done, status \(status)")
            default: return .foreign(.malformed)
            }
        case 1:
            let reason = try cursor.uint32(reply)
            guard reason <= 1 else { return .foreign(.malformed) }
            return .answered(reason == 0 ? "call denied, another version of RPC" : "call denied, credentials wanted")
        default: return .foreign(.malformed)
        }
    }
}
