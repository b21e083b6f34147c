/// IKEv2, RFC 7296 section 1.2: IKE_SA_INIT with algorithms that everybody has to have (RFC 8247). The answer bears the
/// initiator's SPI, whether it accepts or refuses.
enum IKEService: ServiceProtocol {
    static let name = "ike"
    static let title = "IKEv2"
    static let ports: [UInt16] = [500]
    static let silence = IKE.silence

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        IKE.question(transaction)
    }

    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        IKE.transaction(of: question, from: 0)
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        try IKE.check(reply, from: 0, transaction)
    }
}

/// The same on the port for IKE and ESP together: four zeros, where ESP has its SPI, tell the one from the other (RFC
/// 3948 section 2.2).
enum IKEBehindNATService: ServiceProtocol {
    static let name = "ike-nat"
    static let title = "IKEv2"
    static let ports: [UInt16] = [4500]
    static let silence = IKE.silence

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        [0, 0, 0, 0] + IKE.question(transaction)
    }

    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        guard question.count >= 4, question.uint32(at: 0) == 0 else { return nil }
        return IKE.transaction(of: question, from: 4)
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        guard try cursor.uint32(reply) == 0 else { return .foreign(.anotherProtocol) }
        return try IKE.check(reply, from: 4, transaction)
    }
}

private enum IKE {
    static let silence = UDPService.Silence.towardsStrangers(
        "An IKE responder may be silent to peers that it has no configuration for.",
        "Try with a peer that the responder knows, or look for the request in its log.")

    static func question(_ transaction: ServiceTransaction) -> [UInt8] {
        // Encryption AES-CBC with 128 bits, SHA-256 as PRF and for integrity, group 14.
        let transforms: [(type: UInt8, number: UInt16, attributes: [UInt8])] = [
            (1, 12, [0x80, 0x0E, 0x00, 0x80]), (2, 5, []), (3, 12, []), (4, 14, []),
        ]
        var proposal: [UInt8] = [1, 1, 0, UInt8(transforms.count)]
        for (index, transform) in transforms.enumerated() {
            var body: [UInt8] = [transform.type, 0]
            body.append(bigEndian: transform.number)
            proposal += substructure(body + transform.attributes, isLast: index == transforms.count - 1, next: 3)
        }
        // A number of 2,048 bits below the group's prime, whose first 64 are all ones; nobody knows its exponent.
        let key: [UInt8] = [0, 14, 0, 0, 0x7F] + transaction.bytes(287).suffix(255)
        // Nonces have 16 to 256 bytes: section 2.10.
        let nonce = [UInt8](transaction.bytes(64).suffix(32))
        let body =
            payload(substructure(proposal, isLast: true, next: 2), next: 34) + payload(key, next: 40)
            + payload(nonce, next: 0)
        var header = transaction.bytes(8) + [UInt8](repeating: 0, count: 8)
        header += [33, 0x20, 34, 0x08, 0, 0, 0, 0]
        header.append(bigEndian: UInt32(28 + body.count))
        return header + body
    }

    private static func payload(_ body: [UInt8], next: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [next, 0]
        bytes.append(bigEndian: UInt16(body.count + 4))
        return bytes + body
    }

    private static func substructure(_ body: [UInt8], isLast: Bool, next: UInt8) -> [UInt8] {
        payload(body, next: isLast ? 0 : next)
    }

    /// The first message of either version: the responder has no SPI yet. Of version 1 in main or aggressive mode (RFC
    /// 2408 section 3.1).
    static func transaction(of question: Span<UInt8>, from start: Int) -> ServiceTransaction? {
        guard question.count >= start + 28, question.uint64(at: start + 8) == 0,
            Int(question.uint32(at: start + 24)) == question.count - start
        else { return nil }
        switch (question[start + 17] >> 4, question[start + 18]) {
        case (2, 34), (1, 2), (1, 4): return ServiceTransaction(question.uint64(at: start))
        default: return nil
        }
    }

    static func check(
        _ reply: Span<UInt8>, from start: Int, _ transaction: ServiceTransaction
    ) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(start..<reply.count, of: reply, .service)
        let initiator = try cursor.array(reply, 8)
        _ = try cursor.take(8)
        var next = try cursor.uint8(reply)
        let version = try cursor.uint8(reply)
        let exchange = try cursor.uint8(reply)
        let flags = try cursor.uint8(reply)
        _ = try cursor.take(4)
        let length = Int(try cursor.uint32(reply))
        guard (1...2).contains(version >> 4), length >= 28 else { return .foreign(.anotherProtocol) }
        guard length <= reply.count - start else {
            throw DecodeError(.service, at: start, .truncated(needed: length, available: reply.count - start))
        }
        guard version >> 4 == 1 || flags & 0x20 != 0 else { return .foreign(.noReply) }
        guard initiator == transaction.bytes(8) else { return .foreign(.anotherTransaction) }
        let name = "version \(version >> 4).\(version & 0x0F)"
        guard version >> 4 == 2 else { return .answered(name) }
        // INFORMATIONAL answers what cannot be understood: section 1.5.
        guard exchange == 34 || exchange == 37 else { return .foreign(.malformed) }
        var payloads = ByteCursor(cursor.offset..<start + length, of: reply, .service)
        var says: [String?] = [name]
        for _ in 0..<16 where next != 0 && payloads.remaining >= 4 {
            let kind = next
            next = try payloads.uint8(reply)
            _ = try payloads.uint8(reply)
            let length = Int(try payloads.uint16(reply))
            guard length >= 4 else { return .foreign(.malformed) }
            let body = try payloads.take(length - 4)
            if kind == 33 { says.append("a proposal accepted") }
            // Types below 16,384 are errors: section 3.10.1.
            if kind == 41, body.count >= 4, reply.uint16(at: body.lowerBound + 2) < 16_384 {
                says.append(error(reply.uint16(at: body.lowerBound + 2)))
            }
        }
        return .answered(saying: Array(says.prefix(3)))
    }

    private static func error(_ type: UInt16) -> String {
        switch type {
        case 5: "INVALID_MAJOR_VERSION"
        case 7: "INVALID_SYNTAX"
        case 14: "NO_PROPOSAL_CHOSEN"
        case 17: "INVALID_KE_PAYLOAD"
        default: "error \(type)"
        }
    }
}
