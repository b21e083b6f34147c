import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// A packet that is copied on its way runs out of TTL twice, in two places.
struct CopiedPacketTests {
    private static let routers = HandmadeFacts.routers

    /// A reset from the second router beside the host's own answer. The rung that ends there is answered by it and by the
    /// third router, in either order; what the control's is answered by is another matter.
    private static func facts(copyFirst: Bool, control: IPAddress?, hasWire: Bool = true) -> Facts {
        var made = HandmadeFacts(hasWire: hasWire)
        made.add(.primary, .reset(63, after: 6), .synAck(after: 8))
        made.add(.control, to: HandmadeFacts.web, at: 20, .synAck())
        for hop in 1...3 {
            let at = 100 + 20 * Int64(hop)
            let own = HandmadeFacts.Reply.icmp(11, 0, from: routers[hop - 1], after: copyFirst ? 9 : 4)
            let copy = HandmadeFacts.Reply.icmp(11, 0, from: routers[2], after: 6)
            made.add(.rung(timeToLive: hop), at: at, replies: hop == 2 ? [own, copy] : hop == 1 ? [own] : [.reset(63)])
            let router = hop == 2 ? control : routers[hop - 1]
            made.add(
                .controlRung(timeToLive: hop), to: HandmadeFacts.web, at: at + 5,
                replies: router.map { [.icmp(11, 0, from: $0)] } ?? [])
        }
        made.add(.controlRung(timeToLive: 4), to: HandmadeFacts.web, at: 200, .synAck())
        return made.facts
    }

    @Test(
        "The router that answers both ladders stands there, whoever was first", arguments: [true, false], [true, false])
    func common(copyFirst: Bool, hasWire: Bool) {
        let facts = Self.facts(copyFirst: copyFirst, control: Self.routers[1], hasWire: hasWire)
        #expect(PathView(attempts: facts.attempts).router(at: 2) == Self.routers[1])
        guard hasWire else { return }
        let diagnosis = facts.diagnose()
        #expect(diagnosis.mechanism == .tcpReset && diagnosis.actor == Self.routers[1], "\(diagnosis.summary)")
    }

    @Test("Where the control went another way, or was not heard, the first answer counts", arguments: [true, false])
    func other(isHeard: Bool) {
        let facts = Self.facts(copyFirst: true, control: isHeard ? IPAddress("192.0.2.34") : nil)
        #expect(PathView(attempts: facts.attempts).router(at: 2) == Self.routers[2])
    }

    /// The second router sends a copy on, whose TTL it leaves as it is: the rung of three hops reaches the host. The third
    /// router's word on the copy of the second rung is heard or not.
    private static func copied(isHeard: Bool, timeToLive: UInt8 = 61) -> Facts {
        var made = HandmadeFacts()
        let rejects = HandmadeFacts.Reply.icmp(3, 13, from: routers[1], after: 4)
        made.add(.primary, .synAck(timeToLive, after: 3), rejects)
        made.acknowledge()
        made.add(.control, to: HandmadeFacts.web, at: 20, .synAck())
        for hop in 1...3 {
            let own = HandmadeFacts.Reply.icmp(11, 0, from: routers[hop - 1])
            let copy = HandmadeFacts.Reply.icmp(11, 0, from: routers[2], after: 6)
            made.add(
                .rung(timeToLive: hop), at: 100 + 20 * Int64(hop),
                replies: hop == 3 ? [.synAck(timeToLive)] : [own])
            if hop == 2, isHeard { made.add(.rung(timeToLive: hop), at: 400, copy) }
            made.add(.controlRung(timeToLive: hop), to: HandmadeFacts.web, at: 105 + 20 * Int64(hop), own)
        }
        made.add(.controlRung(timeToLive: 4), to: HandmadeFacts.web, at: 200, .synAck())
        return made.facts
    }

    @Test("A router that leaves the TTL of what it copies makes no proxy of itself", arguments: [true, false])
    func unproven(isHeard: Bool) {
        let observations = Observations(Self.copied(isHeard: isHeard))
        #expect(observations.path.endsShort == !isHeard)
        #expect(AnsweredByMiddlebox.examine(observations)?.confidence == (isHeard ? nil : .likely))
        #expect(observations.facts.diagnose().mechanism != .answeredByMiddlebox)
        // What answers from nearer is what answers, whatever is copied.
        let nearer = Observations(Self.copied(isHeard: false, timeToLive: 62))
        #expect(AnsweredByMiddlebox.examine(nearer)?.confidence ?? .weak >= .strong)
    }
}
