import PacketWire
import StallpointTestKit
import Testing

/// The message of an array: a span of a temporary cannot go through the test macros.
private func dns(_ bytes: [UInt8]) throws -> DNSMessage {
    try DNSMessage(decoding: bytes.span)
}

@Suite struct DNSMessageTests {
    static let www = DNSName("www.example.com") ?? .root
    static let example = DNSName("example.com") ?? .root

    /// A usual answer with compression, by hand: alias, address and OPT.
    static let answer = hex(
        """
        abcd 8180 0001 0002 0000 0001
        03777777 076578616d706c65 03636f6d 00 0001 0001
        c00c 0005 0001 0000003c 0002 c010
        c010 0001 0001 0000003c 0004 c0000201
        00 0029 04d0 00008000 000b 000f 0007 0011 6265646f79
        """)

    @Test func golden() throws {
        let message = try dns(Self.answer)
        #expect(message.problem == nil)
        #expect(message.identifier == 0xABCD)
        #expect(message.flags.isResponse && message.flags.recursionDesired && message.flags.recursionAvailable)
        #expect(!message.flags.isTruncated && !message.flags.isAuthoritative)
        #expect(message.responseCode == .noError)
        #expect(message.questions == [DNSQuestion(Self.www, .a)])
        #expect(
            message.answers == [
                DNSRecord(Self.www, .cname, .name(Self.example)),
                DNSRecord(Self.example, .v4(IPv4Address(192, 0, 2, 1))),
            ])
        #expect(message.resolvedAddresses == [.v4(IPv4Address(192, 0, 2, 1))])
        let edns = try #require(message.edns)
        #expect(edns.payloadSize == 1232)
        #expect(edns.wantsDNSSEC)
        #expect(edns.extendedErrors.map(\.code) == [17])
        #expect(edns.extendedErrors.map(\.text) == ["bedoy"])
    }

    @Test func queryGolden() {
        let query = DNSMessage.query(Self.example, .aaaa, identifier: 0x1234, edns: nil)
        #expect(
            query.encoded()
                == hex("1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 001c 0001"))
        #expect(query.encodedForTCP().prefix(2) == [0, 29])
        let withEDNS = DNSMessage.query(Self.example, .aaaa, identifier: 0x1234)
        #expect(withEDNS.encoded().suffix(11) == hex("00 0029 04d0 00000000 0000")[...])
    }

    @Test(arguments: [
        DNSResponseCode.noError, .serverFailure, .nonExistentDomain, .refused, .notImplemented, .badVersion, .badCookie,
        DNSResponseCode(rawValue: 0xFFF),
    ])
    func responsesComeBack(code: DNSResponseCode) throws {
        let query = DNSMessage.query(Self.www, .a, identifier: 7)
        let answers = code == .noError ? [DNSRecord(Self.www, .v4(IPv4Address(10, 0, 0, 1)))] : []
        let response = query.response(code, answers: answers)
        let decoded = try dns(response.encoded())
        #expect(decoded == response)
        #expect(decoded.responseCode == code)
        #expect(decoded.answers(query))
        #expect(!query.answers(query))
        #expect(!decoded.answers(DNSMessage.query(Self.www, .a, identifier: 8)))
        #expect(!decoded.answers(DNSMessage.query(Self.example, .a, identifier: 7)))
        #expect(!decoded.answers(DNSMessage.query(Self.www, .aaaa, identifier: 7)))
    }

    @Test func oldClientsGetNoOPT() {
        let response = DNSMessage.query(Self.www, .a, identifier: 7, edns: nil).response(.refused)
        #expect(response.additional.isEmpty)
        #expect(response.responseCode == .refused)
    }

    @Test func aliasLoopsEnd() {
        let query = DNSMessage.query(Self.www, .a, identifier: 7)
        let loop = query.response(answers: [
            DNSRecord(Self.www, .cname, .name(Self.example)), DNSRecord(Self.example, .cname, .name(Self.www)),
        ])
        #expect(loop.resolvedAddresses.isEmpty)
    }

    /// A record whose content does not fit its type costs its content, not the records behind it.
    @Test func contentThatDoesNotFitStaysRaw() throws {
        let message = hex(
            """
            0001 8180 0000 0003 0000 0000
            00 0001 0001 00000001 0003 010203
            00 0010 0001 00000001 0002 09 41
            00 0001 0001 00000001 0004 0a000001
            """)
        let decoded = try dns(message)
        #expect(decoded.problem == nil)
        #expect(
            decoded.answers.map(\.data) == [.raw([1, 2, 3]), .raw([9, 0x41]), .a(IPv4Address(10, 0, 0, 1))])
    }

    static func random(using generator: inout SeededGenerator) -> DNSMessage {
        func name() -> DNSName {
            let labels = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                generator.bytes(.random(in: 1...20, using: &generator))
            }
            return DNSName(labels: labels) ?? .root
        }
        func record() -> DNSRecord {
            let word = UInt16.random(in: 0 ... .max, using: &generator)
            let choices: [(DNSType, DNSRecord.Data)] = [
                (.a, .a(IPv4Address(rawValue: .random(in: 0 ... .max, using: &generator)))),
                (.aaaa, .aaaa(IPv6Address(rawValue: .random(in: 0 ... .max, using: &generator)))),
                (.ns, .name(name())), (.ptr, .name(name())), (.cname, .name(name())), (.dname, .name(name())),
                (.mx, .mx(preference: word, exchange: name())),
                (.txt, .txt([NetworkText(bytes: generator.bytes(30)), "", "v=1"])),
                (.srv, .srv(priority: 1, weight: word, port: 443, target: name())),
                (.https, .raw(generator.bytes(20))), (DNSType(rawValue: 999), .raw([])),
                (
                    .soa,
                    .soa(
                        DNSStartOfAuthority(
                            primaryServer: name(), responsible: name(), serial: 1, refresh: 2, retry: 3, expire: 4,
                            minimum: .max))
                ),
            ]
            let (type, data) = choices.randomElement(using: &generator) ?? choices[0]
            return DNSRecord(name(), type, timeToLive: .random(in: 0 ... .max, using: &generator), data)
        }
        func records() -> [DNSRecord] { (0..<Int.random(in: 0...3, using: &generator)).map { _ in record() } }
        return DNSMessage(
            identifier: .random(in: 0 ... .max, using: &generator),
            flags: DNSMessage.Flags(rawValue: .random(in: 0 ... .max, using: &generator)),
            questions: [DNSQuestion(name(), .a), DNSQuestion(name(), .any, .chaos)], answers: records(),
            authority: records(), additional: records() + [EDNS(options: [EDNSOption(code: 3, data: [1])]).record])
    }

    @Test func roundTrips() throws {
        for seed in 0..<300 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let message = Self.random(using: &generator)
            #expect(try dns(message.encoded()) == message, "seed \(seed)")
        }
    }

    /// Inside a frame, pointers still count from where the message begins.
    @Test func decodesInPlace() throws {
        let frame = [UInt8](repeating: 0xEE, count: 42) + Self.answer + [0xEE, 0xEE]
        let message = try DNSMessage(decoding: frame.span, in: 42..<42 + Self.answer.count)
        #expect(try message == dns(Self.answer))
    }

    @Test func everyPrefixKeepsWhatIsWhole() throws {
        let whole = try dns(Self.answer)
        for count in 0..<Self.answer.count {
            let prefix = Array(Self.answer.prefix(count))
            guard count >= 12 else {
                #expect(throws: DecodeError(.dns, at: 0, .truncated(needed: 12, available: count))) {
                    try dns(prefix)
                }
                continue
            }
            let message = try dns(prefix)
            #expect(message.problem != nil, "cut at \(count)")
            #expect(whole.answers.starts(with: message.answers), "cut at \(count)")
        }
    }

    @Test func flippedBytesNeverTrap() throws {
        var changed = 0
        var most = 0
        let whole = try dns(Self.answer)
        for index in Self.answer.indices {
            for value in UInt8.min...UInt8.max {
                var damaged = Self.answer
                damaged[index] = value
                let message = try dns(damaged)
                if message != whole { changed += 1 }
                most = max(most, message.resolvedAddresses.count)
            }
        }
        #expect(changed > Self.answer.count)
        #expect(most <= 2)
    }

    @Test func randomBytesNeverTrap() throws {
        var generator = SeededGenerator(seed: 99)
        for _ in 0..<3000 {
            var bytes = generator.bytes(.random(in: 12...90, using: &generator))
            // Believable counts and many pointers.
            for index in [4, 6, 8, 10] { bytes[index] = 0 }
            for index in 12..<bytes.count where index % 3 == 0 { bytes[index] |= 0xC0 }
            let message = try dns(bytes)
            #expect(message.questions.count <= bytes.count)
        }
    }
}
