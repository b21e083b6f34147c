import CaptureReplay
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

/// Answers that arrive and cannot be taken must not be blamed on this machine's filters.
struct UnacceptableAnswerTests {
    private func diagnose(_ table: ConversationTable, isPending: Bool) throws -> TargetDiagnosis {
        var facts = try #require(table.facts(observedUntil: .zero + .seconds(3)).first)
        if isPending {
            facts.isOffline = false
            facts.witnesses = [.socket, .wire]
            facts.attempts[0].socket = SocketOutcome()
        }
        return facts.diagnose()
    }

    private func script() -> PacketScript {
        var script = PacketScript()
        for _ in 0..<3 {
            script.send(.syn)
            script.answer([.syn, .ack])
        }
        return script
    }

    @Test("A good SYN-ACK that the socket never gets is dropped here")
    func good() throws {
        let diagnosis = try diagnose(script().table, isPending: true)
        #expect(diagnosis.zones == [.localIngress])
        #expect(diagnosis.confidence == .proved)
    }

    @Test("A damaged one is not")
    func damaged() throws {
        var table = ConversationTable()
        for (index, frame) in script().frames.enumerated() {
            let isWhole = frame.packet.source == script().client
            table.observe(frame.packet, frame: index + 1, at: frame.at) {
                ChecksumReport(ipv4Header: .valid, transport: isWhole ? .valid : .wrong(found: 1, expected: 2))
            }
        }
        let diagnosis = try diagnose(table, isPending: true)
        #expect(diagnosis.mechanism == .alteredInTransit)
        #expect(!diagnosis.zones.contains(.localIngress))
        #expect(diagnosis.confidence < .strong)
    }

    @Test("Nor is one that acknowledges another number")
    func stray() throws {
        var script = PacketScript()
        script.send(.syn)
        script.answer([.syn, .ack], acknowledges: 77)
        let diagnosis = try diagnose(script.table, isPending: true)
        #expect(diagnosis.mechanism == .alteredInTransit)
        #expect(!diagnosis.zones.contains(.localIngress))
    }
}
