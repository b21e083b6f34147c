import Conversations
import PacketWire
import Testing

@testable import Diagnosis

private let ece: TCPFlags = [.syn, .ece, .cwr]

private func tried(
    _ experiment: Experiment, from port: UInt16? = nil, source: IPAddress = HandmadeFacts.local,
    _ reply: HandmadeFacts.Reply?, beside made: HandmadeFacts = .blocked()
) -> HandmadeFacts {
    var made = made
    if let reply {
        made.add(.experiment(experiment), at: 600, from: port, source: source, reply)
    } else {
        made.add(.experiment(experiment), at: 600, from: port, source: source)
    }
    return made
}

/// A silent attempt, then SYNs of our own making, of which some are answered.
private func variants(_ passing: Set<SYNVariant>) -> HandmadeFacts {
    var made = HandmadeFacts.blocked()
    for variant in SYNVariant.allCases {
        made = tried(.variant(variant), passing.contains(variant) ? .synAck() : nil, beside: made)
    }
    return made
}

/// The first SYN offers ECN, the second does not and is answered; then connections from other ports.
private func fallback(others: [Bool], second: TCPFlags = .syn) -> HandmadeFacts {
    var made = HandmadeFacts()
    made.add(.primary, sends: 2, flags: [ece, second], .synAck(after: 1_008))
    for (index, atOnce) in others.enumerated() {
        let at = 1_100 + Int64(index) * 8
        if atOnce {
            made.add(.experiment(.sourcePort(round: 1)), at: at, flags: [ece], .synAck())
        } else {
            made.add(.experiment(.sourcePort(round: 1)), at: at, sends: 2, flags: [ece, .syn], .synAck(after: 1_008))
        }
    }
    return made
}

private let cases: [CauseCase] = [
    .gives(
        SourceRule.self, "another address gets through", .blocked, "another address of this machine",
        tried(.otherSource, source: HandmadeFacts.other, .synAck())),
    .gives(
        SourceRule.self, "another address is reset: it got there", .blocked, "another address of this machine",
        tried(.otherSource, source: HandmadeFacts.other, .reset())),
    .spares(
        SourceRule.self, "a privileged port of the usual address gets through as well", .blocked,
        {
            var made = HandmadeFacts.blocked()
            made.add(.experiment(.privilegedPort), at: 800, from: 1_023, .synAck())
            return tried(.otherSource, source: HandmadeFacts.other, .synAck(), beside: made)
        }()),
    .spares(
        SourceRule.self, "another address gets no answer either", .blocked,
        tried(.otherSource, source: HandmadeFacts.other, nil)),
    .spares(
        SourceRule.self, "another address is rejected on the way", .blocked,
        tried(
            .otherSource, source: HandmadeFacts.other, .icmp(3, 13, from: HandmadeFacts.routers[1]))),
    .spares(
        SourceRule.self, "the usual address gets through now and then as well", .degraded,
        {
            var made = HandmadeFacts.blocked()
            made.burst([true, false, true, false])
            return tried(.otherSource, source: HandmadeFacts.other, .synAck(), beside: made)
        }()),
    .gives(
        SourcePortRule.self, "port 1023 gets through", .blocked, "From source port 1023 it works",
        tried(.privilegedPort, from: 1_023, .synAck())),
    .gives(
        SourcePortRule.self, "so does a copy of the SYN, from a high port", .blocked, "1023 and others it works",
        {
            var made = tried(.privilegedPort, from: 1_023, .synAck())
            made.add(.experiment(.variant(.unchanged)), at: 2_400, .synAck())
            return made
        }()),
    .spares(
        SourcePortRule.self, "port 1023 gets no answer either", .blocked, tried(.privilegedPort, from: 1_023, nil)),
    .spares(
        SourcePortRule.self, "other ports get through now and then as well", .degraded,
        {
            var made = HandmadeFacts.blocked()
            made.burst([true, false, true, false])
            return tried(.privilegedPort, from: 1_023, .synAck(), beside: made)
        }()),
    .gives(
        OptionSensitive.self, "without timestamps it passes", .blocked, "without timestamps, with MSS only",
        variants([.withoutTimestamps, .withMaximumSegmentSizeOnly])),
    .spares(
        OptionSensitive.self, "from port 1023 it passes as it is: each copy had a port of its own, too", .blocked,
        tried(.privilegedPort, from: 1_023, .synAck(), beside: variants([.withoutTimestamps]))),
    .spares(
        OptionSensitive.self, "from other ports it passes as it is now and then", .degraded,
        {
            var made = variants([.withoutTimestamps])
            made.burst([true, false, true, false])
            return made
        }()),
    .spares(
        OptionSensitive.self, "unchanged it passes too", .blocked, variants(Set(SYNVariant.allCases))),
    .spares(OptionSensitive.self, "nothing of ours passes", .blocked, variants([])),
    .gives(
        OptionSensitive.self, "no first SYN with ECN is answered", .degraded, "offers ECN and gets no answer",
        fallback(others: [false, false, false])),
    .spares(
        OptionSensitive.self, "others with ECN are answered at once: the first was lost", .degraded,
        fallback(others: [true, true, false])),
    .spares(
        OptionSensitive.self, "the repeated SYN offers ECN as well", .degraded,
        fallback(others: [false, false], second: ece)),
]

@Test("Rules on address, port and options are told from a plain block", arguments: cases)
func ruleCauses(_ item: CauseCase) { item.check() }

@Test("An answer takes up what the SYN offers, so the way back is as suspect, unless a hop shows where it is stopped")
func optionsOfAnswers() {
    var made = variants([.withoutTimestamps])
    #expect(Set(made.facts.diagnose().zones) == [.path, .destination, .returnPath])
    made.add(.rung(timeToLive: 1), at: 700, .icmp(11, 0, from: HandmadeFacts.routers[0]))
    made.add(.rung(timeToLive: 2), at: 701)
    made.add(.controlRung(timeToLive: 2), to: HandmadeFacts.web, at: 702, .icmp(11, 0, from: HandmadeFacts.routers[1]))
    #expect(made.facts.diagnose().zones == [.path])
    #expect(Set(fallback(others: [false, false, false]).facts.diagnose().zones) == [.path, .destination, .returnPath])
}

@Test("An address of this machine has no way on which a rule could look at the source", arguments: [true, false])
func localTarget(_ passes: Bool) {
    var facts = tried(.otherSource, source: HandmadeFacts.other, passes ? .synAck() : nil).facts
    facts.route = RouteFact(kind: .local, source: HandmadeFacts.local)
    let observations = Observations(facts)
    #expect(SourceRule.examine(observations) == nil && OptionSensitive.examine(observations) == nil)
    #expect(SourcePortRule.examine(observations) == nil && ShutOut.examine(observations) == nil)
}

@Test("That a port below 1024 passes is a rule on the port, unless a copy from a high one passes as well")
func copiesPass() {
    var made = tried(.privilegedPort, from: 1_023, .synAck())
    made.burst(Array(repeating: false, count: 8))
    #expect(made.facts.diagnose().confidence == .likely)
    made.add(.experiment(.privilegedPort), at: 2_000, from: 1_023, .synAck())
    #expect(made.facts.diagnose().confidence == .strong)
    made.add(.experiment(.variant(.withoutTimestamps)), at: 2_400, .synAck())
    #expect(made.facts.diagnose().confidence == .likely)
}

/// Where half of all source ports lead along a broken path, one try with something changed passes in half of all runs.
@Test(
    "A change that passes decides only where other ports were tried, and failed",
    arguments: [Experiment.privilegedPort, .otherSource, .variant(.withoutTimestamps)])
func changedPortsToo(_ experiment: Experiment) {
    func made(others: Int) -> Facts {
        let source = experiment == .otherSource ? HandmadeFacts.other : HandmadeFacts.local
        let port: UInt16? = experiment == .privilegedPort ? 20 : nil
        var made = tried(experiment, from: port, source: source, .synAck())
        if case .variant = experiment { made.add(.experiment(.variant(.unchanged)), at: 700) }
        if others > 0 { made = tried(experiment, from: port, source: source, .synAck(), beside: made) }
        // Ladders' packets that could have reached the host are tries, too, and of ports of their own.
        for hop in 4...6 { made.add(.rung(timeToLive: hop), at: 400) }
        made.add(.controlRung(timeToLive: 4), to: HandmadeFacts.web, at: 420, .synAck())
        made.burst(Array(repeating: false, count: others), at: 900)
        return made.facts
    }
    let few = made(others: 0)
    #expect(few.diagnose().confidence == .likely && few.diagnose().verdict == .blocked)
    #expect(few.remainingCauses().causes.contains("BrokenMember"), "asks for other ports")
    let many = made(others: 8)
    #expect(many.diagnose().confidence == .strong)
    #expect(many.remainingCauses().causes.isDisjoint(with: ["BrokenMember", "RandomLoss"]))
}

@Test(
    "What passed with a change and does not pass so again was let through by a limit, or by chance",
    arguments: [Experiment.privilegedPort, .otherSource, .variant(.withoutTimestamps), .variant(.unchanged)])
func changedOnce(_ experiment: Experiment) {
    let source = experiment == .otherSource ? HandmadeFacts.other : HandmadeFacts.local
    let port: UInt16? = experiment == .privilegedPort ? 20 : nil
    func made(again: [Bool]) -> Facts {
        var made = tried(experiment, from: port, source: source, .synAck())
        made.add(.experiment(.variant(.withoutSelectiveAcknowledgement)), at: 700)
        made.burst(Array(repeating: false, count: 8), at: 900)
        for (index, passes) in again.enumerated() {
            made.add(
                .experiment(experiment), at: 2_000 + 250 * Int64(index), from: port, source: source,
                replies: passes ? [.synAck()] : [])
        }
        return made.facts
    }
    let isChange = experiment != .variant(.unchanged)
    let once = made(again: [])
    #expect(ChangedTries(once.attempts).passedOnce.map(\.experiment) == [experiment])
    #expect(once.diagnose().verdict == .blocked && once.diagnose().confidence <= .likely)
    let each = made(again: [true, true])
    #expect(ChangedTries(each.attempts).passedOnce.isEmpty && each.diagnose().verdict == .blocked)
    #expect(each.diagnose().confidence == .strong || !isChange)
    // One of three may be lost by chance.
    #expect(!Trials(made(again: [true, false]).attempts).isMixed)
    // What this machine did not let out was no try.
    var kept = once
    var failed = kept.attempts.last { $0.purpose == .experiment(experiment) }!
    failed.packets = []
    failed.socket = SocketOutcome(state: .failed(SocketError(linux: 13), atOnce: true), at: failed.startedAt)
    kept.attempts.append(failed)
    #expect(!Trials(kept.attempts).isMixed && ChangedTries(kept.attempts).passedOnce.map(\.experiment) == [experiment])
    for again in [[false], [false, false]] {
        let never = made(again: again)
        #expect(Trials(never.attempts).isMixed && ChangedTries(never.attempts).passedOnce.isEmpty)
        let diagnosis = never.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .loss, "\(diagnosis.summary)")
        #expect(diagnosis.confidence == .likely)
        #expect(never.remainingCauses().causes.contains("RateLimit"), "asks for slow tries")
    }
}

@Test("A rule on the source port of datagrams is one as well, where a port below 1024 is answered")
func datagramSourcePort() {
    let kind = Attempt.Kind.udp(port: 5432)
    func made(_ others: Int, answered: Bool) -> Facts {
        var made = HandmadeFacts(.udp)
        made.add(.primary, to: kind, sends: 3)
        made.add(.control, to: HandmadeFacts.web, at: 350, .synAck())
        for index in 0..<others { made.add(.experiment(.sourcePort(round: 1)), to: kind, at: 550 + 8 * Int64(index)) }
        for at in [700, 950] as [Int64] {
            made.add(
                .experiment(.privilegedPort), to: kind, at: at, from: 123, replies: answered ? [.datagram()] : [])
        }
        return made.facts
    }
    let rule = made(8, answered: true).diagnose()
    #expect(rule.verdict == .blocked && rule.mechanism == .silentDrop && rule.confidence == .strong)
    #expect(rule.summary.contains("From source port 123 it works"), "\(rule.summary)")
    #expect(made(1, answered: true).diagnose().confidence == .likely)
    #expect(made(8, answered: false).diagnose().mechanism == .noReply)
    // Before any other port was tried, that a member of several paths is broken is a question.
    #expect(made(0, answered: false).remainingCauses().causes.contains("BrokenMember"))
    #expect(!made(8, answered: false).remainingCauses().causes.contains("BrokenMember"))
}

@Test("An error of connect itself that no filter gives is a policy of this machine; a route that says it is one")
func forbiddenConnect() {
    func made(_ error: Int32, atOnce: Bool = true, route: RouteFact.Kind = .unicast) -> Facts {
        var made = HandmadeFacts()
        made.add(.primary, sends: 1)
        made.facts.attempts[0].packets = []
        made.facts.attempts[0].socket = SocketOutcome(
            state: .failed(SocketError(linux: error), atOnce: atOnce), at: .zero)
        made.facts.route = RouteFact(kind: route, source: HandmadeFacts.local, interface: "eth0")
        made.facts.kernel.circumstances.controlGroup = "/user.slice/app\u{1b}[2J"
        return made.facts
    }
    for error in [1, 13] as [Int32] {
        let finding = SandboxRefusal.examine(Observations(made(error)))
        #expect(finding?.verdict == .blocked && finding?.mechanism == .permission)
        #expect(finding?.zones == [.localEgress] && finding?.confidence == .proved)
        #expect(finding?.summary.contains("Its control group is /user.slice/app") == true)
        #expect(finding?.summary.contains("\u{1b}") == false)
    }
    #expect(SandboxRefusal.examine(Observations(made(13, route: .prohibit))) == nil)
    #expect(SandboxRefusal.examine(Observations(made(13, atOnce: false))) == nil, "that came from the way")
    #expect(SandboxRefusal.examine(Observations(made(113))) == nil)
}

@Test(
    "The advice names the option, and the switch of this machine that leaves it out",
    arguments: [
        (SYNVariant.withoutTimestamps, "tcp_timestamps"), (.withoutWindowScale, "tcp_window_scaling"),
        (.withoutSelectiveAcknowledgement, "tcp_sack"),
    ])
func optionAdvice(_ variant: SYNVariant, _ name: String) {
    let finding = OptionSensitive.examine(Observations(variants([variant, .withMaximumSegmentSizeOnly]).facts))
    #expect(finding?.advice.contains { $0.contains(name) } == true, "\(finding?.advice ?? [])")
    let bare = OptionSensitive.examine(Observations(variants([.withMaximumSegmentSizeOnly]).facts))
    #expect(bare?.advice.contains { $0.contains("sysctl") } != true)
}

/// Six connections that each open with their second SYN, which has no ECN: by its flags, or for being no flow's first.
@Test(
    "A first SYN without ECN that passes tells a rule on ECN from one on each flow's first",
    arguments: [nil, false, true])
func ecnOrFirst(passes: Bool?) {
    var made = fallback(others: Array(repeating: false, count: 6))
    if let passes {
        made.add(.experiment(.variant(.withoutECN)), at: 600, from: 47_000, replies: passes ? [.synAck()] : [])
    }
    let diagnosis = made.facts.diagnose()
    #expect((FirstOfFlow.examine(Observations(made.facts)) == nil) == (passes == true))
    #expect(diagnosis.summary.contains("offers ECN"), "\(diagnosis.summary)")
    #expect(diagnosis.lookAlikes.contains { $0.cause.contains("first packet of each flow") } == (passes != true))
}
