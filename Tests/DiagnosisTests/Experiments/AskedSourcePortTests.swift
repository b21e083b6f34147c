import Conversations
import Diagnosis
import PacketWire
import Testing

@testable import Diagnosis

private let asked: UInt16 = 41_234

/// The port that was asked for gets no answer; others are tried, all with this outcome.
private func facts(
    sends: Int = 4, others: [Bool] = Array(repeating: true, count: 8), asksFor port: UInt16? = asked,
    hasWire: Bool = true
) -> HandmadeFacts {
    var made = HandmadeFacts(hasWire: hasWire)
    made.facts.sourcePort = port
    made.add(.primary, from: asked, sends: sends)
    made.add(.control, to: HandmadeFacts.web, at: 400, .synAck())
    made.burst(others, at: 1_000)
    return made
}

private func exceeded(_ hop: Int) -> HandmadeFacts.Reply { .icmp(11, 0, from: HandmadeFacts.routers[hop - 1]) }

/// The same with a ladder that left from `port`, and gets as far as the second router, or the third.
private func ladder(from port: UInt16, stopped: Bool = true, _ made: HandmadeFacts) -> HandmadeFacts {
    var made = made
    for hop in 1...3 {
        made.add(.rung(timeToLive: hop), at: 600, from: port, replies: stopped && hop == 3 ? [] : [exceeded(hop)])
        made.add(.controlRung(timeToLive: hop), to: HandmadeFacts.web, at: 605, replies: [exceeded(hop)])
    }
    return made
}

struct AskedSourcePortTests {
    @Test("One source port that fails beside all others decides, and is no loss")
    func decides() {
        let diagnosis = facts().facts.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .silentDrop)
        #expect(facts(sends: 2).facts.diagnose().mechanism == .silentDrop)
        #expect(diagnosis.confidence == .likely && diagnosis.zones.contains(.returnPath))
        #expect(diagnosis.summary.hasPrefix("From source port 41234 nothing is answered (4 SYNs), and from 8 other"))
    }

    @Test("Where chance takes one of the others, too, it is still that port, and not surely")
    func besideLoss() {
        let others = [true, true, true, false] + Array(repeating: true, count: 16)
        let diagnosis = facts(others: others).facts.diagnose()
        #expect(diagnosis.mechanism == .silentDrop && diagnosis.confidence == .likely)
        #expect(diagnosis.summary.contains("of 20 from other ports 1 was lost"), "\(diagnosis.summary)")
        // Of few packets, or where many are lost, chance may be all there is.
        #expect(facts(sends: 2, others: others).facts.diagnose().mechanism == .loss)
        let many = (0..<20).map { $0.isMultiple(of: 2) }
        #expect(facts(others: many).facts.diagnose().mechanism == .loss)
        #expect(facts(others: others, asksFor: nil).facts.diagnose().mechanism == .loss)
    }

    @Test("A ladder from that port places it, and one from another port does not")
    func places() {
        let placed = ladder(from: asked, facts()).facts.diagnose()
        #expect(placed.confidence == .strong && placed.zones == [.path])
        #expect(placed.afterHop?.ttl == 2 && placed.beforeHop?.ttl == 3)
        #expect(!placed.evidence.contains { $0.fact.contains("left from other ports") })
        let other = ladder(from: 50_000, stopped: false, facts(hasWire: false)).facts.diagnose()
        #expect(other.confidence == .likely && other.zones.contains(.localEgress))
        #expect(other.evidence.contains { $0.fact == "the ladder left from other ports than 41234" })
    }

    @Test("What reaches the host from another port is no part of that ladder")
    func mixedLadder() {
        var made = ladder(from: asked, facts())
        made.add(.rung(timeToLive: 4), at: 610, from: 50_000, .synAck())
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.zones == [.path] && diagnosis.beforeHop?.ttl == 3)
        #expect(diagnosis.path.first { $0.ttl == 4 }.map { $0.target == .notAsked } ?? true)
        made.add(.rung(timeToLive: 3), at: 611, from: 50_000)
        #expect(made.facts.diagnose().evidence.contains { $0.fact.hasPrefix("some packets of the ladder left") })
    }

    @Test(
        "Where ports decide, the ladder of one that fails counts beside one that passes, and the own port's alone does not"
    )
    func yieldsToMembers() {
        var made = facts(others: [true, false, true, false, true, false, true, false])
        made.burst([true, false, true, false, true, false, true, false], round: 2, at: 3_000)
        // The own port's is silent from the first router on, where echo, another way, goes on.
        made.add(.rung(timeToLive: 1), at: 9_000, from: asked)
        made.add(.controlRung(timeToLive: 1), to: HandmadeFacts.web, at: 9_005, replies: [exceeded(1)])
        for hop in 1...3 {
            made.add(.rung(timeToLive: hop), at: 9_100, from: 41_002, replies: hop == 3 ? [] : [exceeded(hop)])
            made.add(.controlRung(timeToLive: hop), at: 9_105, from: 41_000, replies: [exceeded(hop)])
        }
        let path = PathView(attempts: made.facts.attempts)
        #expect(path.isOfMembers && path.isOfFailing)
        #expect(path.lastAnswering?.ttl == 2 && path.differential?.ttl == 3)
        #expect(path.hops.first?.controlTally.sent == 1)
    }

    @Test(
        "Nobody asked for the port, too few others were tried, one of them failed, or it was not tried long enough",
        arguments: [
            facts(asksFor: nil), facts(others: [true, true, true, true]),
            facts(sends: 3, others: Array(repeating: true, count: 7) + [false]), facts(sends: 1),
        ].map(\.facts))
    func spares(_ facts: Facts) { #expect(AskedSourcePort.examine(Observations(facts)) == nil) }
}

/// A rule of this machine that looks at the port which was asked for.
struct AskedSourcePortHereTests {
    private static func dropped(isOutgoing: Bool, others: [Bool] = Array(repeating: true, count: 8)) -> HandmadeFacts {
        var made = facts(others: others)
        made.facts.kernel.watchesDrops = true
        made.facts.attempts[0].drops = (0..<4).map {
            KernelDrop(
                reason: "NETFILTER_DROP", place: "nft_do_chain", isOutgoing: isOutgoing,
                flags: isOutgoing ? .syn : [.syn, .ack], at: .zero + .seconds(Int64($0)))
        }
        if isOutgoing { made.facts.attempts[0].packets = [] }
        return made
    }

    @Test("The kernel's own word for the place, and other ports for what it hangs on", arguments: [true, false])
    func dropped(isOutgoing: Bool) {
        let diagnosis = Self.dropped(isOutgoing: isOutgoing).facts.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .silentDrop)
        #expect(diagnosis.zones == [isOutgoing ? .localEgress : .localIngress] && diagnosis.confidence == .proved)
        #expect(diagnosis.summary.hasPrefix("Only source port 41234 is stopped, and here."))
        #expect(diagnosis.summary.hasSuffix("From 8 other ports everything is answered."))
    }

    @Test("A ladder from another port is no sign that these packets left")
    func ladderOfOthers() {
        let made = ladder(from: 50_000, stopped: false, Self.dropped(isOutgoing: true))
        #expect(!Observations(made.facts).leftThisMachine)
        #expect(made.facts.diagnose().zones == [.localEgress])
    }

    @Test("Where no other passes, or none was tried, it is a block like any other")
    func others() {
        let blocked = Self.dropped(isOutgoing: true, others: Array(repeating: false, count: 8))
        #expect(blocked.facts.diagnose().verdict == .blocked)
        let alone = Self.dropped(isOutgoing: true, others: [])
        #expect(AskedSourcePort.examine(Observations(alone.facts))?.isUntested == true)
        #expect(!alone.facts.remainingCauses().isSettled && alone.facts.diagnose().verdict == .blocked)
    }

    @Test("A refusal in this machine's own name, and of that port alone")
    func refused() {
        func made(_ passing: Int, asksFor port: UInt16? = asked) -> Facts {
            let own = HandmadeFacts.Reply.icmp(3, 3, from: HandmadeFacts.local)
            var made = HandmadeFacts()
            made.facts.sourcePort = port
            made.add(.primary, from: asked, own)
            for index in 0..<8 { made.add(.experiment(.rerun), at: 100, index < passing ? .synAck() : own) }
            return made.facts
        }
        let diagnosis = made(8).diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.zones == [.localEgress] && diagnosis.confidence == .proved)
        #expect(
            diagnosis.summary.hasPrefix("Only source port 41234 is refused, and here: from 8 other ports it works."))
        #expect(made(0).diagnose().verdict == .blocked)
        #expect(AskedSourcePort.examine(Observations(made(5))) == nil, "others are refused, too")
        #expect(AskedSourcePort.examine(Observations(made(8, asksFor: nil))) == nil)
    }
}
