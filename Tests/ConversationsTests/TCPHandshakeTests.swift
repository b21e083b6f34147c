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
