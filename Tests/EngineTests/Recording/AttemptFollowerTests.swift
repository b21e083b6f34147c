import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

@Suite struct AttemptFollowerTests {
    /// What is said, by source port: in order.
    private final class Said {
        var ports: [UInt16] = []
        var verdicts: [Verdict] = []

        func hear(_ diagnosis: TargetDiagnosis, _ conversation: Conversation) {
            ports.append(conversation.flow?.source.port ?? 0)
            verdicts.append(diagnosis.verdict)
        }
    }

    private func follow(_ script: PacketScript, _ follower: inout AttemptFollower, _ said: Said) {
        for (index, frame) in script.frames.enumerated() {
            follower.observe(frame.packet, in: frame.bytes.span, frame: index + 1, at: frame.at, said.hear)
        }
    }

    @Test("Each attempt is reported once, as soon as it is decided")
    func once() {
        var script = PacketScript()
        HandshakeSieveTests.handshake(&script, from: 1)
        script.send(.syn, from: 2)
        script.answer([.rst, .ack], to: 2)
        script.send(.syn, from: 3)
        HandshakeSieveTests.bulk(&script, 5, from: 1)
        // It began before, and there is nothing to say of it.
        script.send(.ack, from: 4, payload: [1])
        let said = Said()
        var follower = AttemptFollower()
        follow(script, &follower, said)
        #expect(said.ports == [1, 2] && said.verdicts == [.open, .closed])
        follower.settle(at: script.end, said.hear)
        #expect(said.ports == [1, 2])
        follower.settle(at: script.end + .milliseconds(3_500), said.hear)
        #expect(said.ports == [1, 2, 3])
        follower.finish(at: script.end + .seconds(9), said.hear)
        #expect(said.ports == [1, 2, 3] && follower.notFollowed == 0)
    }

    @Test("The same ports again are another attempt")
    func again() {
        var script = PacketScript()
        for number: UInt32 in [1_000, 70_000] {
            script.send(.syn, sequence: number)
            script.answer([.rst, .ack], acknowledges: number + 1)
        }
        let said = Said()
        var follower = AttemptFollower()
        follow(script, &follower, said)
        #expect(said.verdicts == [.closed, .closed])
    }

    /// A hundred times more attempts than one table holds, each decided at once but every tenth; none is lost.
    @Test("A new table takes over, and the old one lasts until it is decided")
    func generations() {
        let said = Said()
        var follower = AttemptFollower(capacity: 50)
        var now = Instant.zero
        for source: UInt16 in 1...5_000 {
            var script = PacketScript()
            script.send(.syn, from: source)
            if source % 10 != 0 { script.answer([.rst, .ack], to: source) }
            for frame in script.frames {
                follower.observe(frame.packet, in: frame.bytes.span, frame: 1, at: now, said.hear)
            }
            now = now + .milliseconds(100)
            follower.settle(at: now, said.hear)
        }
        follower.finish(at: now, said.hear)
        #expect(said.ports.sorted() == Array(1...5_000))
        #expect(follower.notFollowed == 0)
    }

    @Test("An answer to an attempt of the old table is filed there")
    func late() {
        let said = Said()
        var follower = AttemptFollower(capacity: 5)
        var script = PacketScript()
        for source: UInt16 in 1...8 { script.send(.syn, from: source) }
        for source: UInt16 in 1...8 { script.answer([.rst, .ack], to: source) }
        follow(script, &follower, said)
        #expect(said.ports == Array(1...8) && said.verdicts == Array(repeating: .closed, count: 8))
    }

    @Test("What there was no room for is counted")
    func overflow() {
        let said = Said()
        var follower = AttemptFollower(capacity: 5)
        var script = PacketScript()
        for source: UInt16 in 1...20 { script.send(.syn, from: source) }
        follow(script, &follower, said)
        follower.finish(at: script.end, said.hear)
        #expect(said.ports.count == 10 && follower.notFollowed == 10)
    }
}
