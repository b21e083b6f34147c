import Conversations
import Diagnosis
import FilterRules
import PacketWire
import Testing

@testable import Diagnosis

/// An ICMP error in the target's name from two hops away, where the host is four, for a packet that no tap saw.
private func refused(_ type: UInt8, _ code: UInt8, readsRules: Bool, translates: Bool, sends: Int = 0) -> HandmadeFacts
{
    var made = HandmadeFacts()
    made.add(.primary, sends: sends, .icmp(type, code, from: HandmadeFacts.host, timeToLive: 63, after: 3_100))
    made.add(.control, to: HandmadeFacts.web, at: 400, .synAck())
    made.facts.kernel.readsRules = readsRules
    made.facts.kernel.translatesDestination = translates
    return made
}

struct LedElsewhereTests {
    @Test(
        "An error in the host's name for what never left under that name is no filter's on the way",
        arguments: [(3, 1), (3, 13), (3, 3)] as [(UInt8, UInt8)], [(true, true), (false, false)])
    func translated(error: (UInt8, UInt8), rules: (reads: Bool, translates: Bool)) {
        let made = refused(error.0, error.1, readsRules: rules.reads, translates: rules.translates)
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.zones.contains(.localEgress) && diagnosis.confidence <= .likely)
        #expect(diagnosis.summary.hasPrefix("A nat rule of this machine writes another destination"))
        #expect(Observations(made.facts).asksForLocalRules)
    }

    @Test("The rule that leads elsewhere is named where it is known", arguments: [true, false])
    func named(isCertain: Bool) {
        var facts = refused(3, 1, readsRules: true, translates: true).facts
        #expect(facts.diagnose().advice.first?.hasPrefix("Look at the nat rules of this machine") == true)
        facts.kernel.destinationTranslator = LocalRule(
            family: "ip", table: "nat", chain: "o", handle: 2, hook: "output", action: "translate",
            text: "tcp dport 5432 dnat to 10.2.0.9", ground: isCertain ? .matched : .possible, isOutgoing: true)
        let advice = facts.diagnose().advice.first ?? ""
        #expect(advice.contains("rule with handle 2 of chain o in table ip nat (tcp dport 5432 dnat to 10.2.0.9)"))
        #expect(advice.contains("if it is that one") == !isCertain)
    }

    @Test("What left is answered from the way, whatever rules there are")
    func left() {
        let made = refused(3, 13, readsRules: true, translates: true, sends: 1)
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.zones == [.path] && diagnosis.summary.contains("a filter answers in the host's name"))
        #expect(!Observations(made.facts).asksForLocalRules)
    }

    /// Tries of a connection that a nat rule leads elsewhere; `nil` for silence. None of their SYNs is seen.
    private static func led(_ replies: [HandmadeFacts.Reply?], to translates: Bool = true) -> HandmadeFacts {
        var made = HandmadeFacts()
        made.add(.primary, replies: replies.first?.map { [$0] } ?? [])
        made.add(.control, to: HandmadeFacts.web, at: 20, .synAck())
        for (index, reply) in replies.dropFirst().enumerated() {
            made.add(
                reply == .reset() || replies.first == .reset()
                    ? .experiment(.rerun) : .experiment(.sourcePort(round: 1)),
                at: 200 + Int64(index) * 60, replies: reply.map { [$0] } ?? [])
        }
        for index in made.facts.attempts.indices where made.facts.attempts[index].purpose != .control {
            made.facts.attempts[index].packets.removeAll(where: \.fromInitiator)
        }
        made.facts.kernel.readsRules = true
        made.facts.kernel.translatesDestination = translates
        return made
    }

    @Test("One member of a service refuses: no refusal of this machine itself, though its rules lead there")
    func memberRefuses() {
        let made = Self.led([.reset(), .synAck(), .reset(), .synAck(), .reset(), .synAck()])
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.confidence == .likely && diagnosis.actor == nil)
        #expect(diagnosis.zones == [.localEgress, .path, .returnPath, .destination], "\(diagnosis.zones)")
        #expect(diagnosis.summary.contains("led to several, of whom not all accept"), "\(diagnosis.summary)")
        // Without such a rule it is this machine's own.
        let own = Self.led([.reset(), .synAck(), .reset(), .synAck(), .reset(), .synAck()], to: false).facts.diagnose()
        #expect(
            own.zones == [.localEgress] && own.summary.hasPrefix("This machine itself refused it"), "\(own.summary)")
    }

    @Test("One member of a service is silent: the loss may be where this machine leads it")
    func memberSilent() {
        var pattern: [HandmadeFacts.Reply?] = [nil]
        for index in 0..<20 { pattern.append(index % 3 == 0 ? .synAck() : nil) }
        let diagnosis = Self.led(pattern).facts.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.confidence <= .likely, "\(diagnosis.summary)")
        #expect(diagnosis.zones == [.localEgress, .path, .returnPath, .destination], "\(diagnosis.zones)")
        #expect(diagnosis.summary.contains("a nat rule of this machine leads it elsewhere"), "\(diagnosis.summary)")
        #expect(diagnosis.advice.contains { $0.contains("iptables -t nat") })
    }

    @Test(
        "An error in the name of a target behind a router, that has passed none, may be this machine's own",
        arguments: [
            (64, true, true), (62, true, false), (64, false, false),
        ] as [(UInt8, Bool, Bool)])
    func nobodyBehindOwnRule(timeToLive: UInt8, isBehindRouter: Bool, mayBeOwn: Bool) {
        var made = HandmadeFacts(hasWire: false)
        made.add(
            .primary, sends: 3, .icmp(3, 1, from: HandmadeFacts.host, timeToLive: timeToLive, after: 3_100))
        if !isBehindRouter { made.facts.route?.gateway = nil }
        let finding = NobodyBehindHost.examine(Observations(made.facts))
        #expect(finding?.zones == (mayBeOwn ? [.destination, .localEgress] : [.destination]))
    }

    @Test("A capture that lost packets proves no departure missing")
    func lossyCapture() {
        var made = refused(3, 13, readsRules: false, translates: false)
        made.facts.capturedWithLoss = true
        #expect(!Observations(made.facts).isTranslatedHere)
    }
}

@Test("A stall before the first router is told by that one alone, and by no hop that is not there")
func beforeFirstHop() {
    var made = HandmadeFacts.blocked()
    made.add(.rung(timeToLive: 1), at: 600)
    made.add(
        .controlRung(timeToLive: 1), to: HandmadeFacts.web, at: 605, .icmp(11, 0, from: HandmadeFacts.routers[0]))
    let summary = made.facts.diagnose().summary
    #expect(summary.contains("is swallowed before hop 1 (198.51.100.1), which tcp/443"), "\(summary)")
}

@Test("The host stands where it first answers the control, though a nearer packet of the target's was refused")
func hostBehindRefusal() {
    var made = HandmadeFacts.blocked()
    for hop in 1...5 {
        let exceeded = HandmadeFacts.Reply.icmp(11, 0, from: HandmadeFacts.routers[min(hop, 3) - 1])
        let refusal = HandmadeFacts.Reply.icmp(3, 13, from: HandmadeFacts.routers[1])
        made.add(.rung(timeToLive: hop), at: 600, replies: hop < 3 ? [exceeded] : hop == 5 ? [] : [refusal])
        made.add(
            .controlRung(timeToLive: hop), to: HandmadeFacts.web, at: 605, replies: [hop < 4 ? exceeded : .synAck()])
    }
    #expect(made.facts.diagnose().beforeHop?.ttl == 4)
}

@Test("Where the attempt was refused, tries that stay unanswered are no loss")
func refusedNotLost() {
    var made = HandmadeFacts()
    made.add(.primary, .icmp(3, 13, from: HandmadeFacts.routers[1]))
    made.add(.control, to: HandmadeFacts.web, at: 400, .synAck())
    made.add(.experiment(.rerun), at: 500, .synAck())
    made.add(.experiment(.rerun), at: 520)
    made.burst([true, false, true, false, false, true, false, false, true, false, false, false])
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.mechanism == .icmpReject && diagnosis.summary.hasPrefix("Refused at first, and 1 of 2 tries"))
    #expect(RandomLoss.examine(Observations(made.facts)) == nil)
}
