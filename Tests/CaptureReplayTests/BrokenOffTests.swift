import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Answers that begin and do not come to their end, and ends that were no answer, told from packets.
struct BrokenOffTests {
    private static let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)

    @Test(
        "A head that breaks off is no answer",
        arguments: [
            ("HTTP/1.1 200 O", 14), ("HTT", 3), ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n", 36),
        ])
    func heads(_ head: String, _ count: Int) throws {
        for isReset in [false, true] {
            let diagnosis = try ConnectionScript.opened(80) { connection in
                connection.client(Self.request)
                connection.server(Array(head.utf8))
                if isReset { connection.reset(byClient: false) } else { connection.finish(byClient: false) }
            }
            #expect(diagnosis.verdict == .interfered && diagnosis.stage == .application)
            #expect(diagnosis.mechanism == (isReset ? .tcpReset : .closedByPeer))
            #expect(diagnosis.summary.contains("after \(count) bytes, in the middle of its head"))
        }
    }

    private struct Patience: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// Milliseconds until the client closes.
        var waits: Int64
        /// What had come by then, and what comes afterwards.
        var before = ""
        var afterwards = ""
        var takesIt = false
        var expected: (verdict: Verdict, stage: Stage?)
    }

    @Test(
        "A client that gives up was not served",
        arguments: [
            Patience(testDescription: "no answer", waits: 6_000, expected: (.interfered, .application)),
            // Who asks and closes at once need not want to know.
            Patience(testDescription: "none, at once", waits: 100, expected: (.open, nil)),
            Patience(
                testDescription: "too late", waits: 2_000, afterwards: "HTTP/1.1 204 No\r\n\r\n",
                expected: (.interfered, .application)),
            Patience(
                testDescription: "half-closed", waits: 2_000, afterwards: "HTTP/1.1 204 No\r\n\r\n", takesIt: true,
                expected: (.open, nil)),
            Patience(
                testDescription: "half an answer", waits: 6_000,
                before: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
                expected: (.interfered, .transfer)),
            Patience(
                testDescription: "enough of an answer", waits: 1_000,
                before: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", expected: (.open, nil)),
            Patience(
                testDescription: "all of an answer", waits: 60_000,
                before: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", expected: (.open, nil)),
        ])
    private func givenUp(_ patience: Patience) throws {
        let diagnosis = try ConnectionScript.opened(80) { connection in
            connection.client(Self.request)
            connection.acknowledge(fromClient: false)
            if !patience.before.isEmpty {
                connection.server(Array(patience.before.utf8))
                connection.acknowledge(fromClient: true)
            }
            connection.wait(patience.waits)
            connection.finish(fromClient: true)
            connection.acknowledge(fromClient: false)
            if !patience.afterwards.isEmpty {
                connection.wait(2_000)
                connection.server(Array(patience.afterwards.utf8))
                if patience.takesIt {
                    connection.acknowledge(fromClient: true)
                } else {
                    connection.lateReset(byClient: true)
                }
            }
        }
        #expect(diagnosis.verdict == patience.expected.verdict && diagnosis.stage == patience.expected.stage)
        #expect(patience.expected.verdict == .open || diagnosis.mechanism == .noReply)
    }

    @Test(
        "What was said before the end, and lost before the tap, is missing though nobody sends it again",
        arguments: [true, false])
    func undelivered(isSeen: Bool) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 9_000)
        connection.handshake()
        // What the server says that has heard nothing since.
        var deaf = connection
        deaf.acknowledge(fromClient: false)
        connection.client([UInt8](repeating: 0xEE, count: 24))
        connection.finish(fromClient: true)
        if let answer = deaf.frames.last { connection.keep(answer.bytes, false) }
        let diagnosis = try connection.keeping { bytes, _ in isSeen || bytes.last != 0xEE }.diagnosis
        guard !isSeen else {
            #expect(diagnosis.mechanism != .loss)
            return
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .transfer && diagnosis.mechanism == .loss)
        #expect(
            diagnosis.zones == [.path, .localEgress] && diagnosis.summary.contains("24 bytes that the client said"))
    }

    @Test("What came behind the gap is not missing; of a request's answer its size tells", arguments: [true, false])
    func undeliveredPart(isTLS: Bool) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, isTLS ? 443 : 9_000)
        connection.handshake()
        connection.client(isTLS ? TestHello().bytes : [1, 2, 3])
        connection.acknowledge(fromClient: false)
        // What the client says that has heard nothing since.
        var deaf = connection
        deaf.acknowledge(fromClient: true)
        connection.server([UInt8](repeating: 0xEE, count: 1_460))
        connection.server([UInt8](repeating: 23, count: 30))
        connection.wait(5_000)
        connection.finish(fromClient: false)
        if let answer = deaf.frames.last { connection.keep(answer.bytes, true) }
        let diagnosis = try connection.keeping { bytes, _ in bytes.last != 0xEE }.diagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.zones == [.returnPath, .destination])
        #expect(diagnosis.mechanism == (isTLS ? .mtuBlackHole : .loss), "\(diagnosis.summary)")
        #expect(diagnosis.summary.contains("1460 bytes"), "\(diagnosis.summary)")
    }

    @Test("Words of no kind that is known are answered by a reset as others are", arguments: [nil, 63] as [UInt8?])
    func unknownWords(timeToLive: UInt8?) throws {
        let diagnosis = try ConnectionScript.opened(9_000) { connection in
            connection.client([0xEE, 1, 2, 3, 4])
            connection.reset(byClient: false, timeToLive: timeToLive)
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .application)
        #expect(
            diagnosis.mechanism == .tcpReset
                && diagnosis.summary.contains("what the client said was answered by a reset"))
        #expect(diagnosis.zones == (timeToLive == nil ? [.destination, .path] : [.path]))
        // Who was answered, or closed first, was served.
        let served = try ConnectionScript.opened(9_000) { connection in
            connection.client([0xEE, 1, 2, 3, 4])
            connection.server([0xEE])
            connection.reset(byClient: false)
        }
        #expect(served.verdict == .open)
    }

    private struct Content: CustomTestStringConvertible, Sendable {
        var method = "GET"
        var head = "200 OK\r\nContent-Length: 9\r\n"
        /// In segments of their own, but for the first.
        var pieces: [String]
        var endedByClient = false
        /// Of the stream, and how long it was to be; nil where nothing is wrong.
        var broken: (after: Int, of: Int)?

        var testDescription: String { "\(method) \(head.prefix(30)) \(pieces)" }
    }

    @Test(
        "An answer that ends before all has come that its head announces",
        arguments: [
            Content(pieces: ["abc"], broken: (41, 47)), Content(pieces: ["", "abc", "defgh"], broken: (46, 47)),
            Content(pieces: ["abc", "def", "ghi"]), Content(pieces: ["abcdefghi", "HTTP/1.1 200 OK\r\n\r\n"]),
            // The client had enough.
            Content(pieces: ["abc"], endedByClient: true),
            Content(method: "HEAD", pieces: [""]),
            Content(head: "304 Not Modified\r\nContent-Length: 9\r\n", pieces: [""]),
            // Nobody says, or not in a number that is to be believed.
            Content(head: "200 OK\r\n", pieces: ["abc"]),
            Content(
                head: "200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n", pieces: ["3\r\nabc\r\n0\r\n\r\n"]
            ),
            Content(head: "200 OK\r\nContent-Length: 99999999999999999999\r\n", pieces: ["abc"]),
            Content(head: "200 OK\r\nContent-Length: -9\r\n", pieces: ["abc"]),
        ])
    private func contents(_ content: Content) throws {
        for isReset in [false, true] {
            let diagnosis = try ConnectionScript.opened(80) { connection in
                connection.client(Array("\(content.method) / HTTP/1.1\r\n\r\n".utf8))
                for (place, piece) in content.pieces.enumerated() {
                    let head = place == 0 ? "HTTP/1.1 \(content.head)\r\n" : ""
                    connection.server(Array((head + piece).utf8))
                }
                if isReset {
                    connection.reset(byClient: content.endedByClient)
                } else {
                    connection.finish(byClient: content.endedByClient)
                }
            }
            guard let (after, whole) = content.broken else {
                #expect(diagnosis.verdict == .open)
                continue
            }
            #expect(diagnosis.verdict == .interfered && diagnosis.stage == .transfer)
            #expect(diagnosis.mechanism == (isReset ? .tcpReset : .closedByPeer))
            #expect(
                diagnosis.summary.contains("after \(after) bytes, in the middle of the \(whole) that it announces"),
                "\(diagnosis.summary)")
        }
    }

    @Test("An SSH server that says who it is, and nothing to who answers", arguments: [false, true])
    func identification(_ negotiates: Bool) throws {
        let diagnosis = try ConnectionScript.opened(22) { connection in
            connection.server(Array("SSH-2.0-lab\r\n".utf8))
            connection.client(Array("SSH-2.0-me\r\n".utf8))
            if negotiates { connection.server([0, 0, 0, 20, 4, 20] + Array(repeating: 7, count: 18)) }
            connection.reset(byClient: false)
        }
        #expect(diagnosis.verdict == (negotiates ? .open : .interfered))
        if !negotiates { #expect(diagnosis.mechanism == .tcpReset && diagnosis.stage == .application) }
    }

    @Test(
        "A server that reads no more is told; a client that does not may have paused",
        arguments: [(true, 6_000, true), (true, 3_000, false), (false, 60_000, false)])
    func shutWindow(_ isServers: Bool, _ wait: Int64, _ isStall: Bool) throws {
        let diagnosis = try ConnectionScript.opened(9_000) { connection in
            if isServers {
                connection.client(Array(repeating: 1, count: 1_000))
            } else {
                connection.server(Array(repeating: 1, count: 1_000))
            }
            connection.shutWindow(ofClient: !isServers)
            connection.wait(wait)
            connection.shutWindow(ofClient: !isServers)
        }
        #expect(diagnosis.verdict == (isStall ? .interfered : .open), "\(diagnosis.summary)")
        if isStall { #expect(diagnosis.zones == [.destination] && diagnosis.stage == .transfer) }
    }

    // MARK: TLS

    /// A record of a handshake that announces more than there is.
    private static let beginning: [UInt8] = [22, 3, 3, 0, 0x7A, 2, 0, 0, 0x76, 3, 3]
    /// What a server says before a hello that it does not like, and no reason to stop.
    private static let warning: [UInt8] = [21, 3, 3, 0, 2, 1, 112]

    @Test("A handshake that breaks off in the server's first flight", arguments: [beginning, warning, [22, 3, 3]])
    func hellos(_ answer: [UInt8]) throws {
        let diagnosis = try ConnectionScript.opened(443) { connection in
            connection.client(TestHello().bytes)
            connection.server(answer)
            connection.finish(byClient: false)
        }
        #expect(diagnosis.stage == .tls && diagnosis.mechanism == .closedByPeer)
        #expect(diagnosis.zones == [.destination, .path] && diagnosis.actor == nil)
        #expect(diagnosis.summary.contains("after \(answer.count) bytes, in the middle of the handshake"))
        let silent = try ConnectionScript.opened(443) { connection in
            connection.client(TestHello().bytes)
            connection.server(answer)
            connection.wait(9_000)
            connection.finish(byClient: true)
        }
        #expect(silent.stage == .tls && silent.mechanism == .noReply)
        #expect(silent.summary.contains("does not come to an end: \(answer.count) bytes"), "\(silent.summary)")
    }

    /// A way to TLS, up to the hello.
    private enum Way: CaseIterable {
        case proxy
        case mail

        var port: UInt16 { self == .proxy ? 3128 : 143 }

        func go(_ connection: inout ConnectionScript) {
            switch self {
            case .proxy:
                connection.client(Array("CONNECT web.lab:443 HTTP/1.1\r\nHost: web.lab\r\n\r\n".utf8))
                connection.server(Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8))
            case .mail:
                connection.server(Array("* OK ready\r\n".utf8))
                connection.client(Array("b STARTTLS\r\n".utf8))
                connection.server(Array("b OK\r\n".utf8))
            }
            connection.client(TestHello().bytes)
        }
    }

    @Test("What was said before a hello is no answer to it", arguments: Way.allCases)
    private func ways(_ way: Way) throws {
        let closed = try ConnectionScript.opened(way.port) { connection in
            way.go(&connection)
            connection.finish(byClient: false)
        }
        #expect(closed.stage == .tls && closed.mechanism == .closedByPeer)
        #expect(closed.summary.contains("upon the ClientHello for web.lab"), "\(closed.summary)")
        let silent = try ConnectionScript.opened(way.port) { connection in
            way.go(&connection)
            connection.acknowledge(fromClient: false)
            connection.wait(9_000)
            connection.finish(byClient: true)
        }
        #expect(silent.stage == .tls && silent.mechanism == .noReply)
        #expect(silent.summary.contains("was not answered for 9"), "\(silent.summary)")
        // Who does not know of the reset repeats its words, and the client knows no such connection.
        let reset = try ConnectionScript.opened(way.port) { connection in
            way.go(&connection)
            connection.lateReset()
            connection.lateReset(byClient: true)
        }
        #expect(reset.stage == .tls && reset.mechanism == .tcpReset, "\(reset.summary)")
        let alert = try ConnectionScript.opened(way.port) { connection in
            way.go(&connection)
            connection.server([21, 3, 3, 0, 2, 2, 40])
            connection.finish(byClient: false)
        }
        #expect(alert.mechanism == .tlsAlert && alert.summary.contains("handshake_failure"))
    }

    @Test("In a tunnel where the server speaks first nothing is looked for")
    func otherTunnels() throws {
        let diagnosis = try ConnectionScript.opened(3128) { connection in
            connection.client(Array("CONNECT web.lab:22 HTTP/1.1\r\n\r\n".utf8))
            connection.server(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
            connection.server(Array("SSH-2.0-lab\r\n".utf8))
            connection.client(Array("SSH-2.0-me\r\n".utf8))
            connection.finish(byClient: false)
        }
        #expect(diagnosis.verdict == .open)
    }

    // MARK: Ends that are no answer

    /// The server's FIN, which acknowledges nothing of what the client said.
    private func finish(_ connection: inout ConnectionScript) {
        let fin = TCPHeader(
            from: connection.serverPort, to: connection.clientPort, [.fin, .ack], sequenceNumber: 5_001,
            acknowledgementNumber: 1_001)
        connection.keep(connection.back.tcp(fin, payload: []), false)
    }

    @Test("Who closes without having got the request did not close for it")
    func unasked() throws {
        let early = try ConnectionScript.opened(80) { connection in
            connection.client(Self.request)
            finish(&connection)
        }
        #expect(early.mechanism == .closedByPeer && early.zones == [.destination, .path] && early.actor == nil)
        #expect(early.summary.contains("before its TCP had taken the request GET /"), "\(early.summary)")
        let late = try ConnectionScript.opened(80) { connection in
            connection.client(Self.request)
            connection.repeatLast()
            connection.repeatLast()
            finish(&connection)
        }
        #expect(late.mechanism == .silentDrop && late.summary.contains("vanished"), "\(late.summary)")
        let asked = try ConnectionScript.opened(80) { connection in
            connection.client(Self.request)
            connection.finish(byClient: false)
        }
        #expect(asked.mechanism == .closedByPeer && asked.summary.contains("upon the request GET /"))
    }

    @Test("Words before a reset do not excuse it; what is reset a while later was not refused at once")
    func wordsAndReset() throws {
        for (pause, isRefusal) in [(0, true), (5_000, false)] as [(Int64, Bool)] {
            let diagnosis = try ConnectionScript.opened(8_608) { connection in
                connection.server(Array("Not for your address\r\n".utf8))
                connection.wait(pause)
                connection.reset(byClient: false)
            }
            #expect((diagnosis.mechanism == .tcpReset) == isRefusal, "\(diagnosis.summary)")
            if isRefusal { #expect(diagnosis.summary.contains("the far end spoke; then a reset came at once")) }
        }
    }
}
