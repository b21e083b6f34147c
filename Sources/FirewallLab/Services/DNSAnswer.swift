import PacketWire

/// Answers DNS queries from the lab's own names: RFC 1035 section 4, one question a message.
enum DNSAnswer {
    /// The answers to a datagram, or to a message of a connection, in the order in which they are sent: one from a
    /// resolver, a second one where somebody forges the first, and none where it stays silent.
    ///
    /// A question that is not for an address gets an empty answer, and what is not a whole query none.
    static func messages(to message: [UInt8], isDatagram: Bool) -> [[UInt8]] {
        guard message.count <= 512, let query = try? DNSMessage(decoding: message.span), query.problem == nil,
            !query.flags.isResponse, query.questions.count == 1
        else { return [] }
        return answers(query, LabNames.answer(to: query.questions[0].name.description), isDatagram: isDatagram)
    }

    private static func answers(_ query: DNSMessage, _ answer: LabNames.Answer, isDatagram: Bool) -> [[UInt8]] {
        let question = query.questions[0]
        switch answer {
        case .silence:
            return []
        case .code(let code):
            return [query.response(code).encoded()]
        case .addresses(let addresses):
            let wanted: IPFamily? = question.type == .a ? .v4 : question.type == .aaaa ? .v6 : nil
            let records = addresses.filter { $0.family == wanted }.map { DNSRecord(question.name, $0) }
            return [query.response(answers: records).encoded()]
        case .cut(let addresses):
            guard isDatagram else { return answers(query, .addresses(addresses), isDatagram: false) }
            var response = query.response()
            response.flags.isTruncated = true
            return [response.encoded()]
        case .forged(let first, let second):
            // Nobody forges from the side what goes over a connection.
            guard isDatagram else { return answers(query, second, isDatagram: false) }
            return answers(query, first, isDatagram: true) + answers(query, second, isDatagram: true)
        }
    }

    /// A connection's messages: each with its length in front (RFC 1035 section 4.2.2). What is no whole message is
    /// left out.
    static func stream(to bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...]
        var result: [UInt8] = []
        while rest.count >= 2 {
            let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
            guard rest.count >= 2 + length else { break }
            for answer in messages(to: Array(rest.dropFirst(2).prefix(length)), isDatagram: false) {
                result += [UInt8(answer.count >> 8), UInt8(answer.count & 0xFF)] + answer
            }
            rest = rest.dropFirst(2 + length)
        }
        return result
    }
}
