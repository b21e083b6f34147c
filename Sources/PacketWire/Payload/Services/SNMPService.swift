/// SNMP version 3, RFC 3412 section 6 and RFC 3414 section 4: the discovery of an engine, which needs no user and no
/// password. The agent answers with a report that tells its engine ID.
enum SNMPv3Service: ServiceProtocol {
    static let name = "snmp"
    static let title = "SNMPv3"
    static let ports: [UInt16] = [161]
    static let silence = UDPService.Silence.towardsStrangers(
        "An SNMP agent answers this question when it speaks version 3; with versions 1 and 2c it answers only who names"
            + " a community that it knows.",
        "Ask with the community or user that the agent knows (snmpget), or try --payload snmpv2c, which names the"
            + " community 'public'.")

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] {
        let identifier = SNMP.identifier(transaction)
        // Reportable, neither authenticated nor encrypted; the user-based security model.
        let header = BasicEncoding.sequence(
            BasicEncoding.integer(identifier), BasicEncoding.integer(65_507), BasicEncoding.string([0x04]),
            BasicEncoding.integer(3))
        let security = BasicEncoding.sequence(
            BasicEncoding.string([]), BasicEncoding.integer(0), BasicEncoding.integer(0), BasicEncoding.string([]),
            BasicEncoding.string([]), BasicEncoding.string([]))
        let scoped = BasicEncoding.sequence(
            BasicEncoding.string([]), BasicEncoding.string([]), SNMP.getRequest(identifier, []))
        return BasicEncoding.sequence(BasicEncoding.integer(3), header, BasicEncoding.string(security), scoped)
    }

    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        var cursor = ByteCursor(0..<question.count, of: question, .service)
        var message = try cursor.entering(BasicEncoding.sequence, question)
        guard try message.basicInteger(question) == 3 else { return nil }
        var header = try message.entering(BasicEncoding.sequence, question)
        return ServiceTransaction(UInt64(UInt32(bitPattern: try header.basicInteger(question))))
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        guard reply.count == 0 || reply[0] == BasicEncoding.sequence else { return .foreign(.anotherProtocol) }
        var message = try cursor.entering(BasicEncoding.sequence, reply)
        guard try message.basicInteger(reply) == 3 else { return .foreign(.anotherProtocol) }
        var header = try message.entering(BasicEncoding.sequence, reply)
        guard try header.basicInteger(reply) == SNMP.identifier(transaction) else {
            return .foreign(.anotherTransaction)
        }
        var outer = try message.entering(BasicEncoding.octetString, reply)
        var security = try outer.entering(BasicEncoding.sequence, reply)
        let engine = try security.basicContent(BasicEncoding.octetString, reply)
        let boots = try security.basicInteger(reply)
        let time = try security.basicInteger(reply)
        guard !engine.isEmpty else { return .foreign(.noReply) }
        return .answered(saying: ["version 3", enterprise(reply, engine), "boot \(boots), up \(time) s"])
    }

    /// Who made the agent, by IANA's number: RFC 3411 section 5, SnmpEngineID.
    private static func enterprise(_ reply: Span<UInt8>, _ engine: Range<Int>) -> String? {
        guard engine.count >= 4 else { return nil }
        return "enterprise \(reply.uint32(at: engine.lowerBound) & 0x7FFF_FFFF)"
    }
}

/// SNMP version 2c, RFC 1901 and RFC 3416: "what are you?" (sysDescr.0) in the name of the community `public`.
enum SNMPv2cService: ServiceProtocol {
    static let name = "snmpv2c"
    static let title = "SNMPv2c"
    static let ports: [UInt16] = []
    static let questionPorts: [UInt16] = [161]
    static let silence = SNMP.silence

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] { SNMP.question(1, transaction) }

    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        try SNMP.transaction(of: question, version: 1)
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        try SNMP.check(reply, version: 1, transaction)
    }
}

/// SNMP version 1, RFC 1157: the same in its words.
enum SNMPv1Service: ServiceProtocol {
    static let name = "snmpv1"
    static let title = "SNMPv1"
    static let ports: [UInt16] = []
    static let questionPorts: [UInt16] = [161]
    static let silence = SNMP.silence

    static func question(_ transaction: ServiceTransaction, filling: Int) -> [UInt8] { SNMP.question(0, transaction) }

    static func transaction(of question: Span<UInt8>) throws(DecodeError) -> ServiceTransaction? {
        try SNMP.transaction(of: question, version: 0)
    }

    static func check(_ reply: Span<UInt8>, _ transaction: ServiceTransaction) throws(DecodeError) -> ServiceReply {
        try SNMP.check(reply, version: 0, transaction)
    }
}

/// What the versions have in common.
private enum SNMP {
    static let silence = UDPService.Silence.towardsStrangers(
        "An SNMP agent answers only who names a community that it knows, and this question names 'public'.",
        "Ask with the community that the agent knows (snmpget -v 2c -c …): its answer would settle it.")

    /// 31 bits: RFC 3412 section 6.2 has no negative ones.
    static func identifier(_ transaction: ServiceTransaction) -> Int32 {
        Int32(truncatingIfNeeded: transaction.number & 0x7FFF_FFFF)
    }

    static func getRequest(_ identifier: Int32, _ bindings: [UInt8]) -> [UInt8] {
        BasicEncoding.value(
            0xA0,
            BasicEncoding.integer(identifier) + BasicEncoding.integer(0) + BasicEncoding.integer(0)
                + BasicEncoding.sequence(bindings))
    }

    /// 1.3.6.1.2.1.1.1.0, sysDescr.0 of RFC 3418.
    private static let description: [UInt8] = [0x2B, 6, 1, 2, 1, 1, 1, 0]

    static func question(_ version: Int32, _ transaction: ServiceTransaction) -> [UInt8] {
        let binding = BasicEncoding.sequence(
            BasicEncoding.value(BasicEncoding.objectIdentifier, description),
            BasicEncoding.value(BasicEncoding.null, []))
        return BasicEncoding.sequence(
            BasicEncoding.integer(version), BasicEncoding.string(Array("public".utf8)),
            getRequest(identifier(transaction), binding))
    }

    /// To get, the next, many, or to set: what an agent answers with a response.
    static func transaction(
        of question: Span<UInt8>, version: Int32
    ) throws(DecodeError) -> ServiceTransaction? {
        var cursor = ByteCursor(0..<question.count, of: question, .service)
        var message = try cursor.entering(BasicEncoding.sequence, question)
        guard try message.basicInteger(question) == version else { return nil }
        _ = try message.basicContent(BasicEncoding.octetString, question)
        let (tag, content) = try message.basicValue(question)
        guard [0xA0, 0xA1, 0xA3, 0xA5].contains(tag) else { return nil }
        var request = ByteCursor(content, of: question, .service)
        return ServiceTransaction(UInt64(UInt32(bitPattern: try request.basicInteger(question))))
    }

    static func check(
        _ reply: Span<UInt8>, version: Int32, _ transaction: ServiceTransaction
    ) throws(DecodeError) -> ServiceReply {
        var cursor = ByteCursor(0..<reply.count, of: reply, .service)
        guard reply.count == 0 || reply[0] == BasicEncoding.sequence else { return .foreign(.anotherProtocol) }
        var message = try cursor.entering(BasicEncoding.sequence, reply)
        guard try message.basicInteger(reply) == version else { return .foreign(.anotherProtocol) }
        _ = try message.basicContent(BasicEncoding.octetString, reply)
        let (tag, content) = try message.basicValue(reply)
        guard tag != 0xA0 else { return .foreign(.noReply) }
        guard tag == 0xA2 else { return .foreign(.anotherProtocol) }
        var response = ByteCursor(content, of: reply, .service)
        guard try response.basicInteger(reply) == identifier(transaction) else { return .foreign(.anotherTransaction) }
        let error = try response.basicInteger(reply)
        _ = try response.basicInteger(reply)
        var text: String?
        if error == 0 {
            var bindings = try response.entering(BasicEncoding.sequence, reply)
            var binding = try bindings.entering(BasicEncoding.sequence, reply)
            _ = try binding.basicContent(BasicEncoding.objectIdentifier, reply)
            let value = try binding.basicValue(reply)
            if value.tag == BasicEncoding.octetString { text = reply.shown(value.content) }
        }
        return .answered(saying: [
            "version \(version == 0 ? "1" : "2c")", error == 0 ? nil : "error \(error)", text,
        ])
    }
}
