import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// What the questions and answers of DNS in a capture add to the verdict on them.
struct DNSHintTests {
    private func dns(_ make: (inout ConnectionScript) -> Void) throws -> TargetDiagnosis {
        var connection = ConnectionScript(to: ConnectionScript.server, 53)
        make(&connection)
        return try connection.onlyDiagnosis
    }

    @Test func answered() throws {
        let diagnosis = try dns { connection in
            let query = DNSMessage.question("www.lab", 1)
            connection.datagram(query.encoded(), fromClient: true)
            connection.datagram(query.response().encoded(), fromClient: false)
            let other = DNSMessage.question("wpad.lab", 2)
            connection.datagram(other.encoded(), fromClient: true)
            connection.datagram(other.response(.nonExistentDomain).encoded(), fromClient: false)
        }
        #expect(diagnosis.verdict == .open)
        #expect(diagnosis.factTexts.contains("DNS: 2 questions, first www.lab A; 2 answered, 1 with NXDOMAIN"))
    }

    @Test("Of very many questions without an answer the oldest are given up, and counted as unanswered all the same")
    func manyPending() throws {
        let diagnosis = try dns { connection in
            for number in 0..<200 {
                connection.datagram(
                    DNSMessage.question("h\(number).lab", UInt16(number + 1)).encoded(), fromClient: true)
            }
            // The first is long given up when it comes; the last still waits.
            for number in [0, 199] {
                let query = DNSMessage.question("h\(number).lab", UInt16(number + 1))
                connection.datagram(query.response().encoded(), fromClient: false)
            }
        }
        #expect(
            diagnosis.factTexts.contains { $0.hasPrefix("DNS: 200 questions, first h0.lab A; 1 answered") },
            "\(diagnosis.factTexts)")
    }

    @Test(
        "What a mirror port shows twice was asked and answered once, and a second answer is one",
        arguments: [true, false])
    func mirrored(isForged: Bool) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 53)
        (connection.there.identification, connection.back.identification) = (4_711, 815)
        let query = DNSMessage.question("www.lab", 1)
        connection.datagram(query.encoded(), fromClient: true)
        connection.datagram(query.response().encoded(), fromClient: false)
        if isForged { connection.datagram(query.response(.nonExistentDomain).encoded(), fromClient: false) }
        let diagnosis = try connection.mirrored.onlyDiagnosis
        #expect(diagnosis.verdict == (isForged ? .interfered : .open))
    }

    @Test func refusedQuestions() throws {
        let diagnosis = try dns { connection in
            let query = DNSMessage.question("www.lab", 1)
            connection.datagram(query.encoded(), fromClient: true)
            connection.datagram(query.response(.refused).encoded(), fromClient: false)
        }
        #expect(
            diagnosis.verdict == .degraded && diagnosis.mechanism == .resolverRefused && diagnosis.zones == [.resolver])
        #expect(diagnosis.summary.contains("REFUSED for www.lab A"), "\(diagnosis.summary)")
    }

    @Test("One server that refuses some and fails for others is two findings")
    func refusedAndFailed() throws {
        let codes: [DNSResponseCode] = [.refused, .serverFailure, .refused]
        let connections = codes.enumerated().map { index, code in
            var connection = ConnectionScript(UInt16(40_000 + index), to: ConnectionScript.server, 53)
            let query = DNSMessage.question("www.lab", UInt16(index))
            connection.datagram(query.encoded(), fromClient: true)
            connection.datagram(query.response(code).encoded(), fromClient: false)
            return connection
        }
        let findings = try CaptureReplay(ConnectionScript.captureFile(connections)).result.findings
        #expect(findings.map { $0.conversation?.count } == [2, 1])
        #expect(findings.map { $0.summary.contains("REFUSED") } == [true, false])
    }

    @Test("Aliases that lead in a ring are no address, however often they are given", arguments: [true, false])
    func aliasRing(isRing: Bool) throws {
        let diagnosis = try dns { connection in
            let query = DNSMessage.question("a.lab", 1)
            connection.datagram(query.encoded(), fromClient: true)
            let names = ["a.lab", "b.lab", isRing ? "a.lab" : "c.lab"].compactMap { DNSName($0) }
            let aliases = zip(names, names.dropFirst()).map {
                DNSRecord($0, .cname, .name($1))
            }
            connection.datagram(query.response(answers: aliases).encoded(), fromClient: false)
        }
        #expect(diagnosis.verdict == (isRing ? .degraded : .open), "\(diagnosis.summary)")
        if isRing { #expect(diagnosis.mechanism == .nameNotFound && diagnosis.zones == [.resolver]) }
    }

    @Test(
        "A question that comes again long behind its answer was not heard; one that crossed it may have been",
        arguments: [(2_000, true), (50, false)] as [(Int64, Bool)])
    func unheard(_ milliseconds: Int64, _ isUnheard: Bool) throws {
        let diagnosis = try dns { connection in
            let query = DNSMessage.question("a.lab", 1)
            for _ in 0..<2 {
                connection.datagram(query.encoded(), fromClient: true)
                connection.datagram(query.response().encoded(), fromClient: false)
                connection.wait(milliseconds)
            }
        }
        #expect(diagnosis.verdict == (isUnheard ? .degraded : .open), "\(diagnosis.summary)")
        if isUnheard { #expect(diagnosis.zones == [.localIngress, .returnPath] && diagnosis.confidence == .likely) }
    }

    @Test("Questions that nobody answers are asked again, and are one")
    func unansweredQuestions() throws {
        let silent = try dns { connection in
            for _ in 0..<3 {
                connection.datagram(DNSMessage.question("www.lab", 1).encoded(), fromClient: true)
                connection.wait(5_000)
            }
        }
        #expect(
            silent.verdict == .undetermined
                && silent.summary.hasPrefix("1 DNS question, first www.lab A, got no answer"))
        #expect(silent.factTexts.contains { $0.contains("asked again 2 times") })
        let some = try dns { connection in
            for number in 0..<4 as Range<UInt16> {
                let query = DNSMessage.question("www\(number).lab", number)
                connection.datagram(query.encoded(), fromClient: true)
                if number != 1 { connection.datagram(query.response().encoded(), fromClient: false) }
                connection.wait(3_000)
            }
        }
        #expect(some.verdict == .degraded && some.mechanism == .loss && some.summary.hasPrefix("1 of 4 DNS questions"))
    }

    @Test("Nobody is said to be down who answers others of the same client meanwhile", arguments: [true, false])
    func unansweredBesides(isAnswering: Bool) throws {
        let connections = (0..<6 as Range<UInt16>).map { number in
            var connection = ConnectionScript(40_000 + number, to: ConnectionScript.server, 53)
            connection.wait(Int64(number) * 1_000)
            let query = DNSMessage.question("www\(number).lab", number)
            connection.datagram(query.encoded(), fromClient: true)
            if isAnswering, number % 2 == 0 { connection.datagram(query.response().encoded(), fromClient: false) }
            connection.wait(5_000)
            if number % 2 == 1 { connection.datagram(query.encoded(), fromClient: true) }
            connection.wait(10_000)
            if number == 5 { connection.datagram(query.encoded(), fromClient: true) }
            return connection
        }
        let diagnoses = try CaptureReplay(ConnectionScript.captureFile(connections)).diagnoses
        let silent = try #require(diagnoses.first { $0.mechanism == .noReply })
        #expect(silent.advice.contains { $0.contains("it is down") } != isAnswering, "\(silent.advice)")
        #expect(silent.advice.contains { $0.contains("answered others of the same client") } == isAnswering)
    }

    @Test("Two answers that differ to a question that was asked once: one of them is forged")
    func contradictingAnswers() throws {
        func answers(askedAgain: Bool = false, copied: Bool = false) throws -> TargetDiagnosis {
            try dns { connection in
                let query = DNSMessage.question("www.lab", 1)
                connection.datagram(query.encoded(), fromClient: true)
                if askedAgain { connection.datagram(query.encoded(), fromClient: true) }
                let first = query.response(.nonExistentDomain)
                connection.datagram(first.encoded(), fromClient: false)
                connection.datagram((copied ? first : query.response()).encoded(), fromClient: false)
            }
        }
        let forged = try answers()
        #expect(forged.verdict == .interfered && forged.mechanism == .answeredByMiddlebox)
        #expect(forged.zones == [.path, .resolver] && forged.confidence == .strong)
        #expect(forged.summary.contains("frame 2 and frame 3"), "\(forged.summary)")
        // A client that asks twice is answered twice, and a capture may see one packet twice.
        #expect(try answers(askedAgain: true).verdict != .interfered)
        #expect(try answers(copied: true).verdict == .open)
    }

    @Test("An answer to another question is none")
    func forgedAnswer() throws {
        let diagnosis = try dns { connection in
            connection.datagram(DNSMessage.question("www.lab", 1).encoded(), fromClient: true)
            connection.datagram(DNSMessage.question("evil.lab", 1).response().encoded(), fromClient: false)
            connection.datagram(DNSMessage.question("www.lab", 2).response().encoded(), fromClient: false)
        }
        #expect(diagnosis.factTexts.contains { $0.hasPrefix("DNS: 1 question, first www.lab A; 0 answered") })
        // Asked again, and still no answer when one was due.
        let late = try dns { connection in
            for _ in 0..<2 {
                connection.datagram(DNSMessage.question("www.lab", 1).encoded(), fromClient: true)
                connection.datagram(DNSMessage.question("www.lab", 2).response().encoded(), fromClient: false)
                connection.wait(5_000)
            }
            connection.datagram(DNSMessage.question("www.lab", 1).encoded(), fromClient: true)
        }
        #expect(late.factTexts.contains("DNS: what came back is no answer: it belongs to another question"))
        #expect(late.verdict == .interfered && late.mechanism == .protocolMismatch && late.confidence == .likely)
    }

    @Test func overTCP() throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 53)
        connection.handshake()
        connection.client(DNSMessage.question("www.lab", 1).encodedForTCP())
        connection.server(DNSMessage.question("www.lab", 1).response(.serverFailure).encodedForTCP())
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .resolverRefused)
    }
}

extension DNSMessage {
    /// For the address of a name.
    static func question(_ name: String, _ identifier: UInt16) -> DNSMessage {
        query(DNSName(name) ?? .root, .a, identifier: identifier)
    }
}

/// One question that is never answered beside others that are.
struct SameQuestionTests {
    private static func question(_ name: String, type: UInt8, id: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") { bytes += [UInt8(label.utf8.count)] + Array(label.utf8) }
        return bytes + [0, 0, type, 0, 1]
    }

    /// `b`: the long one, not answered; `B`: answered; `o`: another, answered; `x`: another, not answered.
    @Test(
        arguments: [
            ("obbo", true), ("obob", true), ("obo", false), ("obBo", false), ("obbox", false), ("bb", false),
        ] as [(String, Bool)])
    func story(_ courses: String, _ hangsOnQuestion: Bool) throws {
        let exchanges = courses.enumerated().map { index, letter in
            var exchange = ConnectionScript(UInt16(41_000 + index), to: ConnectionScript.server, 53)
            exchange.wait(Int64(index) * 3_000)
            let isLong = letter.lowercased() == "b"
            let question = Self.question(
                isLong ? "big.test" : "o\(index).test", type: isLong ? 16 : 1, id: UInt8(index))
            exchange.datagram(question, fromClient: true)
            if letter == "B" || letter == "o" {
                var answer = question
                answer[2] = 0x81
                answer[3] = 0x80
                exchange.datagram(answer, fromClient: false)
            }
            return exchange
        }
        var last = ConnectionScript(42_000, to: ConnectionScript.server, 80)
        last.wait(60_000)
        last.handshake()
        let told = try CaptureReplay(ConnectionScript.captureFile(exchanges + [last])).diagnoses.filter {
            $0.verdict != .open
        }
        #expect(!told.isEmpty)
        for diagnosis in told where hangsOnQuestion {
            #expect(diagnosis.verdict == .undetermined && diagnosis.mechanism == .noReply, "\(diagnosis.summary)")
            #expect(diagnosis.summary.contains("big.test TXT got no answer on any of 2 flows"))
            #expect(Set(diagnosis.zones).isSuperset(of: [.returnPath, .destination, .path]))
        }
        #expect(told.contains { $0.summary.contains("it hangs on what is asked") } == hangsOnQuestion)
    }
}
