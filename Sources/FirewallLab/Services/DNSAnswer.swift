import PacketWire

/// Answers DNS queries from the lab's own names: RFC 1035 section 4, one question a message.
enum DNSAnswer {
    /// The answer to a datagram, or nil where the resolver stays silent.
    ///
    /// A question that is not for an address gets an empty answer, and what is not a whole query none.
    static func message(to datagram: [UInt8]) -> [UInt8]? {
        guard datagram.count <= 512, let query = try? DNSMessage(decoding: datagram.span), query.problem == nil,
            !query.flags.isResponse, query.questions.count == 1
        else { return nil }
        let question = query.questions[0]
        switch LabNames.answer(to: question.name.description) {
        case .silence:
            return nil
        case .code(let code):
            return query.response(code).encoded()
        case .addresses(let addresses):
            let wanted: IPFamily? = question.type == .a ? .v4 : question.type == .aaaa ? .v6 : nil
            let records = addresses.filter { $0.family == wanted }.map { DNSRecord(question.name, $0) }
            return query.response(answers: records).encoded()
        }
    }
}
