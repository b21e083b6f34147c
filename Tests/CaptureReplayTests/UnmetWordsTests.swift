import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A connection that was kept for later, and whose next words meet its end.
struct UnmetWordsTests {
    private static let request = Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
    private static let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)

    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// In milliseconds behind the answer.
        var pause: Int64 = 60_000
        var words = UnmetWordsTests.request
        var port: UInt16 = 80
        /// The server's end crosses the words; else it was there before them.
        var isCrossing = false
        var isTaken = false
        var isReset = true
        var isMet = true
    }

    @Test(
        "What is said after a pause, and met by the end, is lost without anybody's fault on the way",
        arguments: [
            Story(testDescription: "said to a server that had closed"),
            Story(testDescription: "crosses the end", isCrossing: true),
            Story(testDescription: "unknown words", words: [UInt8](repeating: 9, count: 65), port: 9_000),
            Story(
                testDescription: "unknown words that cross", words: [UInt8](repeating: 9, count: 65), port: 9_000,
                isCrossing: true),
            Story(
                testDescription: "a goodbye, perhaps", words: [UInt8](repeating: 9, count: 31), port: 9_000,
                isMet: false),
            Story(testDescription: "goes on though it was answered", pause: 20, isMet: false),
            Story(testDescription: "taken", isTaken: true, isMet: false),
            Story(testDescription: "no reset", isReset: false, isMet: false),
        ])
    func story(_ story: Story) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, story.port)
        connection.handshake()
        connection.client(story.port == 80 ? Self.request : [1, 2, 3])
        connection.server(story.port == 80 ? Self.answer : [4, 5, 6])
        connection.acknowledge(fromClient: true)
        connection.wait(story.pause)
        var closing = connection
        closing.finish(fromClient: false)
        if story.isCrossing {
            connection.client(story.words)
            if let end = closing.frames.last { connection.keep(end.bytes, false) }
        } else {
            connection = closing
            connection.acknowledge(fromClient: true)
            connection.wait(story.pause)
            connection.client(story.words)
        }
        if story.isTaken { connection.acknowledge(fromClient: false) }
        if story.isReset { connection.lateReset() }
        let diagnosis = try connection.onlyDiagnosis
        #expect((diagnosis.verdict == .open) != story.isMet, "\(diagnosis.summary)")
        guard story.isMet else { return }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .idle && diagnosis.mechanism == .closedByPeer)
        #expect(diagnosis.zones == [.destination, .path] && diagnosis.confidence == .likely)
        #expect(diagnosis.summary.contains("(\(story.words.count) bytes) met its end"))
        #expect(diagnosis.evidence.contains { $0.fact.contains("met the server's end") && $0.frames.count == 3 })
    }
}
