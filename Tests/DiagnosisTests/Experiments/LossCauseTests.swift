import Conversations
import PacketWire
import Testing

@testable import Diagnosis

private let pattern = [true, false, true, true, false, false, true, false]

/// A silent attempt, then a burst from eight ports, and the same ports again.
private func bursts(
    _ first: [Bool], again: [Bool]? = nil, paced: [Bool] = [], second: [Bool] = []
) -> HandmadeFacts {
    var made = HandmadeFacts.blocked()
    made.burst(first)
    if let again { made.burst(again, round: 2, at: 1_500, apart: 120) }
    made.paced(paced, at: 3_000)
    made.burstAgain(second)
    return made
}

/// The first control passed; then it is asked again.
private func shutOut(again sends: Int, _ reply: HandmadeFacts.Reply? = nil) -> HandmadeFacts {
    var made = HandmadeFacts.blocked()
    if let reply {
        made.add(.experiment(.controlRerun), to: HandmadeFacts.web, at: 2_600, sends: sends, reply)
    } else {
        made.add(.experiment(.controlRerun), to: HandmadeFacts.web, at: 2_600, sends: sends)
    }
    return made
}

/// One control is open and another closed, and the closed one is what comes again.
private func closedControl(again sends: Int, _ reply: HandmadeFacts.Reply? = nil) -> HandmadeFacts {
    var made = HandmadeFacts.blocked()
    made.add(.control, to: .tcp(port: 22), at: 355, .reset())
    if let reply {
        made.add(.experiment(.controlRerun), to: .tcp(port: 22), at: 2_600, sends: sends, reply)
    } else {
        made.add(.experiment(.controlRerun), to: .tcp(port: 22), at: 2_600, sends: sends)
    }
    return made
}

/// Opened by its second SYN; then whatever comes within a second fails, but for one where `late`.
private func spacedOut(late: Bool) -> HandmadeFacts {
    var made = HandmadeFacts()
    made.add(.primary, sends: 2, .synAck(after: 1_008))
    made.burst([true] + Array(repeating: false, count: 7), at: 2_066)
    if late { made.add(.experiment(.rerun), at: 2_200, .synAck()) }
    made.add(.experiment(.rerun), at: 3_092, .synAck())
    return made
}

private let cases: [CauseCase] = [
    .gives(
        RandomLoss.self, "the same ports pass and fail as it comes", .degraded, "others of the same kind did",
        bursts(pattern, again: pattern.map { !$0 })),
    .gives(
        RandomLoss.self, "it opens with its second SYN, and others fail now and then", .degraded,
        "needs more than one try",
        {
            var made = HandmadeFacts()
            made.add(.primary, sends: 2, .synAck(after: 1_008))
            made.burst(pattern, at: 1_100)
            made.burst(pattern.reversed(), round: 2, at: 2_000, apart: 120)
            return made
        }()),
    .spares(
        RandomLoss.self, "the same ports fail both times", .degraded, bursts(pattern, again: pattern)),
    .spares(RandomLoss.self, "nothing ever passes", .blocked, bursts(pattern.map { _ in false })),
    .spares(RandomLoss.self, "everything passes at once", .open, HandmadeFacts.answered()),
    .gives(
        RateLimit.self, "one of a burst passes, slow ones all do", .degraded, "7 of 8 in a burst",
        bursts([true] + Array(repeating: false, count: 7), paced: [true, true, true, true])),
    .gives(
        RateLimit.self, "none of a burst passes, slow ones all do", .degraded, "8 of 8 in a burst",
        bursts(Array(repeating: false, count: 8), paced: [true, true, true, true])),
    .gives(
        RateLimit.self, "and a second burst fares no better", .degraded, "; of a second burst 7 of 8 did not",
        bursts(
            [true] + Array(repeating: false, count: 7), paced: [true, true, true, true],
            second: [true] + Array(repeating: false, count: 7))),
    .spares(
        RateLimit.self, "one burst fails, and the second passes: something stood still", .degraded,
        bursts(
            Array(repeating: false, count: 8), paced: [true, true, true, true],
            second: Array(repeating: true, count: 8))),
    .spares(
        RateLimit.self, "one of the second burst is lost", .degraded,
        bursts(
            Array(repeating: false, count: 8), paced: [true, true, true, true],
            second: [false] + Array(repeating: true, count: 7))),
    .gives(
        RateLimit.self, "each that passes has waited a second, before any slow try", .degraded,
        "7 of 8 in a burst got no answer at once; whatever passed", spacedOut(late: false)),
    .spares(RateLimit.self, "one passes at once after another", .degraded, spacedOut(late: true)),
    .spares(
        RateLimit.self, "slow ones are lost as well", .degraded,
        bursts([true] + Array(repeating: false, count: 7), paced: [true, false, true, true])),
    .spares(
        RateLimit.self, "slow ones pass, and of the burst those between pass too", .degraded,
        bursts(pattern, paced: [true, true, true, true])),
    .spares(
        RateLimit.self, "nothing passes, slow ones neither", .blocked,
        bursts(Array(repeating: false, count: 8), paced: [false, false, false, false])),
    .gives(
        BrokenMember.self, "the same ports fail both times", .degraded, "5 of 9 ports",
        bursts(pattern, again: pattern)),
    .spares(
        BrokenMember.self, "one port does both", .degraded,
        bursts(pattern, again: [true, true, true, true, false, false, true, false])),
    .spares(BrokenMember.self, "no port was tried twice", .degraded, bursts(pattern)),
    .spares(
        BrokenMember.self, "every port fails both times", .blocked,
        bursts(pattern.map { _ in false }, again: pattern.map { _ in false })),
    .gives(
        ShutOut.self, "the control is silent at the end, twice", .blocked, "no longer does", shutOut(again: 2)),
    .spares(ShutOut.self, "the control lost one packet", .blocked, shutOut(again: 1)),
    .spares(ShutOut.self, "the control answers at the end", .blocked, shutOut(again: 1, .synAck())),
    .spares(ShutOut.self, "the control answers its second packet", .blocked, shutOut(again: 2, .synAck(after: 1_008))),
    .spares(ShutOut.self, "it was not asked again", .blocked, HandmadeFacts.blocked()),
    .spares(
        ShutOut.self, "another port than the open one came again, and was closed all along", .blocked,
        closedControl(again: 1, .reset())),
    .gives(
        ShutOut.self, "a port that was closed is silent at the end, and is what is named", .blocked,
        "tcp/22 of the same host answered at the beginning and no longer does", closedControl(again: 2)),
]

@Test("Loss, limits, broken members and bans are told apart", arguments: cases)
func lossCauses(_ item: CauseCase) { item.check() }

@Test("A broken member names the ports that fail and those that pass")
func brokenMemberNamesPorts() {
    let diagnosis = bursts(pattern, again: pattern).facts.diagnose()
    #expect(diagnosis.advice.contains { $0.contains("fail: 40002, 41002, 41008, 41010, 41014;") })
    #expect(diagnosis.advice.contains { $0.contains("pass: 41000, 41004, 41006, 41012.") })
    #expect(diagnosis.confidence == .strong)
    // One that passes may be luck, and what it looks like else is named.
    let few = bursts([true, false], again: [true, false]).facts.diagnose()
    #expect(few.mechanism == .loss && few.confidence == .likely)
    #expect(few.lookAlikes.map(\.cause) == ["one of several paths is broken"])
    let chance = bursts(pattern, again: pattern.map { !$0 }).facts.diagnose()
    #expect(chance.lookAlikes.isEmpty, "ports did both")
}

/// Seven of eight ports fail each time. Slow tries from ports of their own would pass by chance, once in sixteen runs where
/// half of all ports fail; from ports that had failed they tell.
@Test("Slow tries from ports that failed tell a limit from ports of which some fail", arguments: [true, false])
func slowTriesFromFailingPorts(isLimit: Bool) {
    let first = [true] + Array(repeating: false, count: 7)
    var made = HandmadeFacts.blocked()
    made.burst(first)
    made.burst(first, round: 2, at: 1_500, apart: 120)
    for (index, port) in [UInt16(41_002), 41_004, 41_006, 41_008].enumerated() {
        made.add(
            .experiment(.paced), at: 3_000 + 1_050 * Int64(index), from: port, replies: isLimit ? [.synAck()] : [])
    }
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.mechanism == (isLimit ? .rateLimit : .silentDrop), "\(diagnosis.summary)")
    #expect(isLimit || diagnosis.summary.contains("hangs on the source port"))
    // From fresh ports, as long as each port does the same each time, a limit is none that anybody could be sure of.
    var fresh = HandmadeFacts.blocked()
    fresh.burst(first)
    fresh.burst(first, round: 2, at: 1_500, apart: 120)
    fresh.paced([true, true, true, true], at: 3_000)
    fresh.burstAgain(first)
    #expect(fresh.facts.diagnose().mechanism != .rateLimit)
}

@Test("A limit is sure when a second burst shows it, too, and a moment of silence is no share")
func oneMomentIsNoPattern() {
    let none = Array(repeating: false, count: 8)
    let slow = [true, true, true, true]
    #expect(bursts(none, paced: slow).facts.diagnose().confidence == .likely)
    #expect(bursts(none, paced: slow, second: none).facts.diagnose().confidence == .strong)
    // Where half of everything is lost, such bursts and four slow tries that pass come about now and then.
    let half = [true, true, true, false, false, false, false, false]
    let luck = bursts(half, paced: slow, second: [true, false, true, false, true, false, true, false]).facts.diagnose()
    #expect(luck.confidence == .likely, "\(luck.summary)")
    let stoodStill = bursts(none, paced: slow, second: none.map { !$0 }).facts.diagnose()
    #expect(stoodStill.mechanism == .loss && stoodStill.confidence == .likely, "\(stoodStill.summary)")
    // Lost here and there, the same number is a share.
    let scattered = bursts(pattern, again: pattern.map { !$0 }, paced: slow, second: pattern).facts.diagnose()
    #expect(scattered.mechanism == .loss && scattered.confidence == .strong, "\(scattered.summary)")
}

@Test("Few tries are no strong sign of loss, many are")
func lossNeedsNumbers() {
    var made = HandmadeFacts()
    made.add(.primary, sends: 2, .synAck(after: 1_008))
    made.burst([true, true, true])
    #expect(made.facts.diagnose().confidence == .likely)
    made.burst(pattern, round: 1, at: 2_000)
    #expect(made.facts.diagnose().confidence == .strong)
}

@Test("A connection that fails with all its repeated packets is one trial")
func lossByConnection() {
    var made = HandmadeFacts()
    made.add(.primary, sends: 4)
    made.burst(pattern)
    made.burst(pattern.map { !$0 }, round: 2, at: 1_500, apart: 120)
    made.add(.experiment(.rerun), at: 5_000, sends: 3)
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.mechanism == .loss && diagnosis.confidence == .strong)
    #expect(diagnosis.summary.contains("of 18 connections, each with all its repeated packets, 10 of 18 lost"))
    #expect(diagnosis.advice.contains { $0.contains("load balancing") })
    // One that is answered by its second packet shows that packets stand for themselves.
    made.add(.experiment(.rerun), at: 6_000, sends: 2, .synAck(after: 1_008))
    let packets = made.facts.diagnose()
    #expect(packets.summary.contains("SYNs, 16 of 25 lost"), "\(packets.summary)")
}

/// Hops asked by one flow or by several, and whether the target's packets come to an end at the third.
private func ladders(_ made: HandmadeFacts, ports: [UInt16], stopped: Bool, second: IPAddress? = nil) -> HandmadeFacts {
    var made = made
    for hop in 1...3 {
        let exceeded = HandmadeFacts.Reply.icmp(11, 0, from: HandmadeFacts.routers[hop - 1])
        let mine = hop == 2 ? second.map { .icmp(11, 0, from: $0) } ?? exceeded : exceeded
        made.add(
            .rung(timeToLive: hop), at: 600, from: ports[hop % ports.count],
            replies: stopped && hop == 3 ? [] : [mine])
        made.add(.controlRung(timeToLive: hop), to: HandmadeFacts.web, at: 605, replies: [exceeded])
    }
    return made
}

private func many(_ made: HandmadeFacts, failing count: Int) -> HandmadeFacts {
    var made = made
    made.burst(Array(repeating: false, count: count))
    return made
}

@Test("Where some ports pass, hops are named only where they lie on the way of what fails")
func hopsOfWhatFails() {
    let mixed = bursts(pattern, again: pattern)
    func after(_ ports: [UInt16], stopped: Bool) -> Int? {
        BrokenMember.examine(Observations(ladders(mixed, ports: ports, stopped: stopped).facts))?.afterHop?.ttl
    }
    #expect(after([50_000], stopped: true) == 2)
    // The flow that was asked with may be one that passes.
    #expect(after([50_000], stopped: false) == nil)
    #expect(after([50_000, 50_002, 50_004], stopped: true) == nil)
}

@Test("A silence counts where the control was answered after it, though a second time the router has nothing left")
func silenceThatCounts() {
    func differential(_ control: Int64) -> Int? {
        var made = HandmadeFacts.blocked()
        made.add(.rung(timeToLive: 1), at: 600, .icmp(11, 0, from: HandmadeFacts.routers[0]))
        made.add(.rung(timeToLive: 2), at: 600)
        made.add(
            .controlRung(timeToLive: 2), to: HandmadeFacts.web, at: control,
            .icmp(11, 0, from: HandmadeFacts.routers[1]))
        made.add(.rung(timeToLive: 2), at: 1_700)
        made.add(.controlRung(timeToLive: 2), to: HandmadeFacts.web, at: 1_710)
        return PathView(attempts: made.facts.attempts).differential?.ttl
    }
    #expect(differential(610) == 2)
    // What it gave before may have been its last, and what it gives later may be its next.
    #expect(differential(590) == nil)
    #expect(differential(660) == nil)
}

@Test("A silence between two hops is strong where the way is known, and likely where there are several")
func waysAreKnown() {
    func confidence(_ made: HandmadeFacts) -> Confidence { made.facts.diagnose().confidence }
    let one = HandmadeFacts.blocked()
    #expect(confidence(ladders(one, ports: [50_000], stopped: true)) == .strong)
    #expect(confidence(ladders(one, ports: [50_000, 50_002, 50_004], stopped: true)) == .likely)
    // A copy of the SYN that passes leaves it to the ports, unless one flow shows where it ends.
    var copied = many(one, failing: 6)
    copied.add(.experiment(.variant(.unchanged)), at: 900, .synAck())
    #expect(confidence(ladders(copied, ports: [50_000, 50_002, 50_004], stopped: true)) == .likely)
    #expect(confidence(ladders(many(one, failing: 6), ports: [50_000, 50_002, 50_004], stopped: true)) == .strong)
    let other = IPAddress("192.0.2.34")!
    #expect(confidence(ladders(one, ports: [50_000], stopped: true, second: other)) == .likely)
}

@Test("What an experiment would settle is a reason to try, and none to report")
func untestedStaysSilent() {
    let (causes, isSettled) = HandmadeFacts.blocked().facts.remainingCauses()
    #expect(causes.isSuperset(of: ["RandomLoss", "RateLimit", "BrokenMember", "ShutOut", "SourceRule"]))
    #expect(!isSettled)
    let diagnosis = HandmadeFacts.blocked().facts.diagnose()
    #expect(!diagnosis.lookAlikes.contains { $0.cause.contains("chance") || $0.cause.contains("limit") })
    // An open port is settled, unless something odd about it has not been tried.
    #expect(HandmadeFacts.answered().facts.remainingCauses().isSettled)
    var thorough = HandmadeFacts.answered().facts
    thorough.isThorough = true
    #expect(
        thorough.remainingCauses().causes.isSuperset(of: ["RandomLoss", "RateLimit", "BrokenMember", "ConnectionLimit"])
    )
    #expect(!thorough.remainingCauses().isSettled && thorough.diagnose().verdict == .open)
    let odd = HandmadeFacts.answered(.synAck(window: 0)).facts
    #expect(odd.isDoubtful && !odd.remainingCauses().isSettled)
}

/// Every packet that got no answer was dropped here, but for `spared` of them.
private func lossHere(_ drop: KernelDrop, hasWire: Bool = true, spared: Int = 0) -> Facts {
    var made = HandmadeFacts(hasWire: hasWire)
    made.add(.primary, .synAck(after: 8))
    made.burst(pattern)
    made.burst(pattern.map { !$0 }, round: 2, at: 1_500, apart: 120)
    var facts = made.facts
    facts.kernel.watchesDrops = true
    for index in facts.attempts.indices.filter({ facts.attempts[$0].answer == .silence }).dropFirst(spared) {
        facts.attempts[index].drops = [drop]
    }
    return facts
}

private func dropped(_ flags: TCPFlags, out: Bool) -> KernelDrop {
    KernelDrop(
        reason: "NETFILTER_DROP", place: "nft_do_chain", isOutgoing: out, flags: flags, at: .zero + .milliseconds(1))
}

@Test("What this machine's own kernel dropped was not lost on the way", arguments: [true, false])
func lossOfOwnMaking(hasWire: Bool) {
    let out = lossHere(dropped(.syn, out: true), hasWire: hasWire).diagnose()
    #expect(out.verdict == .degraded && out.mechanism == .loss && out.zones == [.localEgress], "\(out.zones)")
    #expect(out.summary.contains("NETFILTER_DROP in nft_do_chain") && out.advice[0].contains("OUTPUT"))
    let back = lossHere(dropped([.syn, .ack], out: false), hasWire: hasWire).diagnose()
    #expect(back.zones == [.localIngress] && back.advice[0].contains("INPUT"), "\(back.zones)")
    // One that this machine did not drop was lost elsewhere.
    let part = lossHere(dropped(.syn, out: true), hasWire: hasWire, spared: 1).diagnose()
    #expect(part.zones.contains(.path) && !part.summary.contains("NETFILTER_DROP"), "\(part.zones)")
}

@Test("Where nobody looks at this machine's own part, loss may be there")
func lossUnwatched() {
    var facts = lossHere(dropped(.ack, out: true), hasWire: false)
    #expect(!facts.diagnose().zones.contains(.localEgress))
    facts.kernel.watchesDrops = false
    #expect(facts.diagnose().zones.contains(.localEgress))
}

@Test("SYNs that were dropped before the tap count, and their time is no round trip")
func dropsBeforeTap() {
    var made = HandmadeFacts()
    made.add(.primary, .synAck(after: 3_058))
    for start in [Int64(3_100), 3_200, 3_300] { made.add(.experiment(.sourcePort(round: 1)), at: start) }
    var facts = made.facts
    let syn = dropped(.syn, out: true)
    facts.attempts[0].drops = [syn, syn, syn]
    for index in 1...3 {
        facts.attempts[index].givenUpAt = facts.attempts[index].startedAt + .seconds(1)
        facts.attempts[index].drops = [syn]
    }
    let trials = Trials(facts.attempts)
    #expect(trials.sent == 7 && trials.lost == 6 && trials.isMixed, "\(trials.sent) \(trials.lost)")
    let diagnosis = facts.diagnose()
    #expect(diagnosis.verdict == .degraded && diagnosis.zones == [.localEgress], "\(diagnosis.summary)")
}

@Test("An outage that began meanwhile is left beside being shut out, and may be on the way back")
func outageBesideBan() {
    let diagnosis = shutOut(again: 2).facts.diagnose()
    #expect(diagnosis.lookAlikes.contains { $0.cause == "an outage began meanwhile" })
    #expect(diagnosis.zones == [.path, .destination, .returnPath] && diagnosis.confidence == .likely)
    #expect(diagnosis.summary.contains("or an outage"))
}

@Test("A control that is refused at the end is no outage, unless it is the host that is gone")
func refusedAtTheEnd() {
    let router = HandmadeFacts.routers[2]
    let banned = shutOut(again: 1, .icmp(3, 13, from: router)).facts.diagnose()
    #expect(banned.summary.contains("is refused at the end: ICMP 3/13") && banned.actor == router, "\(banned.summary)")
    #expect(!banned.lookAlikes.contains { $0.cause == "an outage began meanwhile" })
    let gone = shutOut(again: 1, .icmp(3, 1, from: router)).facts.diagnose()
    #expect(gone.summary.contains("or an outage") && gone.confidence == .likely)
    let reset = shutOut(again: 1, .reset()).facts.diagnose()
    #expect(reset.summary.contains("is reset at the end") && reset.actor == nil, "\(reset.summary)")
}

@Test("The silence of a rung that was never sent places nothing", arguments: [98, 99, 24])
func unsentRungsPlaceNothing(error: Int32) {
    var made = HandmadeFacts.silent()
    made.add(.control, to: HandmadeFacts.web, .synAck())
    made.add(.rung(timeToLive: 1), at: 500, .icmp(11, 0, from: HandmadeFacts.routers[0]))
    made.add(.rung(timeToLive: 2), at: 500)
    made.add(.controlRung(timeToLive: 2), to: HandmadeFacts.web, at: 505, .icmp(11, 0, from: HandmadeFacts.routers[1]))
    #expect(PathView(attempts: made.facts.attempts).differential?.ttl == 2)
    let rung = made.facts.attempts.count - 2
    made.facts.attempts[rung].packets = []
    made.facts.attempts[rung].socket = SocketOutcome(state: .failed(SocketError(linux: error), atOnce: true), at: .zero)
    let path = PathView(attempts: made.facts.attempts)
    #expect(path.differential == nil && path.hops.first { $0.ttl == 2 }?.target == .notAsked)
}

@Test("Controls that needed their second SYN from the beginning: the one that stays away at the end shows no block")
func lossyControls() {
    #expect(shutOut(again: 3).facts.diagnose().summary.contains("answered at the beginning and no longer does"))
    var made = shutOut(again: 3)
    made.add(.control, to: .tcp(port: 22), at: 420, sends: 2, .synAck(after: 1_008))
    #expect(ShutOut.examine(Observations(made.facts)) == nil && OutageBegun.examine(Observations(made.facts)) == nil)
    #expect(!made.facts.diagnose().summary.contains("no longer does"))
}

/// Eight ports, each tried twice: so many that always failed, others that never did, and one that did both.
@Test("Ports that do the same each time are no chance, though one did not", arguments: [0, 1, 4])
func alikeByPort(mixed: Int) {
    let first = [true, false, true, true, false, false, true, false]
    let again = first.enumerated().map { $0.offset < mixed ? !$0.element : $0.element }
    let made = bursts(first, again: again, paced: [true, true, true, true])
    let trials = Trials(made.facts.attempts)
    #expect(trials.isAlikeByPort == (mixed < 2))
    #expect((trials.decidedByPort != nil) == (mixed == 0))
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.mechanism == (mixed == 0 ? .silentDrop : .loss))
    // By chance alone half of them do the same.
    #expect(diagnosis.confidence == (mixed == 1 ? .likely : .strong), "\(diagnosis.summary)")
}

@Test("What is lost within one burst alone may have met a limit; what is lost by itself, too, is lost by chance")
func lossWithinOneBurst() {
    func diagnosis(alone: Bool, again: Bool) -> TargetDiagnosis {
        var made = HandmadeFacts.answered()
        var pattern = Array(repeating: true, count: 16)
        (pattern[5], pattern[9]) = (false, false)
        made.burst(pattern)
        made.paced([true, !alone, true, true])
        if again { made.burstAgain(pattern) }
        return made.facts.diagnose()
    }
    let burst = diagnosis(alone: false, again: false)
    #expect(burst.verdict == .degraded && burst.mechanism == .loss && burst.confidence == .likely, "\(burst.summary)")
    for apart in [diagnosis(alone: true, again: false), diagnosis(alone: false, again: true)] {
        #expect(apart.mechanism == .loss && apart.confidence == .strong, "\(apart.summary)")
    }
}

@Test(
    "A ladder of datagrams that bear no question is no series of tries, and one that is answered is",
    arguments: [true, false])
func datagramLadders(isAnswered: Bool) {
    let kind = Attempt.Kind.udp(port: 5432)
    var made = HandmadeFacts(.udp)
    made.add(.primary, to: kind, .datagram())
    for round in 0..<3 {
        for hop in 1...4 {
            let reply: [HandmadeFacts.Reply] =
                hop < 4
                ? [.icmp(11, 0, from: HandmadeFacts.routers[hop - 1])] : isAnswered && round == 0 ? [.datagram()] : []
            made.add(.rung(timeToLive: hop), to: kind, at: 100 + 200 * Int64(round) + 10 * Int64(hop), replies: reply)
        }
    }
    #expect(made.facts.diagnose().verdict == (isAnswered ? .degraded : .open))
}
