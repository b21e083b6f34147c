/// DNS, RFC 1035: "which are the name servers of the root?", which every server answers or refuses.
enum DNSService: ServiceProtocol {
    static let name = "dns"
    static let title = "DNS"
    static let ports: [UInt16] = [53]
    static let silence = UDPService.Silence.unusual(
        "A DNS server answers or refuses everybody, unless it is set up to ignore some.",
        "Ask the server from its own network, too, and over TCP: is it silent there?")
    static let fillings = 128

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        query(.root, .ns, transaction, filling).encoded()
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        try check(reply, query(.root, .ns, transaction, 0))
    }

    /// A question grows by an option of EDNS that nobody knows: of a code for local use, and what is not known is
    /// ignored (RFC 6891 sections 9 and 6.1.2). Padding (RFC 7830) would be for that, and section 6 there forbids it
    /// where nothing is encrypted.
    static func query(
        _ name: DNSName, _ type: DNSType, _ transaction: ServiceTransaction, _ filling: Int
    ) -> DNSMessage {
        let option = EDNSOption(code: localUse, data: [UInt8](repeating: 0, count: filling))
        return DNSMessage.query(
            name, type, identifier: transaction.uint16, edns: filling > 0 ? EDNS(options: [option]) : nil)
    }

    static func check(_ reply: Span<UInt8>, _ query: DNSMessage) throws(DecodeError) -> ServiceReply {
        let message = try DNSMessage(decoding: reply)
        guard message.flags.opcode == .query else { return .foreign(.anotherProtocol) }
        guard message.flags.isResponse else { return .foreign(.noReply) }
        guard message.identifier == query.identifier else { return .foreign(.anotherTransaction) }
        guard message.answers(query) else {
            return .foreign(message.questions.isEmpty ? .malformed : .anotherTransaction)
        }
        let records = message.answers.count
        return .answered(saying: [
            "\(message.responseCode)", records > 0 ? "\(records) record\(records == 1 ? "" : "s")" : nil,
            message.flags.recursionAvailable ? "recursion available" : nil,
            message.problem == nil ? nil : "cut short",
        ])
    }

    private static let localUse: UInt16 = 65_001
}
