import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// The first packet of each flow is lost, and none behind it.
struct FirstOfFlowTests {
    private static let never = Array(repeating: false, count: 8)

    /// Opened by its second SYN; a burst of which nothing passes; then slow tries, from ports of the burst and from others.
    private static func slow(known: Bool, fresh: Bool, hasWire: Bool = true) -> HandmadeFacts {
        var made = HandmadeFacts(hasWire: hasWire)
        made.add(.primary, sends: 2, .synAck(after: 1_008))
        made.burst(never, at: 2_000)
        for index in 0..<6 {
            let at = 3_500 + 1_050 * Int64(index)
            let isKnown = index % 2 == 0
            let replies: [HandmadeFacts.Reply] = (isKnown ? known : fresh) ? [.synAck()] : []
            made.add(
                .experiment(.paced), at: at, from: isKnown ? 41_000 + 2 * UInt16(index) : nil, replies: replies)
        }
        return made
    }

    @Test("What was tried before passes and what is fresh does not: no chance and no limit", arguments: [true, false])
    func decisive(hasWire: Bool) throws {
        let made = Self.slow(known: true, fresh: false, hasWire: hasWire)
        let starts = Trials(made.facts.attempts).flowStarts
        #expect(starts.failed == 12 && starts.passed == 0 && starts.failedAlone >= 3)
        #expect(starts.passedLater == 4 && starts.resumed == 3 && starts.failedLater == 0)
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .silentDrop)
        #expect(diagnosis.confidence == .strong && diagnosis.zones.contains(.path))
        #expect(diagnosis.summary.contains("12 of 12 first ones were lost, also those that came slowly,"))
        #expect(diagnosis.lookAlikes.isEmpty)
    }

    @Test(
        "Without a capture it may be ECN, which this machine's first SYNs ask for",
        arguments: [(true, false, true), (true, true, false), (false, false, false)])
    func congestionNotification(_ asks: Bool, _ hasWire: Bool, _ isSaid: Bool) {
        var made = HandmadeFacts(hasWire: hasWire)
        made.add(.primary, sends: 2, .synAck(after: 1_008))
        made.burst(Self.never, at: 2_000)
        for index in 0..<6 {
            made.add(.experiment(.paced), at: 3_500 + 1_050 * Int64(index), sends: 2, .synAck(after: 1_008))
        }
        made.facts.kernel.circumstances.asksForECN = asks
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.summary.contains("Of each connection the first SYN"))
        #expect(diagnosis.summary.contains("asks for ECN") == isSaid, "\(diagnosis.summary)")
        #expect(diagnosis.advice.contains { $0.contains("tcp_ecn=2") } == isSaid)
        // What was tried before passes at once, ECN or not.
        var decisive = Self.slow(known: true, fresh: false, hasWire: false)
        decisive.facts.kernel.circumstances.asksForECN = true
        #expect(!decisive.facts.diagnose().summary.contains("asks for ECN"))
    }

    /// Whoever drops stands before the place where the first rung ended, or behind it.
    @Test("What a ladder's packet was the first of is nobody's start and nothing later", arguments: [true, false])
    func behindLadder(passes: Bool) {
        var made = Self.slow(known: true, fresh: false)
        let fresh = Trials(made.facts.attempts).flowStarts
        made.add(.rung(timeToLive: 2), at: 20, from: 45_000)
        made.add(.rung(timeToLive: 4), at: 30, from: 45_000, replies: passes ? [.synAck()] : [])
        // Asked again it gets there all the same: the host is so far away.
        made.add(.rung(timeToLive: 4), at: 1_030, from: 45_000, .synAck())
        let starts = Trials(made.facts.attempts).flowStarts
        #expect(starts.passed == 0 && starts.failed == fresh.failed && starts.failedLater == 0)
        #expect(starts.passedLater == fresh.passedLater + 1)
        #expect(made.facts.diagnose().mechanism == .silentDrop)
        // Alone, it is the first of its flow.
        made.facts.attempts.removeAll { $0.purpose == .rung(timeToLive: 2) }
        let alone = Trials(made.facts.attempts).flowStarts
        #expect(passes ? alone.passed == 1 : alone.failed == fresh.failed + 1)
    }

    /// As on a path that loses one in thirty besides: the fewer of them, the surer.
    @Test("A later packet that is lost besides does not make it chance", arguments: [1, 2, 8, 9])
    func lossBesides(lost: Int) {
        var made = Self.slow(known: true, fresh: false)
        let port = made.facts.attempts[1].local?.port
        for index in 0..<lost { made.add(.experiment(.rerun), at: 9_000 + 1_050 * Int64(index), from: port) }
        let starts = Trials(made.facts.attempts).flowStarts
        #expect(starts.failedLater == lost && starts.answeredLater == 4 && starts.passed == 0)
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.mechanism == (lost == 1 ? .silentDrop : .loss))
        if lost == 1 { #expect(diagnosis.summary.contains("and only 1 of the 5 behind them")) }
        // Where more are lost, chance is still not all there is, as long as the firsts fare worse.
        #expect(starts.areWorse == (lost < 9))
        if starts.areWorse, lost > 1 { #expect(diagnosis.confidence == .likely) }
    }

    @Test("A limit lets fresh ones pass that come slowly")
    func limit() {
        let made = Self.slow(known: true, fresh: true)
        #expect(FirstOfFlow.examine(Observations(made.facts)) == nil)
        #expect(made.facts.diagnose().mechanism == .rateLimit)
    }

    @Test("Where what was tried before fails as well, nothing tells the first from the others")
    func others() {
        for (known, fresh) in [(false, false), (false, true)] {
            let made = Self.slow(known: known, fresh: fresh)
            #expect(FirstOfFlow.examine(Observations(made.facts)) == nil)
            #expect(made.facts.diagnose().mechanism != .silentDrop)
        }
    }

    @Test("Repetitions alone, without one port taken up again, may be a host that takes a second")
    func repetitionsAlone() throws {
        var made = HandmadeFacts(hasWire: false)
        made.add(.primary, sends: 2, .synAck(after: 1_008))
        for index in 0..<6 {
            made.add(
                .experiment(.sourcePort(round: 1)), at: 1_100 + 8 * Int64(index), from: 41_000 + 2 * UInt16(index),
                sends: 2, .synAck(after: 1_012))
        }
        let finding = try #require(FirstOfFlow.examine(Observations(made.facts)))
        #expect(finding.confidence == .likely && !finding.isUntested)
        #expect(!finding.summary.contains("slowly"))
    }

    @Test("One connection that needed its second SYN is a reason to look, and no pattern")
    func one() {
        var made = HandmadeFacts()
        made.add(.primary, sends: 2, .synAck(after: 1_008))
        #expect(FirstOfFlow.examine(Observations(made.facts)) == nil)
        made.burst(Self.never, at: 2_000)
        #expect(FirstOfFlow.examine(Observations(made.facts))?.isUntested == true)
    }

    @Test("A SYN that was sent right before the end was not waited for")
    func lastSYN() {
        func lost(_ given: Int64) -> Int {
            var made = HandmadeFacts()
            made.add(.primary, .synAck(after: 20))
            made.add(.experiment(.sourcePort(round: 1)), at: 2_000, sends: 2)
            made.facts.attempts[1].givenUpAt = .zero + .milliseconds(2_000 + given)
            return Trials(made.facts.attempts).lost
        }
        #expect(lost(1_005) == 1 && lost(1_100) == 2)
    }

    @Test("What this machine dropped of it is no slowness of the host's")
    func droppedHere() {
        func trials(_ isDropped: Bool) -> Trials {
            var made = HandmadeFacts()
            // The tap saw the second SYN alone, and its answer.
            for index in 0..<4 {
                made.add(
                    index == 0 ? .primary : .experiment(.sourcePort(round: 1)), at: 10 * Int64(index),
                    .synAck(after: 1_010))
                made.facts.attempts[index].socket?.retransmissions = 1
                made.facts.attempts[index].packets[0].at = made.facts.attempts[index].startedAt + .milliseconds(1_002)
                guard isDropped else { continue }
                made.facts.attempts[index].drops = [
                    KernelDrop(
                        reason: "NETFILTER_DROP", place: "nft_do_chain", isOutgoing: true, flags: .syn,
                        at: made.facts.attempts[index].startedAt)
                ]
            }
            return Trials(made.facts.attempts)
        }
        #expect(trials(true).lost == 4 && trials(true).isMixed)
        #expect(trials(false).lost == 0)
    }
}
