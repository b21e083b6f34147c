import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Requests and pages that do not come to their end, and words of which the far end knows nothing.
struct UnfinishedRequestTests {
    private static let upload = Array("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n".utf8)

    /// What else of the client's came by, and what became of the connection.
    private struct Story: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var waits: Int64 = 13_000
        var sendsAll = false
        /// What the client says next shows that something in front of it was lost.
        var isLost = false
        var answers = false
        var mechanism: Mechanism?
        var phrase = ""
    }

    @Test(arguments: [
        Story(testDescription: "stuck", mechanism: .noReply, phrase: "50 of the 9050 bytes that it announces came by"),
        Story(
            testDescription: "lost", isLost: true, mechanism: .silentDrop,
            phrase: "1460 bytes that the client said then were lost before this capture"),
        // Not for want of it.
        Story(testDescription: "closed at once", waits: 100, mechanism: .closedByPeer, phrase: "the server closed it"),
        Story(testDescription: "whole", sendsAll: true, mechanism: .closedByPeer, phrase: "the server closed it"),
        Story(testDescription: "answered", answers: true),
    ])
    private func story(_ story: Story) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 80)
        connection.handshake()
        connection.client(Self.upload)
        connection.acknowledge(fromClient: false)
        if story.sendsAll {
            for _ in 0..<9 { connection.client([UInt8](repeating: 0x41, count: 1_000)) }
            connection.acknowledge(fromClient: false)
        }
        connection.wait(story.waits)
        if story.answers { connection.server(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)) }
        connection.finish(fromClient: false)
        if story.isLost { connection.client([UInt8](repeating: 0xEE, count: 1_460)) }
        connection.acknowledge(fromClient: true)
        let diagnosis = try connection.keeping { bytes, _ in bytes.last != 0xEE }.diagnosis
        #expect(diagnosis.mechanism == story.mechanism, "\(diagnosis.summary)")
        #expect(diagnosis.verdict == (story.mechanism == nil ? .open : .interfered))
        #expect(diagnosis.summary.contains(story.phrase))
        if story.mechanism == .noReply || story.mechanism == .silentDrop {
            #expect(diagnosis.stage == .transfer && diagnosis.zones.contains(.path))
            #expect(!diagnosis.zones.contains(.destination))
        }
    }

    @Test(
        "Chunks that are not all there are a page that breaks off",
        arguments: [
            ("1000\r\nabcdef", true), ("5\r\nhello\r\n", true), ("5\r\nhello\r\n0\r\n\r\n", false), ("<html>", false),
            ("a", true),
        ])
    func chunks(_ content: String, _ breaksOff: Bool) throws {
        for isReset in [false, true] {
            let diagnosis = try ConnectionScript.opened(80) { connection in
                connection.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
                connection.server(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(content)".utf8))
                if isReset { connection.reset(byClient: false) } else { connection.finish(byClient: false) }
            }
            #expect((diagnosis.verdict == .interfered) == breaksOff, "\(diagnosis.summary)")
            #expect(diagnosis.summary.contains("in the middle of its chunks") == breaksOff)
        }
    }

    @Test("What is encoded otherwise says nothing of its length", arguments: ["identity", "gzip", "chunked, x"])
    func encodings(_ encoding: String) throws {
        let diagnosis = try ConnectionScript.opened(80) { connection in
            connection.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            connection.server(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: \(encoding)\r\n\r\n".utf8))
            connection.finish(byClient: false)
        }
        #expect(diagnosis.verdict == .open, "\(diagnosis.summary)")
    }

    @Test(
        "Words on a connection from before the capture that a reset answers",
        arguments: [(100, false, true), (30, false, false), (100, true, false)] as [(Int, Bool, Bool)])
    func unknown(_ count: Int, isAnswered: Bool, isTold: Bool) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 5_432)
        connection.client([UInt8](repeating: 7, count: count))
        if isAnswered { connection.server([1, 2, 3]) }
        connection.lateReset()
        let result = try CaptureReplay(connection.captureFile).result
        let told = result.diagnoses.first { $0.verdict != .open }
        #expect((told != nil) == isTold, "\(told?.summary ?? "")")
        guard let told, isTold else { return }
        #expect(told.verdict == .interfered && told.mechanism == .tcpReset && told.zones == [.destination, .path])
        #expect(told.summary.contains("100 bytes") && result.digest.remnants == 0)
    }

    @Test("Whose question it was says what its silence means")
    func silentService() throws {
        var exchange = ConnectionScript(to: ConnectionScript.server, 161)
        let question: [UInt8] = [
            0x30, 0x29, 2, 1, 1, 4, 6, 0x70, 0x75, 0x62, 0x6C, 0x69, 0x63, 0xA0, 0x1C, 2, 4, 1, 2, 3, 4, 2, 1, 0, 2, 1,
            0,
            0x30, 0x0E, 0x30, 0x0C, 6, 8, 0x2B, 6, 1, 2, 1, 1, 1, 0, 5, 0,
        ]
        for _ in 0..<3 {
            exchange.datagram(question, fromClient: true)
            exchange.wait(1_000)
        }
        let diagnosis = try exchange.diagnosis
        #expect(diagnosis.verdict == .undetermined && diagnosis.summary.contains("SNMP"), "\(diagnosis.summary)")
    }
}
