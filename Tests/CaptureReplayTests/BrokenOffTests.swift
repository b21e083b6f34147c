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
        // Nothing is wrong where the content is cut: how long it was to be is the application's affair.
        let whole = try ConnectionScript.opened(80) { connection in
            connection.client(Self.request)
            connection.server(Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".utf8))
            connection.finish(byClient: false)
        }
        #expect(whole.verdict == .open)
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
