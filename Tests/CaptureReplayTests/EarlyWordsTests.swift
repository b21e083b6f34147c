import CaptureFile
import CaptureReplay
import Conversations
import PacketWire
import StallpointTestKit
import Testing

/// What comes out of order is read in order.
@Suite struct EarlyWordsTests {
    private static let orders: [[Int]] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

    @Test("A hello, and a page, in three segments of any order", arguments: orders)
    func anyOrder(order: [Int]) throws {
        let hello = TestHello(padding: 900).bytes
        let page =
            Array("HTTP/1.1 403 Forbidden\r\nContent-Length: 30\r\n\r\n".utf8) + [UInt8](repeating: 0x2E, count: 30)
        let tls = try facts(hello, fromClient: true, order)
        #expect(tls.contains { $0.hasPrefix("TLS ClientHello for web.lab") }, "\(tls)")
        let http = try facts(page, fromClient: false, order)
        #expect(http.contains { $0.contains("403 Forbidden") }, "\(http)")
    }

    /// What the report says of a connection in which that is said, in three pieces.
    private func facts(_ words: [UInt8], fromClient: Bool, _ order: [Int]) throws -> [String] {
        var script = PacketScript()
        script.send(.syn)
        script.answer([.syn, .ack])
        script.send(.ack, sequence: 1_001, acknowledges: 5_001)
        var asked: UInt32 = 0
        if !fromClient {
            let request = Array("GET / HTTP/1.1\r\nHost: web.lab\r\n\r\n".utf8)
            script.send([.ack, .psh], sequence: 1_001, acknowledges: 5_001, payload: request)
            asked = UInt32(request.count)
        }
        let size = words.count / 3 + 1
        for piece in order {
            let bytes = Array(words[piece * size..<min((piece + 1) * size, words.count)])
            let offset = UInt32(piece * size)
            if fromClient {
                script.send(.ack, sequence: 1_001 + offset, acknowledges: 5_001, payload: bytes)
            } else {
                script.answer(.ack, sequence: 5_001 + offset, acknowledges: 1_001 + asked, payload: bytes)
            }
        }
        script.wait(.seconds(5))
        return try #require(try CaptureReplay(script.captureFile).diagnoses.first).factTexts
    }
}
