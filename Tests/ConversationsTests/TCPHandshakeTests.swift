import Conversations
import PacketWire
import StallpointTestKit
import Testing

struct TCPHandshakeTests {
    private func handshake(_ write: (inout PacketScript) -> Void) -> TCPHandshake {
        var script = PacketScript()
        write(&script)
        return TCPHandshake(script.table.conversations[0].packets)
    }

    @Test("A reset that acknowledges the SYN refuses it; one that does not is a stray")
    func resets() {
        let refused = handshake {
            $0.send(.syn)
            $0.answer([.rst, .ack], acknowledges: 1_001)
        }
        #expect(refused.refusals.count == 1 && refused.strayResets.isEmpty)
        let stray = handshake {
            $0.send(.syn)
            $0.answer([.rst, .ack], acknowledges: 9_999)
        }
        #expect(stray.refusals.isEmpty && stray.strayResets.count == 1)
    }

    @Test("Two SYNs that meet are one connection: RFC 9293 section 3.5")
    func simultaneousOpen() {
        var script = PacketScript()
        script.send(.syn)
        script.answer(.syn, acknowledges: 0)
        script.send([.syn, .ack], acknowledges: 5_001)
        script.answer([.syn, .ack])
        script.send(.ack, sequence: 1_001, acknowledges: 5_001)
        script.answer(.ack, sequence: 5_001)
        let conversations = script.table.conversations
        #expect(conversations.count == 1)
        #expect(TCPHandshake(conversations[0].packets).crossingSYNs.map(\.tcp?.sequenceNumber) == [5_000])
        #expect(conversations[0].sent.packets == 3 && conversations[0].received.packets == 3)
    }

    /// As Linux does it on lossy links: what was lost, delayed or not captured changes nothing.
    @Test(
        "Two SYNs that meet stay one connection, however often they are said again",
        arguments: [
            // Each end repeats its SYN as SYN-ACK.
            "S< S> A> A< A> A< .> .<", "S< S> A< A> A> .<", "S> S< A< A< A> .>",
            // The other end has not heard the SYN-ACK yet, and repeats its SYN.
            "S> S< A> S< A> S< .> A< .<", "S> S> S< A> S< .> A> A<",
            // The SYN comes behind what it was repeated as.
            "S> A< .> S< .> .<",
            // One direction only.
            "S> A> .> .>",
        ])
    func simultaneousOpenRepeated(_ course: String) {
        var script = PacketScript()
        for step in course.split(separator: " ") {
            switch step {
            case "S>": script.send(.syn)
            case "S<": script.answer(.syn, acknowledges: 0)
            case "A>": script.send([.syn, .ack], acknowledges: 5_001)
            case "A<": script.answer([.syn, .ack])
            case ".>": script.send(.ack, sequence: 1_001, acknowledges: 5_001)
            default: script.answer(.ack, sequence: 5_001)
            }
        }
        let conversations = script.table.conversations
        #expect(conversations.count == 1)
        #expect(
            conversations[0].sent.packets + conversations[0].received.packets == course.split(separator: " ").count)
    }

    @Test("A SYN-ACK for another number is no answer")
    func strayAnswers() {
        let result = handshake {
            $0.send(.syn)
            $0.answer([.syn, .ack], acknowledges: 4_242)
        }
        #expect(result.synAcks.isEmpty && result.strayAnswers.count == 1 && !result.isEstablished)
    }

    @Test("The sequence space wraps")
    func wraps() {
        let result = handshake {
            $0.send(.syn, sequence: .max)
            $0.answer([.syn, .ack], acknowledges: 0)
        }
        #expect(result.synAcks.count == 1)
    }

    @Test("Data with the SYN may be acknowledged with it, or not", arguments: [UInt32(1_001), 1_005])
    func fastOpen(_ acknowledges: UInt32) {
        let result = handshake {
            $0.send(.syn, payload: [1, 2, 3, 4])
            $0.answer([.syn, .ack], acknowledges: acknowledges)
        }
        #expect(result.synAcks.count == 1)
    }

    @Test("After the handshake a reset is a reset, and its FIN a FIN")
    func afterwards() {
        let result = handshake {
            $0.send(.syn)
            $0.answer([.syn, .ack])
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
            $0.answer([.fin, .ack], sequence: 5_001)
            $0.answer(.rst, sequence: 5_002)
        }
        #expect(result.isEstablished && result.fins.count == 1 && result.resets.count == 1 && result.refusals.isEmpty)
    }

    @Test("SYNs sent again after the answer are counted apart")
    func synsAfterAnswer() {
        let result = handshake {
            $0.send(.syn)
            $0.send(.syn)
            $0.answer([.syn, .ack])
            $0.send(.syn)
        }
        #expect(result.syns.count == 3 && result.synsAfterAnswer == 1)
    }
}
