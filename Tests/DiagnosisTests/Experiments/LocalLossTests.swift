import Conversations
import FilterRules
import PacketWire
import Testing

@testable import Diagnosis

/// Packets that come and go because of this machine itself: by a rule that hangs on chance, time or the source port.

private let pattern = [true, false, true, true, false, false, true, false]

private func filterDrop(out: Bool, at milliseconds: Int64) -> KernelDrop {
    KernelDrop(
        reason: "NETFILTER_DROP", place: "nft_do_chain", isOutgoing: out, flags: out ? .syn : [.syn, .ack],
        at: .zero + .milliseconds(milliseconds))
}

private func rule(out: Bool, _ ground: LocalRule.Ground, handle: UInt64 = 2) -> LocalRule {
    LocalRule(
        family: "inet", table: "w", chain: "c", handle: handle, hook: out ? "output" : "input", action: "drop",
        text: "numgen random mod 10 < 8 drop", ground: ground, isOutgoing: out)
}

/// A silent attempt whose every packet, or every answer, a rule of this machine dropped.
private func dropped(out: Bool, _ rules: [LocalRule]) -> HandmadeFacts {
    var made = HandmadeFacts()
    made.add(.primary, sends: 3, replies: out ? [] : [.synAck(), .synAck(after: 1_008), .synAck(after: 2_008)])
    made.facts.attempts[0].socket?.state = .pending
    if out {
        made.facts.attempts[0].packets = []
    } else {
        made.facts.attempts[0].packets.removeAll { $0.tcp?.flags == .ack }
    }
    made.facts.attempts[0].drops = (0..<3).map { filterDrop(out: out, at: 10 + 1_000 * $0) }
    made.facts.kernel.watchesDrops = true
    made.facts.kernel.readsRules = true
    made.facts.kernel.rules = rules
    return made
}

@Test(
    "What a rule drops by more than the packet's own fields is tried again before it counts as a block",
    arguments: [true, false])
func mayPass(out: Bool) {
    #expect(dropped(out: out, [rule(out: out, .matched)]).facts.remainingCauses().isSettled)
    let open = dropped(out: out, [rule(out: out, .possible)])
    #expect(!open.facts.remainingCauses().isSettled)
    #expect(open.facts.diagnose().confidence == .proved)
    // The others fail, too: then it is a block, whatever the rule hangs on.
    var tried = open
    tried.burst(pattern.map { _ in false })
    #expect(tried.facts.remainingCauses().isSettled && tried.facts.diagnose().verdict == .blocked)
    // And where some pass it is none.
    var mixed = open
    mixed.burst(pattern)
    let diagnosis = mixed.facts.diagnose()
    #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .loss, "\(diagnosis.summary)")
    #expect(diagnosis.zones.first == (out ? .localEgress : .localIngress), "\(diagnosis.zones)")
}

@Test("The only rule that can have dropped a packet is named, though it hangs on more than its fields")
func onlyRule() {
    let one = dropped(out: true, [rule(out: true, .possible), rule(out: false, .matched)]).facts.diagnose()
    #expect(one.summary.contains("Only one rule can have done that: rule with handle 2"), "\(one.summary)")
    let two = dropped(out: true, [rule(out: true, .possible), rule(out: true, .possible, handle: 3)]).facts
    #expect(!two.diagnose().summary.contains("Only one rule"))
    var unread = dropped(out: true, [rule(out: true, .possible)]).facts
    unread.kernel.readsRules = false
    #expect(!unread.diagnose().summary.contains("Only one rule"))
}

@Test("Answers that the tap saw and the socket never got were lost in this machine, whether a reason is known or not")
func ignoredAnswers() {
    var made = dropped(out: false, [])
    made.facts.attempts[0].drops = []
    made.burst(pattern)
    for index in made.facts.attempts.indices where index > 0 {
        guard made.facts.attempts[index].answer == .silence else { continue }
        var answer = made.facts.attempts[0].packets.first { !$0.fromInitiator }!
        answer.at = made.facts.attempts[index].startedAt + .milliseconds(8)
        answer.kind = .tcp(
            TCPHeader(
                from: 5432, to: made.facts.attempts[index].local?.port ?? 0, [.syn, .ack], sequenceNumber: 5_000,
                acknowledgementNumber: 1_001), payloadLength: 0)
        made.facts.attempts[index].packets.append(answer)
    }
    // They were all dropped before it was given up, or the first one only.
    for index in made.facts.attempts.indices where index > 0 {
        made.facts.attempts[index].givenUpAt = .zero + .seconds(4)
    }
    let all = made.facts.diagnose()
    #expect(all.verdict == .degraded && all.zones == [.localIngress], "\(all.zones)")
    for index in made.facts.attempts.indices where index > 0 && made.facts.attempts[index].answer == .silence {
        let begin = made.facts.attempts[index].startedAt
        made.facts.attempts[index].givenUpAt = begin + .milliseconds(500)
        for place in made.facts.attempts[index].packets.indices
        where !made.facts.attempts[index].packets[place].fromInitiator {
            made.facts.attempts[index].packets[place].at = begin + .milliseconds(900)
        }
    }
    // Those came when nobody waited any more, which is no loss.
    let one = made.facts.diagnose()
    #expect(one.zones == [.localIngress], "\(one.zones)")
}

@Test("A connection that waited for its second answer lost the first one here")
func secondAnswerIsTaken() {
    var made = HandmadeFacts()
    made.add(.primary, sends: 2, .synAck(), .synAck(after: 1_008))
    #expect(!made.facts.attempts[0].isFirstSYNLost)
    made.facts.attempts[0].socket?.at = .zero + .milliseconds(1_010)
    #expect(made.facts.attempts[0].isFirstSYNLost && made.facts.attempts[0].triesBeforeAnswer == 2)
    // Answered at once, and told late by a busy machine.
    made.facts.attempts[0].socket?.at = .zero + .milliseconds(200)
    #expect(!made.facts.attempts[0].isFirstSYNLost)
}

@Test("Without a capture a source port may fail in this machine, unless a hop has seen a packet of it")
func memberZones() {
    func facts(hasWire: Bool, watches: Bool = false, rung port: UInt16? = nil) -> Facts {
        var made = HandmadeFacts.blocked(hasWire: hasWire)
        made.burst(pattern)
        made.burst(pattern, round: 2, at: 1_500, apart: 120)
        made.facts.kernel.watchesDrops = watches
        if let port {
            made.add(
                .rung(timeToLive: 1), at: 2_600, from: port, .icmp(11, 0, from: HandmadeFacts.routers[0]))
        }
        return made.facts
    }
    #expect(facts(hasWire: false).diagnose().zones.contains(.localEgress))
    #expect(facts(hasWire: false, rung: 41_000).diagnose().zones.contains(.localEgress), "a port that passes")
    #expect(!facts(hasWire: false, rung: 41_002).diagnose().zones.contains(.localEgress), "a port that fails")
    #expect(!facts(hasWire: true).diagnose().zones.contains(.localEgress))
    #expect(!facts(hasWire: false, watches: true).diagnose().zones.contains(.localEgress))
}

@Test("Where nearly all is lost, ports that do the same twice may do so by chance")
func sharesDecide() {
    func confidence(_ answered: [Bool]) -> Confidence? {
        var made = HandmadeFacts.blocked()
        made.burst(answered)
        made.burst(answered, round: 2, at: 1_500, apart: 120)
        return BrokenMember.examine(Observations(made.facts))?.confidence
    }
    #expect(confidence(pattern) == .strong)
    #expect(confidence([true, true] + Array(repeating: false, count: 6)) == .likely)
}
