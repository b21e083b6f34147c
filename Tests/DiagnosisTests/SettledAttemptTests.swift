import CaptureReplay
import Conversations
import PacketWire
import StallpointTestKit
import Testing

@testable import Diagnosis

/// What is worked out once for an attempt, and what is told only of those that are kept.
struct SettledAttemptTests {
    private func facts() throws -> Facts {
        var script = PacketScript()
        script.send(.syn)
        script.answer([.syn, .ack])
        script.send(.ack, sequence: 1_001, acknowledges: 5_001)
        return try #require(script.table.facts(observedUntil: script.end).first)
    }

    @Test func whatIsSettledIsWhatIsFound() throws {
        let attempt = try #require(try facts().attempts.first)
        #expect(attempt.found == nil)
        let settled = attempt.settled
        #expect(settled.found?.handshake == TCPHandshake(attempt.packets))
        #expect(settled.handshake == attempt.handshake && settled.handshake.isEstablished)
        #expect(settled.answer == attempt.answer)
    }

    @Test func anotherPacketMakesAnotherAnswer() throws {
        var attempt = try #require(try facts().attempts.first).settled
        attempt.packets.removeAll { !$0.fromInitiator || $0.tcp?.flags == .ack }
        #expect(attempt.found == nil)
        #expect(attempt.handshake.synAcks.isEmpty && attempt.answer == .silence)
    }

    @Test func inShortOnlyTheStoryIsMissing() throws {
        let facts = try facts()
        let whole = facts.diagnose()
        var short = facts.diagnoseInShort()
        #expect(short.timeline.isEmpty && whole.timeline.count == 3)
        #expect(short != whole)
        short.timeline = facts.timeline
        #expect(short == whole)
    }
}
