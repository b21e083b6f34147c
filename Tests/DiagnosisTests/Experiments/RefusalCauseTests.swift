import Conversations
import FilterRules
import PacketWire
import Testing

@testable import Diagnosis

private let router = HandmadeFacts.routers[1]
private let reset = HandmadeFacts.Reply.reset(63, after: 4)
private let rejected = HandmadeFacts.Reply.icmp(3, 13, from: router)

private func primary(_ replies: HandmadeFacts.Reply..., again: HandmadeFacts.Reply?...) -> HandmadeFacts {
    var made = HandmadeFacts()
    made.add(.primary, replies: replies)
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck())
    for (index, reply) in again.enumerated() {
        let at = 200 + 60 * Int64(index)
        if let reply { made.add(.experiment(.rerun), at: at, reply) } else { made.add(.experiment(.rerun), at: at) }
    }
    return made
}

private let cases: [CauseCase] = [
    .gives(
        InjectedRefusal.self, "a reset, then the host's SYN-ACK", .blocked, "first a reset (TTL 63)",
        primary(reset, .synAck())),
    .gives(
        InjectedRefusal.self, "an ICMP error, then the host's SYN-ACK", .blocked, "from 192.0.2.2, which ended",
        primary(rejected, .synAck())),
    .spares(InjectedRefusal.self, "a reset and nothing after it", .blocked, primary(reset)),
    .spares(InjectedRefusal.self, "an ICMP error and nothing after it", .blocked, primary(rejected)),
    .spares(
        InjectedRefusal.self, "the SYN-ACK first, then a reset", .open,
        primary(.synAck(after: 4), .reset(after: 12))),
    .spares(
        InjectedRefusal.self, "packet too big ends nothing", .open,
        primary(.icmp(3, 4, from: router), .synAck())),
    .gives(
        IgnoredRefusal.self, "an ICMP error did not hold", .degraded, "rejects the SYN with",
        primary(rejected, .synAck())
    ) { $0.attempts[0].socket?.state = .connected },
    .spares(
        IgnoredRefusal.self, "packet too big is no refusal", .open, primary(.icmp(3, 4, from: router), .synAck())),
    .spares(
        IgnoredRefusal.self, "time exceeded is none either", .open, primary(.icmp(11, 0, from: router), .synAck())
    ) { $0.attempts[0].socket?.state = .connected },
    .spares(IgnoredRefusal.self, "it held", .blocked, primary(rejected)),
    .gives(
        RefusedAfterHandshake.self, "an ICMP error about what follows the SYN-ACK", .interfered,
        "192.0.2.2 rejects what follows it", primary(.synAck(after: 2), rejected)
    ) { $0.attempts[0].socket?.state = .failed(SocketError(linux: 113), atOnce: false) },
    .gives(
        RefusedAfterHandshake.self, "it counted as a soft one, and nothing is heard", .interfered,
        "rejects what follows",
        primary(.synAck(after: 2), rejected)
    ) { $0.attempts[0].socket?.isEndAcknowledged = false },
    .spares(
        RefusedAfterHandshake.self, "it counted as a soft one, and the end was heard", .degraded,
        primary(.synAck(after: 2), rejected)
    ) { $0.attempts[0].socket?.isEndAcknowledged = true },
    .spares(
        RefusedAfterHandshake.self, "packet too big rejects nothing", .interfered,
        primary(.synAck(after: 2), .icmp(3, 4, from: router))
    ) { $0.attempts[0].socket?.isEndAcknowledged = false },
    .gives(
        RefusedAfterHandshake.self, "the socket alone knows", .interfered, "what followed it was rejected at once",
        {
            var made = HandmadeFacts(hasWire: false)
            made.add(.primary)
            return made
        }()
    ) {
        $0.attempts[0].socket?.state = .failed(SocketError(linux: 113), atOnce: false)
        $0.attempts[0].socket?.isErrorBehindHandshake = true
    },
    .gives(
        IntermittentRefusal.self, "a reset, then accepted", .degraded, "1 of 2 tries",
        primary(.reset(), again: .synAck(), .reset())),
    .gives(
        IntermittentRefusal.self, "an ICMP error, then accepted", .degraded, "2 of 2 tries",
        primary(rejected, again: .synAck(), .synAck())),
    .spares(
        IntermittentRefusal.self, "a reset each time", .closed, primary(.reset(), again: .reset(), .reset())),
    .spares(
        IntermittentRefusal.self, "a reset, then silence", .closed, primary(.reset(), again: nil, nil)),
    .spares(
        IntermittentRefusal.self, "no address found after three seconds: asked for anew each time", .unreachable,
        {
            var made = HandmadeFacts()
            made.add(
                .primary, sends: 3, .icmp(3, 1, from: HandmadeFacts.routers[2], timeToLive: 62, after: 3_050))
            made.add(.experiment(.rerun), at: 3_100, .synAck())
            return made
        }()),
]

/// Tries from 41000, 41001, …: which of them are refused, even ports in this case, and how often each is tried.
private func members(
    _ refusal: HandmadeFacts.Reply, rounds: Int, hasWire: Bool = true, both: Bool = false
) -> HandmadeFacts {
    var made = HandmadeFacts(hasWire: hasWire)
    made.add(.primary, from: 41_000, refusal)
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck())
    for round in 0..<rounds {
        for index in 0..<4 {
            let isRefused = index % 2 == 0 && !(both && round == 1)
            made.add(
                .experiment(.rerun), at: 200 + Int64(round * 4 + index) * 60, from: 41_002 + UInt16(index),
                isRefused ? refusal : .synAck())
        }
    }
    return made
}

@Test("Ports that are refused each time are told from refusals that come now and then")
func refusedByPort() {
    let byPort = members(rejected, rounds: 2).facts.diagnose()
    #expect(byPort.verdict == .degraded && byPort.confidence == .strong && byPort.mechanism == .icmpReject)
    #expect(byPort.summary.contains("3 of 5 ports were refused"), "\(byPort.summary)")
    #expect(byPort.advice.contains { $0.contains("41000, 41002, 41004; that get through: 41003, 41005") })
    for other in [members(rejected, rounds: 1), members(rejected, rounds: 2, both: true)] {
        let diagnosis = other.facts.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.summary.contains("tries a moment later got through"))
    }
}

@Test("Who filters outright is a router on the way; whoever else refuses may be one of several machines")
func placeOfIntermittentRefusal() {
    let router = members(rejected, rounds: 2).facts.diagnose()
    #expect(router.zones == [.path] && router.actor == HandmadeFacts.routers[1])
    let unroutable = members(.icmp(3, 1, from: HandmadeFacts.routers[1]), rounds: 2).facts.diagnose()
    #expect(unroutable.zones == [.path, .destination] && unroutable.actor == nil)
    let reset = members(.reset(), rounds: 2).facts.diagnose()
    #expect(reset.zones == [.path, .destination] && reset.mechanism == .tcpReset)
    // Nobody saw what was refused leave.
    #expect(members(.reset(), rounds: 2, hasWire: false).facts.diagnose().zones.contains(.localEgress))
}

@Test(
    "What this machine itself refuses now and then is its own, and a rule that certainly does is not held to be chance")
func ownRefusalNowAndThen() {
    let own = HandmadeFacts.Reply.icmp(3, 13, from: HandmadeFacts.local, timeToLive: 64, after: 0)
    let diagnosis = members(own, rounds: 2).facts.diagnose()
    #expect(diagnosis.verdict == .degraded && diagnosis.zones == [.localEgress], "\(diagnosis.summary)")
    #expect(diagnosis.actor == HandmadeFacts.local)
    var alone = HandmadeFacts()
    alone.add(.primary, own)
    // Untried it is the first thing to try, and no reason to doubt what is known.
    #expect(alone.facts.diagnose().verdict == .blocked && !alone.facts.remainingCauses().isSettled)
    var facts = alone.facts
    facts.kernel.rules = [
        LocalRule(
            family: "inet", table: "lab", chain: "output", handle: 7, hook: "output", action: "reject",
            text: "tcp dport 5432 reject", ground: .matched, isOutgoing: true)
    ]
    #expect(facts.remainingCauses().isSettled && facts.diagnose().confidence == .proved)
}

@Test("Tries that nothing answers say nothing of their ports, and eight that are refused, and one later, settle it")
func refusalTries() {
    var made = primary(rejected, again: nil, nil, .synAck())
    let tries = RefusalTries(made.facts.attempts)
    #expect(tries.repeated == 3 && tries.passed == 1 && tries.acceptedPorts.count == 1 && tries.decidedByPort == nil)
    made = primary(rejected)
    for index in 0..<8 {
        #expect(IntermittentRefusal.examine(Observations(made.facts))?.isUntested == true, "\(index)")
        made.add(.experiment(.rerun), at: 300 + Int64(index) * 60, rejected)
    }
    // A router's word is sure: it is asked once more when time has passed.
    #expect(IntermittentRefusal.examine(Observations(made.facts))?.isUntested == true)
    made.add(.experiment(.rerun), at: 3_000, rejected)
    #expect(IntermittentRefusal.examine(Observations(made.facts)) == nil)
}

@Test("Refusals that are forged, ignored or come now and then are told from plain ones", arguments: cases)
func refusalCauses(_ item: CauseCase) { item.check() }

@Test("A reset from one hop nearer is likely forged, and surely where the host's own resets come from farther away")
func oneHopNearer() {
    func made(_ timeToLive: UInt8, unused: UInt8?) -> Facts {
        var made = primary(.reset(timeToLive))
        if let unused { made.add(.experiment(.unusedPort), to: .tcp(port: 21_846), at: 300, .reset(unused)) }
        return made.facts
    }
    for unused: UInt8? in [nil, 62] {
        let doubtful = made(62, unused: unused).diagnose()
        #expect(doubtful.verdict == .blocked && doubtful.confidence == .likely)
        #expect(doubtful.zones == [.path, .destination], "\(doubtful.zones)")
        #expect(doubtful.summary.contains("One router fewer") && doubtful.lookAlikes.count == 1)
    }
    let sure = made(62, unused: 61).diagnose()
    #expect(sure.confidence == .strong && sure.zones == [.path] && sure.lookAlikes.isEmpty)
    #expect(made(63, unused: nil).diagnose().confidence == .strong)
    #expect(made(61, unused: nil).diagnose().verdict == .closed)
}

/// One SYN and two answers: which of them is the answer.
struct TwoAnswers: Sendable, CustomTestStringConvertible {
    enum Result: String, Sendable { case reset, refused, reached, silence }

    var name: String
    var replies: [HandmadeFacts.Reply]
    var state: SocketOutcome.State?
    var live: Result
    /// In a file, where the packets alone speak.
    var offline: Result
    var testDescription: String { name }

    static let all = [
        TwoAnswers(name: "reset alone", replies: [.reset()], live: .reset, offline: .reset),
        TwoAnswers(name: "SYN-ACK alone", replies: [.synAck()], live: .reached, offline: .reached),
        TwoAnswers(
            name: "reset, then SYN-ACK that this machine resets",
            replies: [.reset(after: 4), .synAck(), .ownReset(after: 9)],
            live: .reset, offline: .reset),
        TwoAnswers(
            name: "ICMP error, then SYN-ACK that this machine resets",
            replies: [rejected, .synAck(), .ownReset(after: 9)], live: .refused, offline: .refused),
        TwoAnswers(
            name: "ICMP error, then SYN-ACK, and connected in spite of it", replies: [rejected, .synAck()],
            state: .connected, live: .reached, offline: .reached),
        TwoAnswers(
            name: "SYN-ACK, then a late ICMP error",
            replies: [.synAck(after: 4), .icmp(3, 13, from: router, after: 9)],
            live: .reached, offline: .reached),
        TwoAnswers(
            name: "SYN-ACK, and the socket never heard of it", replies: [.synAck()], state: .pending, live: .silence,
            offline: .reached),
        TwoAnswers(
            name: "packet too big, then SYN-ACK", replies: [.icmp(3, 4, from: router), .synAck()], live: .reached,
            offline: .reached),
        TwoAnswers(
            name: "packet too big and no more", replies: [.icmp(3, 4, from: router)], live: .silence, offline: .silence),
    ]
}

@Test("Whoever spoke first decided, unless the socket went on", arguments: TwoAnswers.all)
func twoAnswers(_ item: TwoAnswers) {
    var made = HandmadeFacts()
    made.add(.primary, replies: item.replies)
    // A connected machine has acknowledged the SYN-ACK.
    if let state = item.state { made.facts.attempts[0].socket?.state = state }
    if item.state == .connected { made.acknowledge() }
    #expect(TwoAnswers.Result(made.facts.attempts[0].answer) == item.live)
    #expect(TwoAnswers.Result(made.offline.attempts[0].answer) == item.offline)
}

extension TwoAnswers.Result {
    fileprivate init?(_ answer: Answer) {
        switch answer {
        case .silence: self = .silence
        case .reached: self = .reached
        case .reset: self = .reset
        case .refused: self = .refused
        case .timeExceeded, .localError: return nil
        }
    }
}

/// A refusal that comes of a limit: whatever comes soon is refused, and what comes late passes.
struct LimitedRefusalTests {
    /// Nine in half a second from a router nearer than the host, then late ones.
    private static func tries(_ late: [Bool], soon: HandmadeFacts.Reply = reset, passesSoon: Bool = false)
        -> HandmadeFacts
    {
        var made = HandmadeFacts()
        made.add(.primary, soon)
        made.add(.control, to: HandmadeFacts.web, at: 20, .synAck())
        for index in 0..<8 {
            made.add(.experiment(.rerun), at: 60 + 60 * Int64(index), passesSoon && index == 4 ? .synAck() : soon)
        }
        for (index, passes) in late.enumerated() {
            made.add(.experiment(.rerun), at: 2_700 + 2_100 * Int64(index), passes ? .synAck() : soon)
        }
        return made
    }

    @Test("Late ones that all pass name a limit", arguments: [reset, rejected])
    func limited(_ reply: HandmadeFacts.Reply) {
        let diagnosis = Self.tries([true, true, true], soon: reply).facts.diagnose()
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .rateLimit)
        #expect(diagnosis.confidence == .strong && diagnosis.zones == [.path])
        #expect(diagnosis.summary.contains("9 that came soon after one another were refused, and all 3 got through"))
    }

    @Test("One late one that passes is no limit yet, nor where one passed soon, or a late one was refused")
    func doubtful() {
        for made in [
            Self.tries([true]), Self.tries([true, true, true], passesSoon: true), Self.tries([true, false, true]),
        ] {
            let diagnosis = made.facts.diagnose()
            #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .tcpReset)
        }
    }

    @Test("A refusal that would be sure is tried once more, late, before it is")
    func untested() {
        #expect(IntermittentRefusal.examine(Observations(Self.tries([]).facts))?.isUntested == true)
        #expect(IntermittentRefusal.examine(Observations(Self.tries([false]).facts)) == nil)
        #expect(Self.tries([false]).facts.diagnose().verdict == .blocked)
        // A closed port is never that sure.
        let closed = Self.tries([], soon: .reset())
        #expect(IntermittentRefusal.examine(Observations(closed.facts)) == nil)
    }

    @Test("Connections that stand are no limit where another new one gets through beside them")
    func standing() {
        var made = Self.tries([true])
        made.facts.kernel.circumstances.standingConnections = 1
        #expect(ConnectionLimit.examine(Observations(made.facts)) == nil)
        #expect(made.facts.diagnose().verdict == .degraded)
        made = Self.tries([false])
        made.facts.kernel.circumstances.standingConnections = 1
        #expect(ConnectionLimit.examine(Observations(made.facts))?.isOnlyLookAlike == true)
    }

    @Test(
        "Who limits how many stand and resets is not the host where the reset comes from nearer", arguments: [61, 64])
    func limitNearer(timeToLive: Int) {
        var made = HandmadeFacts()
        made.add(.primary, .reset(UInt8(timeToLive)))
        made.add(.control, to: .echo, at: 10, .echo(61))
        made.add(.control, to: HandmadeFacts.web, at: 20, .synAck(61))
        made.facts.kernel.circumstances.standingConnections = 3
        let limit = ConnectionLimit.examine(Observations(made.facts))
        #expect(limit?.zones == (timeToLive == 61 ? [.destination] : [.path]))
        #expect(made.facts.diagnose().zones == limit?.zones)
    }

    @Test("A refusal of this machine's own, of which no rule is known, is tried once more, too")
    func ownRefusal() {
        func made(_ late: HandmadeFacts.Reply?) -> Facts {
            let own = HandmadeFacts.Reply.icmp(3, 3, from: HandmadeFacts.local)
            var made = HandmadeFacts()
            made.add(.primary, own)
            for index in 0..<8 { made.add(.experiment(.rerun), at: 60 + 60 * Int64(index), own) }
            if let late { made.add(.experiment(.rerun), at: 2_700, late) }
            return made.facts
        }
        #expect(!made(nil).remainingCauses().isSettled)
        #expect(made(.icmp(3, 3, from: HandmadeFacts.local)).remainingCauses().isSettled)
        let passed = made(.synAck()).diagnose()
        #expect(passed.verdict == .degraded && passed.zones == [.localEgress])
    }

    @Test("A rejected SYN that is sent again and accepted got one answer each time, and none was forged")
    func acceptedAgain() {
        func facts(answerAfter: Int64) -> Facts {
            var made = HandmadeFacts()
            made.add(.primary, sends: 2, replies: [rejected, .synAck(after: answerAfter)])
            made.facts.attempts[0].socket?.state = .failed(SocketError(linux: 113), atOnce: false)
            return made.facts
        }
        let again = facts(answerAfter: 1_004)
        #expect(InjectedRefusal.examine(Observations(again)) == nil)
        #expect(RefusalTries(again.attempts).passed == 1)
        #expect(IntermittentRefusal.examine(Observations(again))?.isUntested == false)
        // Before the second SYN, or long after it, it is the first one's.
        for after in [Int64(500), 1_400] {
            #expect(InjectedRefusal.examine(Observations(facts(answerAfter: after))) != nil)
            #expect(RefusalTries(facts(answerAfter: after).attempts).passed == 0)
        }
    }
}

/// A router says that it has no route, TTL 62, and an echo is answered besides: from farther away by the host, or by that
/// router itself, whatever TTL it begins with.
@Test(
    "An echo that comes from no farther than a router's error does not make a filter's answer of it",
    arguments: [(61, true), (60, true), (62, false), (63, false), (253, false), (252, true)] as [(UInt8, Bool)])
func echoOfRefuser(timeToLive: UInt8, isHosts: Bool) {
    var made = HandmadeFacts()
    made.add(.primary, .icmp(3, 0, from: HandmadeFacts.routers[2], timeToLive: 62))
    made.add(.control, to: .echo, at: 20, .echo(timeToLive))
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.verdict == (isHosts ? .blocked : .unreachable), "\(diagnosis.summary)")
    #expect(diagnosis.mechanism == (isHosts ? .icmpReject : .noRoute))
    // Another port is the host's own, wherever its answer comes from.
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck(62))
    #expect(made.facts.diagnose().mechanism == .icmpReject)
}
