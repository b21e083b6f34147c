import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// What comes a byte a second comes to no end that anybody waits for.
struct TrickleTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n"

    private static func answered(_ first: String, _ rest: Int, every milliseconds: Int64, isLeft: Bool) throws
        -> TargetDiagnosis
    {
        try ConnectionScript.opened(80) { connection in
            connection.client(Array("GET / HTTP/1.1\r\nHost: a.lab\r\n\r\n".utf8))
            if !first.isEmpty { connection.server(Array(first.utf8)) }
            for byte in Array(head.utf8 + [UInt8](repeating: 0x78, count: 200)).prefix(rest) {
                connection.wait(milliseconds)
                connection.server([byte])
                connection.acknowledge(fromClient: true)
            }
            if isLeft { connection.finish(byClient: true) }
        }
    }

    @Test("A head or a content that trickles is unfinished, left or not", arguments: [true, false])
    func http(isLeft: Bool) throws {
        let headed = try Self.answered("", 20, every: 1_000, isLeft: isLeft)
        #expect(headed.verdict == .interfered && headed.stage == .application && headed.mechanism == .noReply)
        #expect(headed.summary.contains("20 bytes of its head"), "\(headed.summary)")
        let content = try Self.answered(Self.head, 30, every: 1_000, isLeft: isLeft)
        #expect(content.verdict == .interfered && content.stage == .transfer && content.mechanism == .noReply)
        #expect(content.summary.contains("of the 5067 that it announces"), "\(content.summary)")
    }

    @Test("What is small, and comes in time, is none")
    func quick() throws {
        #expect(try Self.answered(Self.head, 30, every: 10, isLeft: false).verdict == .open)
        #expect(try Self.answered(Self.head, 5, every: 1_000, isLeft: false).verdict == .open)
    }

    @Test("A service that has said who it is and is left alone does not trickle", arguments: [22, 25, 3_306, 5_900])
    func idle(port: UInt16) throws {
        let diagnosis = try ConnectionScript.opened(port) { connection in
            // Words that nobody knows are words.
            let words =
                port == 22
                ? "SSH-2.0-lab\r\n" : port == 25 ? "220 mail.lab\r\n" : "\u{FC}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}"
            connection.server(Array(words.utf8))
            connection.acknowledge(fromClient: true)
            for _ in 0..<12 {
                connection.wait(10_000)
                connection.keepAlive()
                connection.acknowledge(fromClient: false)
            }
            connection.finish(byClient: true)
        }
        #expect(diagnosis.verdict == .open, "\(diagnosis.summary)")
    }

    @Test("A greeting that trickles is none", arguments: [(22, true), (25, true), (443, false)] as [(UInt16, Bool)])
    func greeting(_ port: UInt16, _ isMissed: Bool) throws {
        let diagnosis = try ConnectionScript.opened(port) { connection in
            for byte in "220 welcome to all of you".utf8 {
                connection.wait(1_000)
                connection.server([byte])
                connection.acknowledge(fromClient: true)
            }
            connection.finish(byClient: true)
        }
        #expect(diagnosis.verdict == (isMissed ? .interfered : .open))
        if isMissed { #expect(diagnosis.confidence == .weak && diagnosis.summary.contains("a few at a time")) }
    }
}
