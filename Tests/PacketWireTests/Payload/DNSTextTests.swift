import PacketWire
import Testing

/// DNS over a connection, and its records as people read them.
@Suite struct DNSTextTests {
    private func stream(_ messages: [[UInt8]]) -> [UInt8] {
        messages.flatMap { [UInt8($0.count >> 8), UInt8($0.count & 0xFF)] + $0 }
    }

    @Test("Messages come out whole, however their bytes are cut")
    func pieces() {
        let messages: [[UInt8]] = [[1, 2, 3], [], [UInt8](repeating: 7, count: 300), [9]]
        let bytes = stream(messages)
        for size in [1, 2, 3, 5, 301, bytes.count] {
            var stream = DNSStream()
            var heard: [[UInt8]] = []
            var place = 0
            while place < bytes.count {
                heard += stream.append(Array(bytes[place..<min(place + size, bytes.count)]))
                place += size
            }
            #expect(heard == messages, "\(size)")
        }
    }

    @Test("The longest message fits, and half a message is none")
    func bounds() {
        var stream = DNSStream()
        let longest = [UInt8](repeating: 1, count: 65_535)
        #expect(stream.append(self.stream([longest, longest, [2]])) == [longest, longest, [2]])
        #expect(stream.append([0xFF, 0xFF] + longest.dropLast()).isEmpty)
        #expect(stream.append([1, 0, 1, 5]) == [longest, [5]])
    }

    static let texts: [(DNSRecord.Data, String)] = [
        (.a(IPv4Address(192, 0, 2, 1)), "192.0.2.1"),
        (.aaaa(IPv6Address(rawValue: 1)), "::1"),
        (.name(DNSName("a.lab")!), "a.lab"),
        (.mx(preference: 10, exchange: DNSName("mail.lab")!), "10 mail.lab"),
        (.srv(priority: 1, weight: 2, port: 443, target: DNSName("w.lab")!), "1 2 443 w.lab"),
        (.txt(["one", "t\u{1B}wo"]), #""one" "t\x1bwo""#),
        (.raw([0, 0xAB]), "00ab"),
    ]

    @Test("Records are short and safe to print", arguments: texts)
    func records(_ data: DNSRecord.Data, _ text: String) {
        #expect(!data.text.unicodeScalars.contains { $0.value < 0x20 })
        #expect(data.text == text)
    }

    @Test("Long ones are cut")
    func long() {
        let texts = [NetworkText](repeating: NetworkText(bytes: [UInt8](repeating: 0x61, count: 255)), count: 200)
        #expect(DNSRecord.Data.txt(texts).text.utf8.count < 250)
        #expect(DNSRecord.Data.raw([UInt8](repeating: 1, count: 60_000)).text.utf8.count < 100)
    }

    @Test("An answer's records are those of the type that was asked for, in order")
    func answers() throws {
        let name = try #require(DNSName("lab"))
        let query = DNSMessage.query(name, .mx, identifier: 1)
        func mx(_ number: UInt16) -> DNSRecord { DNSRecord(name, .mx, .mx(preference: number, exchange: name)) }
        let response = query.response(answers: [mx(20), DNSRecord(name, .v4(.any)), mx(10)])
        #expect(response.answerTexts == ["10 lab", "20 lab"])
        #expect(DNSMessage.query(name, .txt, identifier: 1).response(answers: [mx(1)]).answerTexts == [])
        #expect(DNSMessage.query(name, .any, identifier: 1).response(answers: [mx(1)]).answerTexts == ["MX 1 lab"])
    }

    @Test(
        "Types by name",
        arguments: [("a", DNSType.a), ("MX", .mx), ("type65", .https), ("TYPE65535", DNSType(rawValue: 65_535))])
    func types(_ text: String, _ type: DNSType) { #expect(DNSType(named: text) == type) }

    @Test("What is no type", arguments: ["", "TYPE", "TYPE-1", "TYPE65536", "OPT", "B", "TYPE 1"])
    func noTypes(_ text: String) { #expect(DNSType(named: text) == nil) }

    @Test("A DNS service asks what it is told, and takes no answer to anything else")
    func asked() throws {
        let question = DNSQuestion(try #require(DNSName("db.lab")), .aaaa)
        let service = UDPService.dns(asking: question)
        let transaction = ServiceTransaction(0x1234)
        let query = try DNSMessage(decoding: service.question(transaction).span)
        #expect(query.questions == [question] && query.identifier == 0x1234)
        #expect(service != UDPService.named("dns") && service.name == "dns")
        // Those of a ladder are longer, each by its own amount.
        #expect(service.question(transaction, filling: 3).count == service.question(transaction, filling: 2).count + 1)
        #expect(
            service.check(query.response(.refused).encoded().span, to: transaction)
                == .answered("REFUSED, recursion available"))
        let other = DNSMessage.query(.root, .ns, identifier: 0x1234).response()
        #expect(service.check(other.encoded().span, to: transaction) == .foreign(.anotherTransaction))
        #expect(service.check(query.encoded().span, to: transaction) == .foreign(.question))
    }

    @Test("Why a datagram is no answer")
    func mismatches() throws {
        let query = DNSMessage.query(try #require(DNSName("db.lab")), .a, identifier: 7, edns: nil)
        #expect(UDPService.dnsMismatch(query.encoded(), query) == .question)
        #expect(UDPService.dnsMismatch([1, 2], query) == .cut(count: 2, needed: 12))
        var late = query.response()
        late.identifier = 8
        #expect(UDPService.dnsMismatch(late.encoded(), query) == .anotherTransaction)
        #expect(UDPService.dnsMismatch(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), query) != .question)
    }
}
