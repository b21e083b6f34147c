import PacketWire
import Testing

/// Questions of others are recognised, and nothing is held against them that may be an answer.
struct AskedServiceTests {
    private static let transaction = ServiceQuestionTests.transaction

    /// Those whose questions are recognised on their ports.
    private static let names = [
        "ntp", "radius", "snmp", "snmpv1", "snmpv2c", "stun", "tftp", "coap", "ike", "ike-nat", "portmap", "netbios",
        "dtls", "sip",
    ]

    private static func port(of service: UDPService) -> UInt16 { service.ports.first ?? 161 }

    @Test("A question is recognised on its port, and its echo is no answer", arguments: names)
    func recognised(_ name: String) throws {
        let service = try #require(UDPService.named(name))
        let question = service.question(Self.transaction)
        let found = AskedService(question.span, port: Self.port(of: service))
        let asked = try #require(found)
        #expect(asked.service == service)
        let mismatch = asked.mismatch(question.span)
        #expect(mismatch == .question)
    }

    @Test("Its answer, and the answer to another one of its kind, are held against nothing", arguments: GoodReply.all)
    func answered(_ reply: GoodReply) throws {
        let service = try #require(UDPService.named(reply.service))
        let port = Self.port(of: service)
        for number: UInt64 in [0, 0x55AA_55AA_55AA_55AA] {
            let question = service.question(ServiceTransaction(Self.transaction.number ^ number))
            guard let asked = AskedService(question.span, port: port) else {
                #expect(!Self.names.contains(reply.service))
                return
            }
            let mismatch = asked.mismatch(reply.bytes.span)
            #expect(mismatch == nil)
        }
    }

    @Test("On another port it is nobody's question", arguments: names)
    func elsewhere(_ name: String) throws {
        let question = try #require(UDPService.named(name)).question(Self.transaction)
        let asked = AskedService(question.span, port: 40_000)
        #expect(asked == nil)
    }

    @Test("Words that are no answer are none, where only answers come", arguments: names)
    func words(_ name: String) throws {
        let service = try #require(UDPService.named(name))
        let question = service.question(Self.transaction)
        let found = AskedService(question.span, port: Self.port(of: service))
        let asked = try #require(found)
        let words = Array("who are you?".utf8)
        let mismatch = asked.mismatch(words.span)
        // Either end of SIP may begin, in words that are not known here.
        #expect((mismatch == nil) == (name == "sip"))
    }

    @Test("Cut and changed questions never trap, nor do their answers", arguments: names)
    func hostile(_ name: String) throws {
        let service = try #require(UDPService.named(name))
        let question = service.question(Self.transaction)
        for count in 0..<question.count {
            var changed = question
            changed[count] ^= 0xFF
            for bytes in [Array(question.prefix(count)), changed] {
                guard let asked = AskedService(bytes.span, port: Self.port(of: service)) else { continue }
                for end in 0...min(64, question.count) {
                    let reply = Array(question.prefix(end))
                    _ = asked.mismatch(reply.span)
                }
            }
        }
    }
}
