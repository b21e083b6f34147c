import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// In anybody's capture: what was asked of one end is answered by another.
struct AnswerFromElsewhereTests {
    private static let server = ConnectionScript.server
    private static let other = IPAddress.v4(IPv4Address(rawValue: 0xCB00_7163))

    /// Everything between the client and `address` from now on.
    private static func turn(_ script: inout ConnectionScript, to address: IPAddress) {
        script.there = FrameBuilder(.rawIP, from: ConnectionScript.client, to: address, timeToLive: 64)
        script.back = script.there.reversed
        script.back.timeToLive = 61
    }

    /// Three SYNs, each answered by somebody else.
    private static func asked(
        _ port: UInt16 = 40_000, number: UInt32 = 1_000, from stranger: IPAddress = other, isReset: Bool = true
    ) -> ConnectionScript {
        var script = ConnectionScript(port, to: server, 5_432, number: number)
        for _ in 0..<3 {
            turn(&script, to: server)
            script.syn()
            turn(&script, to: stranger)
            script.synAck()
            if isReset { script.resetAnswer() }
            script.wait(1_000)
        }
        return script
    }

    private func told(_ scripts: [ConnectionScript]) throws -> [TargetDiagnosis] {
        try CaptureReplay(ConnectionScript.captureFile(scripts)).diagnoses
    }

    private func shares(_ scripts: [ConnectionScript]) -> [Bool] { shares(ConnectionScript.captureFile(scripts)) }

    private func shares(_ bytes: [UInt8]) -> [Bool] {
        (0..<2).map { index in
            var options = CaptureAnalyzer.Options()
            options.share = CaptureShare(index, of: 2)
            var analyzer = CaptureAnalyzer(options)
            analyzer.read(bytes.span, isComplete: true)
            return analyzer.needsWhole
        }
    }

    @Test("A SYN-ACK from another address is the answer to the SYN whose number it acknowledges")
    func strangeAnswer() throws {
        let diagnoses = try told([Self.asked()])
        #expect(diagnoses.count == 1)
        let found = try #require(diagnoses.first)
        #expect(found.verdict == .blocked && found.mechanism == .alteredInTransit && found.confidence == .strong)
        #expect(found.actor == Self.other && found.target.address == Self.server)
        #expect(found.summary.contains("the client takes it for a stranger's and resets it"))
        // Not one that two hosts answer, which is what several numbers would say of one that was asked.
        #expect(!found.lookAlikes.contains { $0.cause.contains("two hosts") })
    }

    @Test func whereNobodyIsSeenToResetItItMayBeTranslatedBack() throws {
        let found = try #require(told([Self.asked(isReset: false)]).first)
        #expect(found.mechanism == .alteredInTransit && found.confidence == .likely)
        #expect(!found.summary.contains("resets it"))
    }

    @Test("Another port of the same host")
    func otherPort() throws {
        var script = ConnectionScript(40_000, to: Self.server, 5_432)
        script.syn()
        var answer = ConnectionScript(40_000, to: Self.server, 5_433)
        answer.wait(5)
        answer.synAck()
        let diagnoses = try told([script, answer])
        #expect(diagnoses.count == 1 && diagnoses.first?.mechanism == .alteredInTransit)
        #expect(diagnoses.first?.summary.contains("bears another port") == true)
    }

    @Test("Of many hosts that are asked from one port, as scanners do, each has its own stranger")
    func scan() throws {
        var scripts: [ConnectionScript] = []
        for number in 0..<400 as Range<UInt32> {
            let host = IPAddress.v4(IPv4Address(rawValue: 0xCB00_0000 + number))
            let stranger = IPAddress.v4(IPv4Address(rawValue: 0xC600_0000 + number))
            var script = ConnectionScript(40_000, to: host, 443, number: number &* 2_654_435_761)
            script.wait(Int64(number))
            script.syn()
            Self.turn(&script, to: stranger)
            script.synAck()
            script.resetAnswer()
            scripts.append(script)
        }
        let diagnoses = try told(scripts)
        #expect(diagnoses.count == 400 && diagnoses.allSatisfy { $0.mechanism == .alteredInTransit })
        for diagnosis in diagnoses {
            guard case .v4(let host)? = diagnosis.target.address, case .v4(let stranger)? = diagnosis.actor else {
                Issue.record("\(diagnosis.summary)")
                continue
            }
            #expect(host.rawValue & 0xFFFF == stranger.rawValue & 0xFFFF)
        }
    }

    @Test("A number that fits by chance, to another port, is nobody's answer")
    func others() throws {
        var script = ConnectionScript(40_000, to: Self.server, 5_432)
        script.syn()
        var answer = ConnectionScript(40_001, to: Self.other, 5_432)
        answer.wait(5)
        answer.synAck()
        let diagnoses = try told([script, answer])
        #expect(diagnoses.count == 2 && !diagnoses.contains { $0.mechanism == .alteredInTransit })
    }

    @Test("A connection that gets its own answer as well is open")
    func alsoItsOwn() throws {
        var script = ConnectionScript(40_000, to: Self.server, 5_432)
        var stray = ConnectionScript(40_000, to: Self.other, 5_432)
        stray.wait(12)
        stray.synAck()
        script.handshake()
        script.client([1, 2, 3])
        script.server([4, 5, 6])
        script.finish(byClient: true)
        let diagnoses = try told([script, stray])
        #expect(diagnoses.count == 1 && diagnoses.first?.verdict == .open)
    }

    @Test("Who has translated and speaks on is served: the capture stands where only one direction is translated")
    func spokenOn() throws {
        var script = ConnectionScript(40_000, to: Self.server, 443)
        script.handshake()
        script.client([1, 2, 3])
        script.server([4, 5, 6])
        script.finish(byClient: true)
        let there = script.keeping { _, isThere in isThere }
        var answered = ConnectionScript(40_000, to: Self.other, 443)
        answered.handshake()
        answered.client([1, 2, 3])
        answered.server([4, 5, 6])
        answered.finish(byClient: true)
        let diagnoses = try told([there, answered.keeping { _, isThere in !isThere }])
        #expect(!diagnoses.contains { $0.mechanism == .alteredInTransit })
        #expect(diagnoses.allSatisfy { $0.verdict == .open })
    }

    @Test("A router that translates, recorded on both sides, is no stranger")
    func translated() throws {
        var outside = ConnectionScript(40_000, to: Self.server, 443)
        var inside = ConnectionScript(40_000, to: Self.other, 443)
        inside.wait(1)
        for _ in 0..<1 {
            outside.handshake()
            inside.handshake()
        }
        let scripts = [outside, inside]
        let diagnoses = try told(scripts)
        #expect(diagnoses.count == 2 && diagnoses.allSatisfy { $0.verdict == .open })
        #expect(shares(scripts) == [false, false])
    }

    @Test("Shares that see one pair of hosts each leave it to whoever sees all")
    func shared() {
        // Some of these fall into one share with their question, and some do not: each share sees that they are strange.
        for last in 1...8 {
            let stranger = IPAddress.v4(IPv4Address(rawValue: 0xCB00_7100 + UInt32(last) + 16))
            #expect(shares([Self.asked(from: stranger)]) == [true, true], "\(last)")
        }
        var plain = ConnectionScript(40_000, to: Self.server, 443)
        plain.handshake()
        #expect(shares([plain]) == [false, false])
    }

    // MARK: At the host

    /// The client resets each answer, and asks again.
    private static func disowned(_ rounds: Int, after pause: Int64 = 1_000, newNumber: Bool = false)
        -> [ConnectionScript]
    {
        var scripts: [ConnectionScript] = []
        var script = ConnectionScript(40_000, to: server, 5_432)
        script.there.timeToLive = 61
        script.back.timeToLive = 64
        for round in 0..<rounds {
            if newNumber {
                var next = ConnectionScript(40_000, to: server, 5_432, number: 1_000 + UInt32(round) * 70_000)
                (next.there, next.back, next.now) = (script.there, script.back, script.now)
                script = next
            }
            script.syn()
            script.synAck()
            script.resetAnswer()
            script.wait(pause)
            if newNumber { scripts.append(script) }
        }
        return newNumber ? scripts : [script]
    }

    @Test("Who resets the answer and asks again with the same SYN does not know it")
    func disowned() throws {
        let found = try #require(told(Self.disowned(3)).first)
        #expect(found.verdict == .blocked && found.mechanism == .tcpReset && found.confidence == .likely)
        #expect(found.zones == [.path, .returnPath, .localIngress] && found.summary.contains("2 times"))
        let twice = try #require(told(Self.disowned(2)).first)
        #expect(twice.mechanism == .tcpReset && twice.confidence == .weak)
    }

    @Test("A scanner does that once, or at once, or with a number of its own each time")
    func scanners() throws {
        for scripts in [Self.disowned(1), Self.disowned(3, after: 50), Self.disowned(3, newNumber: true)] {
            #expect(try told(scripts).allSatisfy { $0.verdict == .open })
        }
    }

    // MARK: Datagrams

    private static func question(_ times: Int = 1, port: UInt16 = 40_000, to service: UInt16 = 9_999)
        -> ConnectionScript
    {
        var script = ConnectionScript(port, to: server, service)
        for _ in 0..<times { script.datagram([1, 2, 3, 4], fromClient: true) }
        return script
    }

    private static func answer(
        from address: IPAddress, _ service: UInt16, to port: UInt16 = 40_000, times: Int = 1, isRefused: Bool,
        after delay: Int64 = 100
    ) -> ConnectionScript {
        var script = ConnectionScript(port, to: address, service)
        script.wait(delay)
        for _ in 0..<times {
            script.datagram([5, 6, 7, 8], fromClient: false)
            guard isRefused, let bytes = script.frames.last?.bytes else { continue }
            script.keep(script.there.icmpError(type: 3, code: 3, quoting: bytes), true)
        }
        return script
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var capture: [UInt8]
        var isAnswer: Bool
        /// The shares cannot tell by themselves.
        var isForAll: Bool

        init(testDescription: String, scripts: [ConnectionScript], isAnswer: Bool, isForAll: Bool = false) {
            self.testDescription = testDescription
            capture = ConnectionScript.captureFile(scripts)
            (self.isAnswer, self.isForAll) = (isAnswer, isForAll)
        }
    }

    static let cases: [Case] = [
        Case(
            testDescription: "another address with the port, refused",
            scripts: [question(), answer(from: other, 9_999, isRefused: true)], isAnswer: true, isForAll: true),
        Case(
            testDescription: "another address with the port, wanted perhaps",
            scripts: [question(), answer(from: other, 9_999, isRefused: false)], isAnswer: false),
        Case(
            testDescription: "another address and another port, refused",
            scripts: [question(), answer(from: other, 777, isRefused: true)], isAnswer: false),
        Case(
            testDescription: "another port of the host, refused",
            scripts: [question(), answer(from: server, 777, isRefused: true)], isAnswer: true),
        Case(
            testDescription: "another port of the host, at once",
            scripts: [question(), answer(from: server, 777, isRefused: false)], isAnswer: true),
        Case(
            testDescription: "another port of the host, and more than was asked, as media streams come",
            scripts: [question(), answer(from: server, 777, times: 9, isRefused: false)], isAnswer: false),
        Case(
            testDescription: "another port of the host, long afterwards",
            scripts: [question(), answer(from: server, 777, isRefused: false, after: 9_000)], isAnswer: false),
        Case(
            testDescription: "another port of the host, before it was asked",
            scripts: [
                answer(from: server, 777, isRefused: true, after: 0),
                {
                    var script = question()
                    script.wait(100)
                    script.datagram([1], fromClient: true)
                    return script.keeping { bytes, _ in bytes.count == 29 }
                }(),
            ], isAnswer: false),
        Case(
            testDescription: "to another port",
            scripts: [question(), answer(from: other, 9_999, to: 40_001, isRefused: true)], isAnswer: false),
        Case(
            testDescription: "what is answered itself",
            scripts: [
                {
                    var script = question()
                    script.datagram([9], fromClient: false)
                    return script
                }(), answer(from: other, 9_999, isRefused: true),
            ], isAnswer: false),
    ]

    @Test("Datagrams", arguments: cases)
    func datagrams(_ example: Case) throws {
        let diagnoses = try CaptureReplay(example.capture).diagnoses
        let asked = diagnoses.first { $0.target.address == Self.server && $0.target.port == 9_999 }
        #expect((asked?.mechanism == .alteredInTransit) == example.isAnswer)
        guard example.isAnswer else { return }
        #expect(diagnoses.count == 1 && asked?.verdict == .blocked && asked?.confidence == .likely)
        #expect(shares(example.capture) == [example.isForAll, example.isForAll])
    }

    @Test func oneIsNotToldAsTheOther() throws {
        var scripts = [Self.answer(from: Self.other, 9_999, to: 40_003, isRefused: true)]
        for port in 40_000..<40_006 as Range<UInt16> { scripts.append(Self.question(port: port)) }
        let diagnoses = try told(scripts)
        #expect(diagnoses.count == 6 && diagnoses.filter { $0.mechanism == .alteredInTransit }.count == 1)
        let findings = try CaptureReplay(ConnectionScript.captureFile(scripts)).result.findings
        #expect(findings.filter { $0.mechanism == .alteredInTransit }.map { $0.conversation?.count } == [1])
    }
}
