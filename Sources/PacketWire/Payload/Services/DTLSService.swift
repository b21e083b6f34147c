/// DTLS, RFC 6347: a ClientHello of version 1.2 without a cookie. The usual answer is a HelloVerifyRequest, for which the
/// server keeps nothing (section 4.2.1); servers of version 1.3 alone answer with an alert.
enum DTLSService: ServiceProtocol {
    static let name = "dtls"
    static let title = "DTLS"
    /// CoAP, RADIUS, syslog, SNMP and STUN in DTLS, and what everybody tries DTLS on.
    static let ports: [UInt16] = [4433, 5684, 2083, 6514, 10_161, 5349]
    static let silence = UDPService.Silence.unusual(
        "A DTLS server answers every ClientHello, unless it is set up to ignore some.",
        "Try with a client of the service itself (openssl s_client -dtls): does it get further?")
    static let echoesTransaction = false
    static let fillings = 128

    private static let version12: UInt16 = 0xFEFD
    private static let version10: UInt16 = 0xFEFF

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        var body: [UInt8] = []
        body.append(bigEndian: version12)
        body += transaction.bytes(32)
        // Neither a session nor a cookie.
        body += [0, 0]
        var suites: [UInt8] = []
        for suite: UInt16 in [0xC02B, 0xC02F, 0xC02C, 0xC030, 0xC0AE, 0xC0A8, 0xC009, 0xC013, 0x009C, 0x002F] {
            suites.append(bigEndian: suite)
        }
        body.appendVector16(suites)
        body.appendVector8([0])
        var extensions = [
            TLSExtension(.supportedGroups, [0, 6, 0, 29, 0, 23, 0, 24]),
            TLSExtension(TLSExtension.Kind(rawValue: 11), [1, 0]),
            TLSExtension(.signatureAlgorithms, [0, 10, 4, 3, 4, 1, 5, 1, 8, 4, 2, 1]),
        ]
        // RFC 7685.
        if filling > 0 { extensions.append(TLSExtension(.padding, [UInt8](repeating: 0, count: filling - 1))) }
        TLSExtension.encode(extensions, into: &body)
        let length = [0] + [UInt8(body.count >> 8), UInt8(body.count & 0xFF)]
        // One message in one fragment: number 0, from 0, of its whole length.
        let message = [1] + length + [0, 0] + [0, 0, 0] + length + body
        var record: [UInt8] = [22]
        record.append(bigEndian: version10)
        record += [UInt8](repeating: 0, count: 8)
        record.appendVector16(message)
        return record
    }

    /// A ClientHello that nothing came before.
    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        guard question.count >= 25, question[0] == 22, [version10, version12, 0x0100].contains(question.uint16(at: 1)),
            question.uint16(at: 3) == 0, question[13] == 1
        else { return nil }
        return ServiceTransaction(0)
    }

    /// Nothing of what we sent comes back in the clear: the ports and the shape are all there is.
    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        let type = try cursor.uint8(reply)
        let version = try cursor.uint16(reply)
        guard (20...23).contains(type), [version10, version12, 0x0100].contains(version) else {
            return .foreign(.anotherProtocol)
        }
        _ = try cursor.take(8)
        let content = try cursor.vector16(reply)
        switch type {
        case 21:
            guard content.count == 2, let alert = TLSAlert(decoding: reply, content) else {
                return .foreign(.malformed)
            }
            return .answered("alert \(alert.code)")
        case 22:
            var message = ByteCursor(content, of: reply, .service)
            let kind = try message.uint8(reply)
            _ = try message.take(11)
            switch kind {
            case 1: return .foreign(.noReply)
            case 2: return .answered("ServerHello, \(name(try message.uint16(reply)))")
            case 3: return .answered("HelloVerifyRequest")
            default: return .foreign(.malformed)
            }
        default: return .foreign(.malformed)
        }
    }

    private static func name(_ version: UInt16) -> String {
        switch version {
        case version10: "DTLS 1.0"
        case version12: "DTLS 1.2"
        default: "DTLS version 0x\(String(version, radix: 16))"
        }
    }
}
