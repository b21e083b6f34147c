import PacketWire
import Testing

@testable import Diagnosis

/// A router is told to be quiet where packets pass it, and nowhere else.
struct QuietHopTests {
    private static let routers = ["198.51.100.1", "192.0.2.2", "192.0.2.6"].map { IPAddress($0)! }

    private static func hop(_ ttl: Int, _ answer: PathHop.Answer, _ answered: Int, of sent: Int) -> PathHop {
        var hop = PathHop(ttl: ttl, target: answer)
        hop.targetTally.sent = sent
        hop.targetTally.answered = answered
        return hop
    }

    @Test("Who refuses lets nothing pass, however few of the errors are heard")
    func refuser() {
        let refusal = PathHop.Answer.refused(Self.routers[1], "3/13")
        let hops = [
            Self.hop(1, .silence, 0, of: 2), Self.hop(2, refusal, 1, of: 2), Self.hop(3, .silence, 0, of: 1),
            Self.hop(4, refusal, 1, of: 1),
        ]
        // The first one lies before the refusal, which has passed it; behind it no router is known.
        #expect(hops.map { $0.quietness(among: hops) } == [.mute, nil, nil, nil])
    }

    @Test("Without a refusal what answers farther on has passed")
    func passed() {
        let hops = [
            Self.hop(1, .timeExceeded(Self.routers[0]), 1, of: 2), Self.hop(2, .silence, 0, of: 2),
            Self.hop(3, .timeExceeded(Self.routers[2]), 2, of: 2),
        ]
        #expect(hops.map { $0.quietness(among: hops) } == [.sparing, .mute, nil])
    }
}
