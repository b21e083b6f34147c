/// SIP, RFC 3261 section 11: OPTIONS, "what can you do?", outside of any dialog. `rport` (RFC 3581) asks for the answer
/// to come back to the port from which the question came.
enum SIPService: ServiceProtocol {
    static let name = "sip"
    static let title = "SIP"
    static let ports: [UInt16] = [5060]
    static let silence = UDPService.Silence.towardsStrangers(
        "A SIP server need not answer strangers: many ignore whoever they have no account or trunk for.",
        "Ask from an address that the server knows, or look whether it logs the OPTIONS.")
    static let fillings = 128
    static let isMutual = true

    /// The name in it is nobody's (RFC 2606): an answer goes to where the question came from (RFC 3261 section 18.2.2).
    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        var lines = [
            "OPTIONS sip:ping@stallpoint.invalid SIP/2.0",
            "Via: SIP/2.0/UDP stallpoint.invalid;rport;branch=z9hG4bK\(transaction.text)",
            "Max-Forwards: 70", "From: <sip:ping@stallpoint.invalid>;tag=\(transaction.text)",
            "To: <sip:ping@stallpoint.invalid>", "Call-ID: \(callIdentifier(transaction))", "CSeq: 1 OPTIONS",
            "Contact: <sip:ping@stallpoint.invalid>", "Accept: application/sdp", "Content-Length: 0",
        ]
        if filling > 0 { lines.append("Subject: \(String(repeating: "x", count: filling))") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private static func callIdentifier(_ transaction: ServiceTransaction) -> String {
        "\(transaction.text)@stallpoint.invalid"
    }

    /// Any request: all are answered alike.
    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        guard String(escaping: question.array(question.line(from: 0))).hasSuffix(" SIP/2.0"),
            let identifier = question.header("call-id", "i")
        else { return nil }
        return ServiceTransaction(mark: question.array(identifier))
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        guard reply.count >= 11 else {
            throw DecodeError(.service, at: 0, .truncated(needed: 11, available: reply.count))
        }
        guard let status = reply.statusLine("SIP/2.0 ") else {
            let line = reply.line(from: 0)
            let isRequest = String(escaping: reply.array(line)).hasSuffix(" SIP/2.0")
            return .foreign(isRequest ? .noReply : .anotherProtocol)
        }
        guard let identifier = reply.header("call-id", "i") else { return .foreign(.malformed) }
        guard reply.array(identifier) == transaction.mark ?? Array(callIdentifier(transaction).utf8) else {
            return .foreign(.anotherTransaction)
        }
        let server = (reply.header("server") ?? reply.header("user-agent")).map { "server \(reply.shown($0))" }
        return .answered(saying: [status, server])
    }
}
