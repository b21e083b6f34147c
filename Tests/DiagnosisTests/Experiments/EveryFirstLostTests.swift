import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Every connection is answered, and none at its first SYN.
struct EveryFirstLostTests {
    @Test("What is answered at the second SYN each time is no open port like any other", arguments: [true, false])
    func each(hasWire: Bool) {
        var made = HandmadeFacts(hasWire: hasWire)
        made.add(.primary, sends: 2, .synAck(after: 1_002))
        for index in 0..<8 {
            made.add(
                .experiment(.sourcePort(round: 1)), at: 564 + 7 * Int64(index), from: 41_000 + 2 * UInt16(index),
                sends: 2,
                .synAck(after: 1_012))
        }
        for index in 0..<8 {
            made.add(
                .experiment(.sourcePort(round: 2)), at: 1_628 + 120 * Int64(index), from: 41_000 + 2 * UInt16(index),
                sends: 2, .synAck(after: 1_014))
        }
        // Nor does a router's answer to a second one tell how long the path takes.
        for hop in 1...3 {
            made.add(
                .rung(timeToLive: hop), at: 350, sends: hop == 3 ? 2 : 1,
                .icmp(11, 0, from: HandmadeFacts.routers[hop - 1], after: hop == 3 ? 1_005 : 1))
        }
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .loss)
    }
}
