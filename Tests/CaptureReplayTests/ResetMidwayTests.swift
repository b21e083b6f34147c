import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Resets of open connections: who sent them, whether they were believed, and whether anything was owed by then.
struct ResetMidwayTests {
    /// What is said: some of it is of a kind that is read.
    struct Words: Sendable, CustomTestStringConvertible {
        var port: UInt16
        var question: [UInt8]
        var answer: [UInt8]
        var testDescription: String { "port \(port)" }

        static let http = Words(
            port: 80, question: Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8),
            answer: Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8))
        static let unknown = Words(port: 9_000, question: Array("0123456789".utf8), answer: Array("abcdefgh".utf8))
    }

    static let words: [Words] = [.http, .unknown]

    /// Questions that are answered, and one more.
    private func asked(_ words: Words, answered: Int) -> ConnectionScript {
        var connection = ConnectionScript(to: ConnectionScript.server, words.port)
        connection.handshake()
        for _ in 0..<answered {
            connection.client(words.question)
            connection.server(words.answer)
        }
        connection.client(words.question)
        return connection
    }

    @Test(
        "A reset that the server's own answer follows is forged, and breaks the connection all the same",
        arguments: words, [(0, 254), (0, 61), (1, 254), (1, 61), (9, 254)] as [(Int, UInt8)])
    func forged(_ words: Words, _ round: (answered: Int, timeToLive: UInt8)) throws {
        var connection = asked(words, answered: round.answered)
        connection.reset(byClient: false, timeToLive: round.timeToLive)
        connection.server(words.answer)
        connection.lateReset(byClient: true)
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .tcpReset, "\(diagnosis.summary)")
        #expect(diagnosis.zones == [.path] && diagnosis.confidence == .strong)
        #expect(diagnosis.stage == (round.answered == 0 ? .application : .transfer))
        #expect(diagnosis.summary.contains("own answer came behind it"))
        #expect(diagnosis.summary.contains("nearer than the SYN-ACK") == (round.timeToLive == 254))
    }

    @Test("A client that takes the answer behind it had not believed the reset", arguments: words, [0, 1])
    func unbelieved(_ words: Words, _ answered: Int) throws {
        var connection = asked(words, answered: answered)
        connection.reset(byClient: false, timeToLive: 254)
        connection.server(words.answer)
        connection.acknowledge(fromClient: true)
        connection.finish(byClient: true)
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.verdict == .open)
        #expect(diagnosis.conversation?.analysis?.close?.manner == .fin)
    }

    @Test("A later question that only a reset answers", arguments: words, [1, 9])
    func laterQuestion(_ words: Words, _ answered: Int) throws {
        var connection = asked(words, answered: answered)
        connection.reset(byClient: false)
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .tcpReset, "\(diagnosis.summary)")
        #expect(diagnosis.stage == .transfer && diagnosis.confidence == .likely)
        #expect(diagnosis.zones == [.destination, .path] && diagnosis.lookAlikes.count == 2)
        #expect(diagnosis.summary.contains("what the client said last (\(words.question.count) bytes)"))
    }

    @Test("Nothing is owed: a reset then is an end like others", arguments: words)
    func nothingOwed(_ words: Words) throws {
        var answered = asked(words, answered: 1)
        answered.server(words.answer)
        answered.reset(byClient: false)
        #expect(try answered.onlyDiagnosis.verdict == .open)

        var acknowledged = asked(words, answered: 1)
        acknowledged.server(words.answer)
        acknowledged.acknowledge(fromClient: true)
        acknowledged.finish(fromClient: true)
        acknowledged.reset(byClient: false)
        #expect(try acknowledged.onlyDiagnosis.verdict == .open)

        // The client has no more to ask, and goes.
        var parted = asked(words, answered: 1)
        parted.finish(fromClient: true)
        parted.reset(byClient: false)
        #expect(try parted.onlyDiagnosis.verdict == .open)

        var byClient = asked(words, answered: 1)
        byClient.reset(byClient: true)
        #expect(try byClient.onlyDiagnosis.verdict == .open)
    }

    @Test("A few bytes that cannot be read may be a goodbye", arguments: [(31, Verdict.open), (65, .interfered)])
    func goodbye(_ length: Int, _ verdict: Verdict) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 443)
        connection.handshake()
        for _ in 0..<2 {
            connection.client([UInt8](repeating: 7, count: 300))
            connection.server([UInt8](repeating: 8, count: 300))
        }
        connection.client([UInt8](repeating: 7, count: length))
        connection.reset(byClient: false)
        var begin = 0
        // Without its opening nobody knows what was agreed on.
        let cut = connection.keeping { _, _ in
            begin += 1
            return begin > 3
        }
        #expect(try cut.onlyDiagnosis.verdict == verdict)
    }

    @Test("Where the opening is not in the capture, the reset is held against the server's other packets")
    func began() throws {
        var frames = 0
        var connection = ConnectionScript(to: ConnectionScript.server, 443)
        connection.handshake()
        connection.client([UInt8](repeating: 7, count: 300))
        connection.server([UInt8](repeating: 8, count: 300))
        connection.client([UInt8](repeating: 7, count: 300))
        connection.reset(byClient: false, timeToLive: 254)
        let cut = connection.keeping { _, _ in
            frames += 1
            return frames > 3
        }
        let diagnosis = try cut.onlyDiagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.zones == [.path] && diagnosis.confidence == .strong)
        #expect(diagnosis.summary.contains("nearer than its other packets"))
    }

    @Test(
        "One router nearer stands who hands the port on to a container, too; farther away only the way",
        arguments: words)
    func handedOn(_ words: Words) throws {
        for (timeToLive, isBox) in [(61, false), (62, false), (63, true), (255, true)] as [(UInt8, Bool)] {
            var connection = asked(words, answered: 0)
            connection.reset(byClient: false, timeToLive: timeToLive)
            let diagnosis = try connection.onlyDiagnosis
            #expect(diagnosis.mechanism == .tcpReset && diagnosis.confidence == (isBox ? .strong : .likely))
            #expect(diagnosis.zones == (isBox ? [.path] : [.destination, .path]), "\(diagnosis.summary)")
            #expect(diagnosis.summary.contains("hands the port on") == (timeToLive == 62))
        }
    }

    @Test("A reset may say why: that is no answer, and nothing that the server speaks", arguments: words)
    func withText(_ words: Words) throws {
        var connection = asked(words, answered: 0)
        connection.reset(byClient: false, saying: Array("No tcp, no listener".utf8))
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .tcpReset, "\(diagnosis.summary)")
        #expect(diagnosis.stage == .application && diagnosis.summary.contains("answered by a reset"))
        #expect(!diagnosis.evidence.contains { $0.fact.contains("listener") })
        #expect(diagnosis.conversation?.analysis?.responder.payloadBytes == 0)
    }

    /// A reset long after words that no TCP took, how it then looks.
    struct Patience: Sendable {
        var repeats = 3
        var wait: Int64 = 9_000
        var timeToLive: UInt8 = 61
        /// The server's TCP had them.
        var isTaken = false
        var vanishes = false
    }

    @Test(
        "A host that resets a connection on which it heard nothing for long answers nothing by that",
        arguments: [
            Patience(vanishes: true), Patience(wait: 300), Patience(repeats: 0), Patience(timeToLive: 254),
            Patience(isTaken: true),
        ])
    func unheard(_ patience: Patience) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 443)
        connection.handshake()
        connection.client(TestHello().bytes)
        for _ in 0..<patience.repeats { connection.repeatLast() }
        if patience.isTaken { connection.acknowledge(fromClient: false) }
        connection.wait(patience.wait)
        connection.back.timeToLive = patience.timeToLive
        connection.lateReset(byClient: false)
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.verdict == .interfered)
        #expect((diagnosis.mechanism == .silentDrop) == patience.vanishes, "\(diagnosis.summary)")
        #expect(diagnosis.summary.contains("vanished") == patience.vanishes)
        if patience.vanishes {
            #expect(Set(diagnosis.zones) == [.path, .destination, .returnPath] && diagnosis.confidence == .likely)
        }
        // What was not acknowledged, nobody says was.
        let repeats = diagnosis.evidence.first { $0.fact.hasPrefix("what was said was sent again") }
        #expect((repeats != nil) == (patience.repeats > 0))
        #expect(repeats.map { $0.detail == "until it was acknowledged" } ?? patience.isTaken == patience.isTaken)
    }

    // MARK: Turned back

    private static let router = IPAddress("198.51.100.1")!

    /// An ICMP error about the latest frame.
    private func refuse(_ connection: inout ConnectionScript, _ type: UInt8, _ code: UInt8, quoting length: Int = 28) {
        guard let quoted = connection.frames.last?.bytes else { return }
        let builder = FrameBuilder(.rawIP, from: Self.router, to: ConnectionScript.client, timeToLive: 254)
        connection.keep(builder.icmpError(type: type, code: code, quoting: Array(quoted.prefix(length))), false)
    }

    @Test(
        "A router begins to reject an open connection",
        arguments: [(3, 13), (3, 1), (3, 3), (11, 0)] as [(UInt8, UInt8)],
        [28, 60])
    func rejected(_ error: (type: UInt8, code: UInt8), _ quoted: Int) throws {
        for begins in [0, 3] {
            var connection = ConnectionScript(to: ConnectionScript.server, 443)
            connection.handshake()
            connection.client([UInt8](repeating: 7, count: 300))
            connection.server([UInt8](repeating: 8, count: 300))
            connection.client([UInt8](repeating: 7, count: 300))
            refuse(&connection, error.type, error.code, quoting: quoted)
            for _ in 0..<3 {
                connection.wait(500)
                connection.keep(connection.frames[5].bytes, true)
                refuse(&connection, error.type, error.code, quoting: quoted)
            }
            var frames = 0
            let cut = connection.keeping { _, _ in
                frames += 1
                return frames > begins
            }
            let diagnosis = try cut.onlyDiagnosis
            #expect(diagnosis.verdict == .interfered && diagnosis.stage == .transfer, "\(diagnosis.summary)")
            #expect(diagnosis.actor == Self.router || error.type == 11)
            #expect(diagnosis.summary.contains("\(Self.router)") && !diagnosis.summary.contains("SYN"))
            #expect(diagnosis.mechanism == (error.type == 11 ? .routingLoop : .icmpReject))
            // A host that went away looks like that as well.
            #expect(diagnosis.zones == (error.type == 3 && error.code == 1 ? [.path, .destination] : [.path]))
            let isCertain = error.type == 3 && error.code != 1
            #expect(diagnosis.confidence == (isCertain ? .strong : .likely))
        }
    }

    @Test("An error about what nobody needs any more, or that the connection survives, is none")
    func survived() throws {
        var closed = ConnectionScript(to: ConnectionScript.server, 443)
        closed.handshake()
        closed.client([UInt8](repeating: 7, count: 300))
        closed.server([UInt8](repeating: 8, count: 300))
        closed.finish(byClient: true)
        refuse(&closed, 3, 13)
        #expect(try closed.onlyDiagnosis.verdict == .open)

        var survived = ConnectionScript(to: ConnectionScript.server, 443)
        survived.handshake()
        survived.client([UInt8](repeating: 7, count: 300))
        refuse(&survived, 3, 13)
        survived.server([UInt8](repeating: 8, count: 300))
        survived.finish(byClient: true)
        #expect(try survived.onlyDiagnosis.verdict == .open)
    }
}
