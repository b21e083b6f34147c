import PacketWire

/// Answers DNS queries from the lab's own names: RFC 1035 section 4, one question a message.
///
/// Small on purpose. A query that is not one question for an address gets an empty answer, and what is
/// not a query at all gets none.
enum DNSAnswer {
    /// The answer to a datagram, or nil where the resolver stays silent.
    static func message(to query: [UInt8]) -> [UInt8]? {
        guard query.count >= 12, query.count <= 512, query[2] & 0x80 == 0 else { return nil }
        guard query[4] == 0, query[5] == 1, let question = question(in: query) else { return nil }
        switch LabNames.answer(to: question.name) {
        case .silence:
            return nil
        case .code(let code):
            return header(query, code: code, answers: 0) + query[12..<question.end]
        case .addresses(let addresses):
            let records = addresses.compactMap { record($0, type: question.type) }
            return header(query, code: .noError, answers: UInt8(truncatingIfNeeded: records.count))
                + query[12..<question.end] + records.joined()
        }
    }

    private struct Question {
        var name: String
        var type: UInt16
        /// The offset after the question section.
        var end: Int
    }

    private static func question(in query: [UInt8]) -> Question? {
        var labels: [String] = []
        var offset = 12
        while offset < query.count, query[offset] != 0 {
            let length = Int(query[offset])
            guard length < 64, offset + 1 + length < query.count else { return nil }
            labels.append(String(decoding: query[offset + 1..<offset + 1 + length], as: UTF8.self))
            offset += 1 + length
        }
        guard offset + 5 <= query.count else { return nil }
        let type = UInt16(query[offset + 1]) << 8 | UInt16(query[offset + 2])
        return Question(name: labels.joined(separator: "."), type: type, end: offset + 5)
    }

    /// QR and RA set, the query's id and RD kept, one question.
    private static func header(_ query: [UInt8], code: DNSResponseCode, answers: UInt8) -> [UInt8] {
        [query[0], query[1], 0x80 | query[2] & 0x79, 0x80 | code.rawValue, 0, 1, 0, answers, 0, 0, 0, 0]
    }

    /// A record of class IN whose name points at the question, kept for a minute; nil for the other family.
    private static func record(_ address: IPAddress, type: UInt16) -> [UInt8]? {
        let bytes: [UInt8]
        switch (address, type) {
        case (.v4(let address), 1):
            bytes = (0..<4).map { UInt8(truncatingIfNeeded: address.rawValue >> (24 - 8 * $0)) }
        case (.v6(let address), 28):
            bytes = (0..<16).map { UInt8(truncatingIfNeeded: address.rawValue >> (120 - 8 * $0)) }
        default:
            return nil
        }
        return [0xC0, 12, 0, UInt8(truncatingIfNeeded: type), 0, 1, 0, 0, 0, 60, 0, UInt8(bytes.count)] + bytes
    }
}
