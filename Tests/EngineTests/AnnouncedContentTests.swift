import Conversations
import Diagnosis
import PacketWire
import SecureChannel
import StallpointTestKit
import Testing

@testable import Engine

/// What a good answer announces behind its head is waited for, so that a way that carries the head only shows.
struct AnnouncedContentTests {
    private static let moment = Instant.zero + .seconds(1)

    private func dialogue(_ head: String, _ content: Int = 0) throws -> Dialogue {
        let target = Target(
            input: "web.lab", host: "web.lab", address: ConnectionScript.server, port: 80, transport: .tcp)
        let dialogue = Dialogue(
            ApplicationRequest(usesTLS: false, path: "/"), target, TLSOptions(trust: try TLSTrustStore.empty()))
        dialogue.begin(at: .zero)
        let bytes = Array("HTTP/1.1 \(head)\r\n\r\n".utf8) + [UInt8](repeating: 0x61, count: content)
        dialogue.receive(bytes, at: Self.moment)
        return dialogue
    }

    @Test(
        "As much as is announced is enough, and of much a part",
        arguments: [
            ("200 OK\r\nContent-Length: 5000", 5_000), ("200 OK\r\nContent-Length: 9000000", 32_768),
            ("200 OK\r\nContent-Length: 9000000", 200_000), ("200 OK\r\nContent-Length: 0", 0),
            ("204 No Content\r\nContent-Length: 5", 0), ("200 OK\r\nContent-Length: -5", 0),
        ])
    func enough(head: String, content: Int) throws {
        let dialogue = try dialogue(head, content)
        #expect(dialogue.isDone && dialogue.facts.http?.end == nil)
        #expect(dialogue.facts.http?.content.count ?? 0 <= 8_192)
    }

    @Test("What is still to come is waited for, each time it goes on anew")
    func goesOn() throws {
        let dialogue = try dialogue("200 OK\r\nContent-Length: 20000", 1_000)
        #expect(!dialogue.isDone && !dialogue.isAnswered)
        #expect(dialogue.takeMoment() == Self.moment + .seconds(3))
        dialogue.receive([UInt8](repeating: 0x61, count: 1_000), at: Self.moment + .seconds(2))
        dialogue.tick(at: Self.moment + .seconds(3))
        #expect(!dialogue.isDone)
        // Slow is no stall.
        dialogue.stop(at: Self.moment + .milliseconds(2_900), isAcknowledged: true)
        #expect(dialogue.isDone && dialogue.facts.http?.end == nil)
    }

    @Test("What comes a byte at a time does not come to an end", arguments: [(1, true), (100, false)])
    func trickles(bytes: Int, isTooSlow: Bool) throws {
        // A head is long at once, and says nothing of the pace of what follows.
        let dialogue = try dialogue("200 OK\r\nX: \(String(repeating: "x", count: 2_000))\r\nContent-Length: 20000")
        for second in 1...6 {
            dialogue.receive([UInt8](repeating: 0x61, count: bytes), at: Self.moment + .seconds(Int64(second)))
        }
        dialogue.stop(at: Self.moment + .milliseconds(6_900), isAcknowledged: true)
        let end = isTooSlow ? DialogueEnd.silence(.milliseconds(6_900), isAcknowledged: true) : nil
        #expect(dialogue.isDone && dialogue.facts.http?.end == end)
        #expect(dialogue.facts.http?.contentReceived == 6 * bytes)
    }

    @Test("What ends before it is whole says how")
    func breaksOff() throws {
        let stalled = try dialogue("200 OK\r\nContent-Length: 20000", 1_000)
        stalled.tick(at: Self.moment + .seconds(3))
        #expect(stalled.isDone && stalled.facts.http?.end == .silence(.seconds(3), isAcknowledged: true))
        #expect(stalled.facts.http?.contentReceived == 1_000 && stalled.facts.http?.announced == 20_000)
        let closed = try dialogue("200 OK\r\nContent-Length: 20000", 17_000)
        closed.ended(nil, at: Self.moment + .seconds(1))
        #expect(closed.facts.http?.end == .closed() && closed.facts.http?.contentReceived == 17_000)
        let reset = try dialogue("200 OK\r\nContent-Length: 20000", 1_000)
        reset.ended(SocketError(system: 104), at: Self.moment)
        #expect(reset.facts.http?.end == .reset(SocketError(system: 104)))
        let stopped = try dialogue("200 OK\r\nContent-Length: 20000", 1_000)
        stopped.stop(at: Self.moment + .seconds(2), isAcknowledged: true)
        #expect(stopped.facts.http?.end == .silence(.seconds(2), isAcknowledged: true))
    }

    @Test(
        "Without a length, and of a refusal, nothing is missed",
        arguments: ["200 OK", "403 No\r\nContent-Length: 9000"])
    func uncounted(head: String) throws {
        let dialogue = try dialogue(head)
        dialogue.ended(nil, at: Self.moment)
        #expect(dialogue.isDone && dialogue.facts.http?.end == nil && dialogue.isAnswered)
    }

    @Test(
        "A long head is read on without being kept; one without an end is not waited for",
        arguments: [700, 16_384, 40_000])
    func longHeads(_ size: Int) throws {
        func answered(_ head: String) throws -> Dialogue {
            let target = Target(
                input: "web.lab", host: "web.lab", address: ConnectionScript.server, port: 80, transport: .tcp)
            let dialogue = Dialogue(
                ApplicationRequest(usesTLS: false, path: "/"), target, TLSOptions(trust: try TLSTrustStore.empty()))
            dialogue.begin(at: .zero)
            let bytes = Array(head.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                dialogue.receive(Array(bytes[start..<min(start + size, bytes.count)]), at: Self.moment)
            }
            return dialogue
        }
        let fields = "HTTP/1.1 200 OK\r\n" + String(repeating: "X-Field: and so on\r\n", count: 2_000)
        let waiting = try answered(fields)
        #expect(!waiting.isDone && waiting.facts.http?.status == nil)
        let whole = try answered(fields + "\r\ncontent")
        #expect(whole.isDone && whole.facts.http?.status?.code == 200 && whole.facts.http?.isEndless == false)
        let endless = try answered(fields + fields)
        #expect(endless.isDone && endless.facts.http?.isEndless == true && endless.facts.http?.end == nil)
    }
}
