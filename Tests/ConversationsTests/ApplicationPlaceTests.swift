import PacketWire
import StallpointTestKit
import Testing

@testable import Conversations

/// Readers go from conversation to conversation, and what they read stays with its own.
struct ApplicationPlaceTests {
    private static let page = Array("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>short".utf8)

    /// A table that has read so far, and the frames that are to come.
    private static func read(_ script: PacketScript, into table: inout ConversationTable, from first: Int = 1) {
        for (index, frame) in script.frames.enumerated() {
            let number = first + index
            guard let position = table.observe(frame.packet, frame: number, at: frame.at) else { continue }
            table.read(frame.packet, in: frame.bytes.span, number: number, at: frame.at, position: position)
        }
    }

    private static func ask(_ path: String, from port: UInt16, isEnded: Bool, in script: inout PacketScript) {
        let request = Array("GET \(path) HTTP/1.1\r\nHost: www.example\r\n\r\n".utf8)
        let (asked, said) = (1_001 + UInt32(request.count), 5_001 + UInt32(page.count))
        script.send(.syn, from: port, to: 80)
        script.answer([.syn, .ack], from: 80, to: port)
        script.send([.ack, .psh], from: port, to: 80, sequence: 1_001, acknowledges: 5_001, payload: request)
        script.answer(.ack, from: 80, to: port, sequence: 5_001, acknowledges: asked, payload: page)
        if isEnded { script.answer([.fin, .ack], from: 80, to: port, sequence: said, acknowledges: asked) }
    }

    private func http(_ table: ConversationTable, _ position: Int) -> HTTPExchange? {
        if case .http(let exchange)? = table.application(at: position) { exchange } else { nil }
    }

    @Test("A page that waits for more is over with its responder's FIN, and the reader free")
    func ended() {
        var script = PacketScript()
        Self.ask("/one", from: 40_001, isEnded: true, in: &script)
        Self.ask("/two", from: 40_002, isEnded: false, in: &script)
        Self.ask("/three", from: 40_003, isEnded: true, in: &script)
        var table = ConversationTable()
        Self.read(script, into: &table)
        #expect(table.tracks.map { $0.reader != PacketArena.none } == [false, true, false])
        #expect(table.tracks.map { $0.application != PacketArena.none } == [true, false, true])
        // The first one's reader read the second, and another the third.
        #expect(table.tracks[1].reader == 0)
        for (position, path) in ["/one", "/two", "/three"].enumerated() {
            let exchange = http(table, position)
            #expect(exchange?.request?.value.target.description == path)
            #expect(exchange?.request?.value.host?.description == "www.example")
            #expect(exchange?.status?.value.code == 200 && exchange?.answer == nil)
        }
        table.finish(1, at: script.end)
        #expect(table.askApplication(at: 1) { $0.name == "HTTP" } == true)
    }

    @Test("Nothing of a conversation that was let go is in the next one")
    func letGo() {
        var script = PacketScript()
        Self.ask("/one", from: 40_001, isEnded: true, in: &script)
        Self.ask("/two", from: 40_002, isEnded: false, in: &script)
        var table = ConversationTable()
        Self.read(script, into: &table)
        table.remove([0, 1])
        #expect(table.count == 0)
        var next = PacketScript()
        next.send(.syn, from: 40_001, to: 80)
        next.answer([.syn, .ack], from: 80, to: 40_001)
        Self.ask("/three", from: 40_003, isEnded: true, in: &next)
        Self.read(next, into: &table, from: 100)
        #expect(table.application(at: 0) == nil && table.askApplication(at: 0) { _ in true } == nil)
        #expect(http(table, 1)?.request?.value.target.description == "/three")
        #expect(table.conversation(at: 0).analysis?.packets == 2)
    }

    @Test("A FIN in front of what is missing ends no page")
    func missing() {
        var script = PacketScript()
        Self.ask("/one", from: 40_001, isEnded: false, in: &script)
        script.answer([.fin, .ack], from: 80, to: 40_001, sequence: 5_001 + 900, acknowledges: 1_050)
        var table = ConversationTable()
        Self.read(script, into: &table)
        #expect(table.tracks[0].reader != PacketArena.none)
        #expect(http(table, 0)?.status?.value.code == 200)
    }
}
