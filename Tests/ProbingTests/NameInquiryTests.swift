import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

private let server = IPAddress("192.0.2.53")!
private let one = IPAddress("198.51.100.1")!
private let two = IPAddress("198.51.100.2")!
private let six = IPAddress("2001:db8::6")!

/// One inquiry on a clock of its own.
private struct Inquiry {
    var inquiry: NameInquiry
    var now = Instant.zero
    var asked: [DNSMessage] = []
    /// What goes over the connection, without the lengths.
    var streamed: [DNSMessage] = []

    init(_ types: [DNSType] = [.a], isNamed: Bool = false) throws {
        inquiry = NameInquiry(
            try #require(DNSName("host.example")), types, server: server, isNamed: isNamed, identifier: 0xFFFF,
            at: .zero)
        try take(inquiry.begin())
    }

    private mutating func take(_ actions: [NameInquiry.Action]) throws {
        for action in actions {
            switch action {
            case .send(let bytes): asked.append(try DNSMessage(decoding: bytes.span))
            case .stream(let bytes):
                #expect(Int(bytes[0]) << 8 | Int(bytes[1]) == bytes.count - 2)
                streamed.append(try DNSMessage(decoding: Array(bytes.dropFirst(2)).span))
            }
        }
    }

    mutating func hear(_ event: NameInquiry.Event, after milliseconds: Int64) throws {
        now = now + .milliseconds(milliseconds)
        try take(inquiry.handle(event, at: now))
    }

    mutating func say(
        _ addresses: [IPAddress], to index: Int = 0, code: DNSResponseCode = .noError, isCut: Bool = false,
        after milliseconds: Int64 = 10
    ) throws {
        try hear(.datagram(message(asked[index], addresses, code, isCut: isCut)), after: milliseconds)
    }

    func message(
        _ question: DNSMessage, _ addresses: [IPAddress], _ code: DNSResponseCode = .noError, isCut: Bool = false
    ) -> [UInt8] {
        var response = question.response(code, answers: addresses.map { DNSRecord(question.questions[0].name, $0) })
        response.flags.isTruncated = isCut
        return response.encoded()
    }

    var isSettled: Bool { inquiry.isSettled(at: now) }
    var answer: ResolutionFact.ServerAnswer { inquiry.answer }
}

@Suite struct NameInquiryTests {
    @Test("An answer settles it when nobody can contradict any more")
    func plain() throws {
        var one = try Inquiry()
        #expect(one.asked.count == 1 && one.asked[0].flags.recursionDesired && !one.isSettled)
        try one.say([two])
        #expect(!one.isSettled)
        try one.hear(.time, after: 150)
        #expect(one.isSettled && one.answer.outcome == .addresses([two]) && one.answer.elapsed == .milliseconds(10))
        #expect(one.answer.contradiction == nil && !one.answer.wasCut && one.asked.count == 1)
    }

    @Test("Both types are two questions, and one answer of the server")
    func bothTypes() throws {
        var both = try Inquiry([.a, .aaaa], isNamed: true)
        #expect(Set(both.asked.map(\.identifier)) == [0xFFFF, 0])
        #expect(both.asked.map { $0.questions[0].type } == [.a, .aaaa])
        try both.say([six], to: 1)
        #expect(!both.isSettled && both.answer.outcome == .addresses([six]))
        try both.say([], to: 0)
        try both.hear(.time, after: 500)
        #expect(both.isSettled && both.answer.outcome == .addresses([six]) && both.answer.isNamed)
    }

    @Test(
        "Codes are told apart",
        arguments: [
            (DNSResponseCode.nonExistentDomain, ResolutionFact.Outcome.noSuchName), (.noError, .noAddress),
            (.refused, .refused(code: DNSResponseCode.refused.description)),
            (.serverFailure, .refused(code: DNSResponseCode.serverFailure.description)),
        ])
    func codes(code: DNSResponseCode, outcome: ResolutionFact.Outcome) throws {
        var inquiry = try Inquiry()
        try inquiry.say([], code: code)
        try inquiry.hear(.time, after: 500)
        #expect(inquiry.isSettled && inquiry.answer.outcome == outcome)
    }

    @Test("Silence is asked once more after a second, and ends after 2.4 s")
    func silence() throws {
        var inquiry = try Inquiry()
        try inquiry.hear(.time, after: 999)
        #expect(inquiry.asked.count == 1)
        try inquiry.hear(.time, after: 1)
        try inquiry.hear(.time, after: 1_000)
        #expect(inquiry.asked.count == 2 && inquiry.asked[0] == inquiry.asked[1] && !inquiry.isSettled)
        try inquiry.hear(.time, after: 400)
        #expect(inquiry.isSettled && inquiry.answer.outcome == .silent)
    }

    @Test("A server that answers for one type and is silent for the other is told as that", arguments: [true, false])
    func halfSilence(_ answers: Bool) throws {
        var both = try Inquiry([.a, .aaaa])
        if answers { try both.say([one], to: 0) }
        for _ in 0..<25 { try both.hear(.time, after: 100) }
        #expect(both.isSettled && both.answer.unanswered == (answers ? [.aaaa] : []))
        #expect(both.answer.outcome == (answers ? .addresses([one]) : .silent))
    }

    @Test("Two answers that cannot both be the server's are a contradiction")
    func contradiction() throws {
        var inquiry = try Inquiry()
        try inquiry.say([], code: .nonExistentDomain, after: 2)
        try inquiry.say([one], after: 20)
        #expect(inquiry.isSettled)
        #expect(inquiry.answer.outcome == .noSuchName && inquiry.answer.contradiction == .addresses([one]))
    }

    @Test("The same again, or addresses that overlap, are none; nor are two answers to a question asked twice")
    func noContradiction() throws {
        var same = try Inquiry()
        try same.say([one, two])
        try same.say([two])
        #expect(same.answer.contradiction == nil)
        var repeated = try Inquiry()
        try repeated.hear(.time, after: 1_000)
        try repeated.say([one], after: 100)
        try repeated.say([two], after: 10)
        #expect(repeated.asked.count == 2 && repeated.answer.contradiction == nil)
        #expect(repeated.answer.outcome == .addresses([one]))
    }

    @Test("What is cut is asked over the connection")
    func cut() throws {
        var inquiry = try Inquiry()
        try inquiry.say([], isCut: true)
        #expect(inquiry.streamed == inquiry.asked && !inquiry.isSettled)
        // Again: nothing more is asked.
        try inquiry.say([], isCut: true)
        #expect(inquiry.streamed.count == 1)
        let bytes = inquiry.message(inquiry.streamed[0], [one])
        let framed = [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
        for byte in framed { try inquiry.hear(.stream([byte]), after: 1) }
        #expect(inquiry.isSettled && inquiry.answer.wasCut && inquiry.answer.outcome == .addresses([one]))
    }

    @Test("Over the connection it may be refused, closed, or silent", arguments: ["ECONNREFUSED", nil, "silent"])
    func cutAndStopped(why: String?) throws {
        var inquiry = try Inquiry()
        try inquiry.say([], isCut: true)
        if why == "silent" {
            try inquiry.hear(.time, after: 2_399)
            #expect(!inquiry.isSettled)
            try inquiry.hear(.time, after: 1)
            #expect(inquiry.answer.outcome == .silent)
        } else {
            let obstacle = QuestionObstacle(why == nil ? .closed : .socket(SocketError(linux: 111)), isOverTCP: true)
            try inquiry.hear(.streamEnded(obstacle), after: 5)
            #expect(inquiry.answer.outcome == .refused(code: obstacle.description))
            #expect(inquiry.answer.obstacle == obstacle && obstacle.description.hasSuffix(" over TCP"))
        }
        #expect(inquiry.isSettled && inquiry.answer.wasCut)
    }

    @Test("A second answer that is cut does not wait for a connection that has ended")
    func cutBehindTheEnd() throws {
        var inquiry = try Inquiry([.a, .aaaa])
        let obstacle = QuestionObstacle(.socket(SocketError(linux: 113)), isOverTCP: true)
        try inquiry.say([], isCut: true)
        try inquiry.hear(.streamEnded(obstacle), after: 1)
        #expect(!inquiry.isSettled)
        try inquiry.say([], to: 1, isCut: true)
        #expect(inquiry.isSettled && inquiry.answer.obstacle == obstacle && inquiry.streamed.count == 1)
    }

    @Test("What is out of reach is not asked again")
    func unreachable() throws {
        var inquiry = try Inquiry([.a, .aaaa])
        let obstacle = QuestionObstacle(.icmp(ICMPError(family: .v4, type: 3, code: 3), sender: one))
        try inquiry.hear(.unreachable(obstacle), after: 1)
        try inquiry.hear(.time, after: 3_000)
        #expect(inquiry.isSettled && inquiry.asked.count == 2)
        #expect(inquiry.answer.outcome == .refused(code: "ICMP port unreachable from \(one)"))
        #expect(inquiry.answer.obstacle == obstacle)
    }

    @Test("Other people's answers, and what is none, change nothing")
    func foreign() throws {
        var inquiry = try Inquiry()
        var other = inquiry.asked[0]
        other.identifier ^= 1
        try inquiry.hear(.datagram(inquiry.message(other, [one])), after: 1)
        let elsewhere = DNSMessage.query(try #require(DNSName("other.example")), .a, identifier: 0xFFFF, edns: nil)
        try inquiry.hear(.datagram(inquiry.message(elsewhere, [one])), after: 1)
        try inquiry.hear(.datagram(inquiry.asked[0].encoded()), after: 1)
        var generator = SeededGenerator(seed: 7)
        let good = inquiry.message(inquiry.asked[0], [one])
        for _ in 0..<500 {
            let noise = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            try inquiry.hear(.datagram(noise), after: 0)
            try inquiry.hear(.stream(noise), after: 0)
        }
        for length in 0..<12 { try inquiry.hear(.datagram(Array(good.prefix(length))), after: 0) }
        #expect(!inquiry.isSettled && inquiry.answer.outcome == .silent)
    }
}

@Test("What comes and answers nothing is remembered, and waited past")
func foreignDatagrams() throws {
    func heard(_ change: (inout DNSMessage) -> Void) throws -> ServiceReply.Mismatch? {
        var inquiry = try Inquiry()
        var reply = inquiry.asked[0].response(.noError, answers: [])
        change(&reply)
        try inquiry.hear(.datagram(reply.encoded()), after: 10)
        #expect(!inquiry.isSettled)
        return inquiry.answer.foreign
    }
    #expect(try heard { $0.identifier ^= 1 } == .anotherTransaction)
    #expect(try heard { $0.questions = [] } == .anotherTransaction)
    var inquiry = try Inquiry()
    try inquiry.hear(.datagram([1, 2, 3]), after: 10)
    #expect(inquiry.answer.foreign == .cut(count: 3, needed: 12))
    var echo = try Inquiry()
    try echo.hear(.datagram(echo.asked[0].encoded()), after: 10)
    #expect(echo.answer.foreign == .question && !echo.isSettled)
    // The answer behind it counts.
    try echo.say([one])
    #expect(echo.answer.outcome == .addresses([one]))
    var fine = try Inquiry()
    try fine.say([one])
    #expect(fine.answer.foreign == nil)
}
