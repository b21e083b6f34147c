import PacketWire
import StallpointTestKit
import Testing

/// What counts as an answer, and what does not.
@Suite struct ServiceReplyTests {
    static let transaction = ServiceQuestionTests.transaction

    /// Macros cannot take a span.
    static func check(_ name: String, _ bytes: [UInt8], _ transaction: ServiceTransaction = transaction)
        -> ServiceReply?
    {
        UDPService.named(name)?.check(bytes.span, to: transaction)
    }

    @Test("A good answer counts, with what is worth saying", arguments: GoodReply.all)
    func good(_ reply: GoodReply) {
        #expect(Self.check(reply.service, reply.bytes) == .answered(reply.says))
    }

    @Test("Every service has an answer in these tests")
    func complete() {
        #expect(Set(GoodReply.all.map(\.service)) == Set(UDPService.all.map(\.name)))
    }

    @Test("The answer to another question does not count", arguments: GoodReply.all)
    func another(_ reply: GoodReply) throws {
        let service = try #require(UDPService.named(reply.service))
        let other = ServiceTransaction(~Self.transaction.number)
        let answer = Self.check(reply.service, reply.bytes, other)
        #expect(answer == (service.echoesTransaction ? .foreign(.anotherTransaction) : .answered(reply.says)))
    }

    @Test("The question that comes back is an echo, and another one like it is none")
    func echo() {
        for service in UDPService.all {
            let question = service.question(Self.transaction)
            #expect(Self.check(service.name, question) == .foreign(.question), "\(service.name)")
            let other = service.question(ServiceTransaction(Self.transaction.number + 1), filling: 1)
            guard case .foreign(let mismatch) = Self.check(service.name, other) else {
                Issue.record("\(service.name) takes a question for an answer")
                continue
            }
            // Where both are wrong, either may be said.
            let expected: [ServiceReply.Mismatch] = [.noReply, .anotherTransaction]
            #expect(expected.contains(mismatch) || other == question, "\(service.name): \(mismatch)")
        }
    }

    @Test("Nothing but an empty datagram says nothing")
    func empty() {
        for service in UDPService.all {
            guard case .foreign(.cut(count: 0, _)) = Self.check(service.name, []) else {
                Issue.record("\(service.name): \(String(describing: Self.check(service.name, [])))")
                continue
            }
        }
    }

    /// Headers of text end where they end, and what follows the header of some protocols is optional.
    @Test("A cut answer is told as one, or as what is left of it", arguments: GoodReply.all)
    func prefixes(_ reply: GoodReply) {
        for count in 0..<min(reply.bytes.count, 8) {
            if case .answered(let says) = Self.check(reply.service, Array(reply.bytes.prefix(count))) {
                #expect(["coap", "tftp"].contains(reply.service), "\(count) bytes: \(says)")
            }
        }
        for count in 0...reply.bytes.count { _ = Self.check(reply.service, Array(reply.bytes.prefix(count))) }
    }

    @Test("Other protocols' answers do not count")
    func crossed() {
        for reply in GoodReply.all {
            for service in UDPService.all where service.title != UDPService.named(reply.service)?.title {
                guard case .answered(let says) = Self.check(service.name, reply.bytes) else { continue }
                // RADIUS's first bytes may be anybody's, where its length fits.
                Issue.record("\(service.name) takes the answer of \(reply.testDescription) for its own: \(says)")
            }
        }
    }

    private static func isClean(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } && text.count < 1_000
    }

    @Test("Damaged answers and noise never trap, and nothing of them reaches a terminal raw")
    func fuzz() {
        var generator = SeededGenerator(seed: 68)
        for round in 0..<40 {
            for reply in GoodReply.all {
                var bytes = reply.bytes
                for _ in 0...round % 4 where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                        in: 0 ... .max, using: &generator)
                }
                if round % 3 == 0 { bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &generator))) }
                if round % 7 == 0 { bytes += generator.bytes(40) }
                if case .answered(let says) = Self.check(reply.service, bytes) {
                    let isClean = Self.isClean(says)
                    #expect(isClean, "\(reply.service), round \(round)")
                }
            }
            for service in UDPService.all {
                let noise = generator.bytes(.random(in: 0...200, using: &generator))
                if case .answered(let says) = Self.check(service.name, noise), service.echoesTransaction {
                    Issue.record("\(service.name) takes noise for an answer: \(says)")
                }
            }
        }
    }

    /// Every length and count of every answer, at its extremes.
    @Test("Each byte of each answer may be anything", arguments: GoodReply.all)
    func extremes(_ reply: GoodReply) {
        for place in reply.bytes.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFE, 0xFF] {
                var bytes = reply.bytes
                bytes[place] = value
                if case .answered(let says) = Self.check(reply.service, bytes) {
                    let isClean = Self.isClean(says)
                    #expect(isClean, "\(reply.service), byte \(place)")
                }
            }
        }
    }

    @Test("What does not fit is told in words")
    func mismatches() {
        #expect(Self.check("ntp", [0x24]) == .foreign(.cut(count: 1, needed: 2)))
        #expect(Self.check("ntp", Array("stallpnt".utf8)) == .foreign(.anotherProtocol))
        #expect(
            ServiceReply.Mismatch.cut(count: 3, needed: 48).description == "3 bytes where at least 48 are needed")
        #expect(ServiceReply.Mismatch.anotherTransaction.description == "it belongs to another question")
    }
}
