/// Asking and answering.
extension DNSMessage {
    /// What OPT says; nil when the sender does not speak EDNS.
    public var edns: EDNS? {
        additional.lazy.compactMap { EDNS($0) }.first
    }

    /// All twelve bits: OPT extends the header's four, RFC 6891 section 6.1.3.
    public var responseCode: DNSResponseCode {
        let low = flags.responseCode.rawValue
        return DNSResponseCode(rawValue: UInt16(edns?.extendedResponseCode ?? 0) << 4 | low)
    }

    /// A recursive question.
    ///
    /// - Parameter edns: Nil asks as before 1999: some middleboxes drop anything newer.
    public static func query(
        _ name: DNSName, _ type: DNSType, identifier: UInt16, edns: EDNS? = EDNS()
    ) -> DNSMessage {
        var flags = Flags(rawValue: 0)
        flags.recursionDesired = true
        return DNSMessage(
            identifier: identifier, flags: flags, questions: [DNSQuestion(name, type)],
            additional: edns.map { [$0.record] } ?? [])
    }

    /// The answer that a recursive resolver gives to this question: with OPT exactly if the question has it.
    public func response(
        _ code: DNSResponseCode = .noError, answers: [DNSRecord] = [], authority: [DNSRecord] = []
    ) -> DNSMessage {
        var flags = flags
        flags.isResponse = true
        flags.recursionAvailable = true
        flags.isAuthenticData = false
        flags.responseCode = code
        let extended = UInt8(truncatingIfNeeded: code.rawValue >> 4)
        return DNSMessage(
            identifier: identifier, flags: flags, questions: questions, answers: answers, authority: authority,
            additional: edns.map { _ in [EDNS(extendedResponseCode: extended).record] } ?? [])
    }

    /// Whether this can be the answer to `query`: a response with its identifier and question. An answer
    /// that does not fit was forged, or is late. Servers that do not understand, or do not want to, leave the question out.
    public func answers(_ query: DNSMessage) -> Bool {
        flags.isResponse && !query.flags.isResponse && identifier == query.identifier
            && (questions == query.questions || questions.isEmpty && responseCode != .noError)
    }

    /// It ends where records were announced, and does not say so (RFC 2181 section 9): what is missing in it says nothing.
    public var breaksOff: Bool { problem != nil && !flags.isTruncated }

    /// The answer's aliases lead from the name that was asked for back to one of themselves.
    public static func hasAliasRing(_ bytes: Span<UInt8>) -> Bool {
        guard let message = try? DNSMessage(decoding: bytes, in: 0..<bytes.count),
            var name = message.questions.first?.name
        else { return false }
        var met: Set<DNSName> = [name]
        for _ in message.answers.prefix(64) {
            let alias = message.answers.lazy.compactMap { record -> DNSName? in
                guard record.type == .cname, record.name == name, case .name(let target) = record.data else {
                    return nil
                }
                return target
            }.first
            guard let alias else { return false }
            guard met.insert(alias).inserted else { return true }
            name = alias
        }
        return false
    }

    /// The addresses that the answer gives for its question, after following its aliases: at most as many
    /// steps as there are records, so that a loop ends.
    public var resolvedAddresses: [IPAddress] {
        guard var name = questions.first?.name else { return [] }
        for _ in answers {
            let alias = answers.lazy.compactMap { record -> DNSName? in
                guard record.type == .cname, record.name == name, case .name(let target) = record.data else {
                    return nil
                }
                return target
            }.first
            guard let alias else { break }
            name = alias
        }
        return answers.filter { $0.name == name }.compactMap(\.address)
    }
}
