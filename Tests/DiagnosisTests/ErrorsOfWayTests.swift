import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Whether routers' errors come back by the way of the ports that fail.
struct ErrorsOfWayTests {
    private static let failing: UInt16 = 41_000
    private static let passing: UInt16 = 41_002
    private static let other = IPAddress("192.0.2.34")!

    /// Four ports fail and four pass, twice each. The failing port's ladder ends behind a second hop of its own; a passing
    /// port's goes on. What gets through is asked from the failing port: of the next hop and of the host.
    private static func facts(next: Bool?, host: Bool?, second: IPAddress = other) -> Facts {
        var made = HandmadeFacts.blocked()
        let pattern = (0..<8).map { $0 % 2 == 1 }
        made.burst(pattern)
        made.burst(pattern, round: 2, at: 1_500, apart: 120)
        func exceeded(_ sender: IPAddress) -> [HandmadeFacts.Reply] { [.icmp(11, 0, from: sender)] }
        for hop in 1...3 {
            let router = HandmadeFacts.routers[hop - 1]
            made.add(
                .rung(timeToLive: hop), at: 4_000, from: failing,
                replies: hop == 3 ? [] : exceeded(hop == 2 ? other : router))
            made.add(
                .controlRung(timeToLive: hop), to: HandmadeFacts.target, at: 4_004, from: passing,
                replies: exceeded(router))
        }
        func beside(_ hop: Int, _ replies: [HandmadeFacts.Reply]) {
            made.add(.controlRung(timeToLive: hop), to: HandmadeFacts.web, at: 4_010, from: failing, replies: replies)
        }
        beside(2, exceeded(second))
        if let next { beside(3, next ? exceeded(HandmadeFacts.routers[2]) : []) }
        if let host { beside(4, host ? [.synAck()] : []) }
        return made.facts
    }

    @Test(
        "What took the same way tells",
        arguments: [
            (true, true, ErrorsOfWay.heard), (false, true, .lost), (false, false, .dead), (nil, true, .unknown),
            (false, nil, .unknown),
        ] as [(Bool?, Bool?, ErrorsOfWay)])
    func kinds(next: Bool?, host: Bool?, expected: ErrorsOfWay) {
        let observations = Observations(Self.facts(next: next, host: host))
        #expect(observations.path.isOfMembers && observations.errorsOfWay == expected)
    }

    @Test("What took another way tells nothing")
    func otherWay() {
        #expect(
            Observations(Self.facts(next: true, host: true, second: HandmadeFacts.routers[1])).errorsOfWay == .unknown)
        #expect(Observations(HandmadeFacts.blocked().facts).errorsOfWay == nil)
    }

    @Test("Errors that are lost widen the place, and where nobody knows the verdict is no more than likely")
    func verdicts() {
        let heard = Self.facts(next: true, host: true).diagnose()
        #expect(heard.zones == [.path] && heard.confidence == .strong && heard.beforeHop?.ttl == 3)
        let lost = Self.facts(next: false, host: true).diagnose()
        #expect(lost.zones == [.path, .destination, .returnPath] && lost.beforeHop == nil && lost.afterHop?.ttl == 2)
        #expect(lost.summary.contains("it may be the way back"))
        let dead = Self.facts(next: false, host: false).diagnose()
        #expect(dead.zones == [.path] && dead.confidence == .strong)
        let unknown = Self.facts(next: nil, host: nil).diagnose()
        #expect(unknown.zones == [.path] && unknown.confidence == .likely)
    }

    /// A trace from a port that fails: its own ladder, and a control that is asked from another port for each hop.
    private static func traced(seconds: [IPAddress]) -> Facts {
        var made = HandmadeFacts()
        made.add(.primary, from: failing, sends: 3)
        made.add(.control, to: HandmadeFacts.web, at: 350, .synAck())
        let pattern = (0..<8).map { $0 % 2 == 1 }
        made.burst(pattern)
        made.burst(pattern, round: 2, at: 1_500, apart: 120)
        for round in 0..<seconds.count {
            for hop in 1...3 {
                let at = 4_000 + 1_000 * Int64(round) + 10 * Int64(hop)
                func exceeded(_ second: IPAddress) -> [HandmadeFacts.Reply] {
                    [.icmp(11, 0, from: hop == 2 ? second : HandmadeFacts.routers[hop - 1])]
                }
                made.add(.rung(timeToLive: hop), at: at, from: failing, replies: hop == 3 ? [] : exceeded(other))
                made.add(
                    .controlRung(timeToLive: hop), to: HandmadeFacts.web, at: at + 4, replies: exceeded(seconds[round]))
            }
        }
        return made.facts
    }

    @Test("A control that goes other ways, too, does not place what fails by one of them")
    func controlElsewhere() {
        let same = Observations(Self.traced(seconds: [Self.other, Self.other]))
        #expect(!same.path.controlTakesOtherWays && same.errorsOfWay == nil && same.silenceZones == [.path])
        // Whichever answer came last.
        for seconds in [[Self.other, HandmadeFacts.routers[1]], [HandmadeFacts.routers[1], Self.other]] {
            let mixed = Observations(Self.traced(seconds: seconds))
            #expect(mixed.path.controlTakesOtherWays && mixed.errorsOfWay == .elsewhere)
            #expect(mixed.silenceZones == [.path, .destination, .returnPath] && mixed.silenceBounds.before == nil)
            #expect(mixed.facts.diagnose().confidence == .likely)
        }
    }
}
