import Conversations
import PacketWire
import Testing

@testable import Diagnosis

private typealias Reply = HandmadeFacts.Reply

/// An attempt that is answered, and an echo beside it.
private func answered(
    _ replies: Reply..., sends: Int = 1, echo: UInt8? = 61, hasWire: Bool = true
) -> HandmadeFacts {
    var made = HandmadeFacts(hasWire: hasWire)
    made.add(.primary, sends: sends, replies: replies)
    if let echo { made.add(.control, to: .echo, at: 10, .echo(echo)) }
    return made
}

/// Both ladders: the target's SYN is answered at `end`, the control's four hops away.
private func withLadders(_ made: HandmadeFacts, end: Int) -> HandmadeFacts {
    var made = made
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck())
    for hop in 1...4 {
        let at = 30 + Int64(hop)
        let router = hop < 4 ? HandmadeFacts.routers[hop - 1] : nil
        let exceeded = router.map { Reply.icmp(11, 0, from: $0, timeToLive: UInt8(65 - hop)) }
        made.add(
            .rung(timeToLive: hop), at: at, replies: [hop < end ? exceeded! : .synAck(UInt8(65 - end))])
        made.add(.controlRung(timeToLive: hop), to: HandmadeFacts.web, at: at + 10, replies: [exceeded ?? .synAck()])
    }
    return made
}

private func unused(_ made: HandmadeFacts, _ reply: Reply?) -> HandmadeFacts {
    var made = made
    made.add(.experiment(.unusedPort), to: .tcp(port: 21_846), at: 300, replies: reply.map { [$0] } ?? [])
    return made
}

/// A group of connections, one more while it stands, one more after it was let go.
private func held(_ made: HandmadeFacts, passing: Int, of count: Int, later: Bool?, released: Bool?) -> HandmadeFacts {
    var made = made
    for index in 0..<count {
        made.add(.experiment(.held(.one)), at: 300 + Int64(index) * 50, replies: index < passing ? [.synAck()] : [])
    }
    for at in [Int64(2_600), 2_650, 2_700] {
        if let later { made.add(.experiment(.held(.whileHeld)), at: at, replies: later ? [.synAck()] : []) }
    }
    for at in [Int64(3_200), 3_250] {
        if let released { made.add(.experiment(.held(.afterRelease)), at: at, replies: released ? [.synAck()] : []) }
    }
    return made
}

/// Of sixteen that are held the third fails and two of those behind it pass; then all fail, until they are let go.
private func places(failing: Int) -> HandmadeFacts {
    var made = lossy(HandmadeFacts.answered())
    for index in 0..<16 {
        let passes = index != 2 && index < 16 - failing
        made.add(.experiment(.held(.one)), at: 7_300 + Int64(index) * 50, replies: passes ? [.synAck()] : [])
    }
    for at in [Int64(9_600), 9_650, 9_700] { made.add(.experiment(.held(.whileHeld)), at: at) }
    for at in [Int64(10_200), 10_250] { made.add(.experiment(.held(.afterRelease)), at: at, .synAck()) }
    return made
}

/// Two SYNs of seventeen are lost besides.
private func lossy(_ made: HandmadeFacts) -> HandmadeFacts {
    var made = made
    made.burst((0..<16).map { $0 != 3 && $0 != 11 }, at: 1_200)
    return made
}

/// Something of an older connection came back, and other ports were tried.
private func stale(_ replies: Reply..., sends: Int = 2, others: [Bool]) -> HandmadeFacts {
    var made = HandmadeFacts()
    made.add(.primary, sends: sends, replies: replies)
    made.burst(others, at: 1_200)
    return made
}

/// The SYN-ACK bears another address, and the socket has never heard of it.
private func stranger(_ made: HandmadeFacts, from address: String) -> HandmadeFacts {
    var made = made
    for index in made.facts.attempts[0].packets.indices.reversed() {
        let packet = made.facts.attempts[0].packets[index]
        // What follows the SYN is nobody's but the stranger's.
        if packet.fromInitiator, packet.tcp?.flags == .ack { made.facts.attempts[0].packets.remove(at: index) }
        guard !packet.fromInitiator else { continue }
        made.facts.attempts[0].packets[index].source = IPAddress(address)!
        made.facts.attempts[0].packets[index].isFromStranger = true
    }
    made.facts.attempts[0].socket?.state = .pending
    return made
}

/// Nil is the host itself, from another port.
private func strangeDatagram(from address: String?) -> HandmadeFacts {
    var made = HandmadeFacts(.udp)
    made.add(.primary, to: .udp(port: 5432), sends: 3, .datagram())
    made.facts.attempts[0].socket?.state = .pending
    for index in made.facts.attempts[0].packets.indices where !made.facts.attempts[0].packets[index].fromInitiator {
        made.facts.attempts[0].packets[index].source = address.flatMap { IPAddress($0) } ?? HandmadeFacts.host
        made.facts.attempts[0].packets[index].isFromStranger = true
    }
    return made
}

private func unheard(_ isAcknowledged: Bool?) -> (inout Facts) -> Void {
    { $0.attempts[0].socket?.isEndAcknowledged = isAcknowledged }
}

/// So many milliseconds after the beginning this side ended.
private func ended(_ after: Int64) -> (inout Facts) -> Void {
    { facts in
        unheard(false)(&facts)
        let acknowledgement = facts.attempts[0].packets.last {
            $0.fromInitiator && $0.tcp?.flags.contains(.syn) == false
        }
        guard var end = acknowledgement, case .tcp(var header, let length) = end.kind else { return }
        header.flags = [.fin, .ack]
        end.kind = .tcp(header, payloadLength: length)
        end.at = .zero + .milliseconds(after)
        facts.attempts[0].packets.append(end)
    }
}

/// Nothing of it was at the tap, and the tap saw other packets leave.
private func unseen(_ facts: inout Facts) { facts.attempts[0].packets = [] }

private let cases: [CauseCase] = [
    .gives(
        StaleState.self, "a challenge ACK, and other ports open", .degraded, "acknowledging 77",
        stale(.stray(.ack), .synAck(after: 1_010), others: [true, true, true])),
    .gives(
        StaleState.self, "a SYN-ACK for another number, and other ports open", .blocked, "older connection",
        stale(.stray([.syn, .ack]), others: [true, true, true])),
    .spares(
        StaleState.self, "a SYN-ACK for another number on every port", .blocked,
        stale(.stray([.syn, .ack]), others: [false, false, false])),
    .spares(
        StaleState.self, "no stray answer, and other ports open", .degraded, stale(others: [true, true, true])),
    .gives(
        DuplicateAddress.self, "two SYN-ACKs with numbers of their own", .interfered, "(TTL 61 and 63)",
        answered(.synAck(), .synAck(63, after: 9, number: 77_000))),
    .spares(
        DuplicateAddress.self, "the same SYN-ACK twice", .open, answered(.synAck(), .synAck(after: 9))),
    .spares(
        DuplicateAddress.self, "a new number for a SYN that was repeated: a server without state", .open,
        answered(.synAck(after: 900), .synAck(after: 1_900, number: 77_000), sends: 2)
    ) { $0.attempts[0].socket?.state = .connected },
    .gives(
        HandshakeUnheard.self, "the end is not acknowledged", .interfered, "nothing is acknowledged",
        answered(.synAck()), unheard(false)),
    .gives(
        HandshakeUnheard.self, "the end is not acknowledged, after a moment", .interfered, "nothing is acknowledged",
        answered(.synAck()), ended(60)),
    .gives(
        HandshakeUnheard.self, "nor when the SYN-ACK would have been repeated", .interfered, "the handshake was heard",
        answered(.synAck()), ended(3_060)),
    .gives(
        HandshakeUnheard.self, "it was repeated", .interfered, "repeated 1 time,",
        answered(.synAck(), .synAck(after: 1_010)), ended(3_060)),
    .gives(
        HandshakeUnheard.self, "the SYN-ACK is repeated", .interfered, "repeated 1 time,",
        answered(.synAck(), .synAck(after: 1_010)), unheard(false)),
    .spares(
        HandshakeUnheard.self, "each of its three SYNs has an answer, and the end is acknowledged", .open,
        answered(.synAck(after: 1_500), .synAck(after: 2_500), .synAck(after: 3_500), sends: 3), unheard(true)),
    .spares(HandshakeUnheard.self, "the end is acknowledged", .open, answered(.synAck()), unheard(true)),
    .spares(HandshakeUnheard.self, "no end was sent", .open, answered(.synAck()), unheard(nil)),
    .spares(
        HandshakeUnheard.self, "the SYN-ACK is repeated once and the end is acknowledged", .open,
        answered(.synAck(), .synAck(after: 1_010)), unheard(true)),
    .gives(
        HandshakeUnheard.self, "no window is offered: it is held on purpose", .interfered, "holds the client still",
        answered(.synAck())
    ) {
        unheard(false)(&$0)
        $0.attempts[0].socket?.isWindowShut = true
    },
    .gives(
        AnswerFromElsewhere.self, "a SYN-ACK for this SYN from another address", .blocked, "192.0.2.77:5432 answers",
        stranger(answered(.synAck(), sends: 3), from: "192.0.2.77")),
    .spares(
        AnswerFromElsewhere.self, "the host answers as well", .open,
        {
            var made = stranger(answered(.synAck()), from: "192.0.2.77")
            made.facts.attempts[0].packets += answered(.synAck()).facts.attempts[0].packets
            made.facts.attempts[0].socket?.state = .connected
            return made
        }()),
    .gives(
        AnswerFromElsewhere.self, "a datagram from another address", .blocked, "192.0.2.77 answers what",
        strangeDatagram(from: "192.0.2.77")),
    .gives(
        AnswerFromElsewhere.self, "a datagram from another port", .blocked, "Another port of",
        strangeDatagram(from: nil)),
    .spares(AnswerFromElsewhere.self, "nobody answers", .blocked, HandmadeFacts.blocked()),
    .gives(
        AnsweredByMiddlebox.self, "the SYN-ACK has passed fewer routers than the echo", .interfered, "TTL is 63",
        answered(.synAck(63))),
    .gives(
        AnsweredByMiddlebox.self, "a SYN that cannot reach the host is answered", .interfered, "lives 3 hops",
        withLadders(answered(.synAck(63)), end: 3)),
    .gives(
        AnsweredByMiddlebox.self, "it offers no window", .interfered, "offers no window",
        answered(.synAck(63, window: 0))),
    .gives(
        AnsweredByMiddlebox.self, "the same on a path that loses some", .interfered, "TTL is 63",
        lossy(answered(.synAck(63)))),
    .spares(AnsweredByMiddlebox.self, "as many routers as the echo", .open, answered(.synAck())),
    .spares(AnsweredByMiddlebox.self, "another initial TTL, as many routers", .open, answered(.synAck(125))),
    .spares(AnsweredByMiddlebox.self, "nothing to compare with", .open, answered(.synAck(63), echo: nil)),
    .spares(
        AnsweredByMiddlebox.self, "both ladders end at the host", .open, withLadders(answered(.synAck()), end: 4)),
    .spares(
        AnsweredByMiddlebox.self, "the host itself speaks in the connection", .open,
        answered(.synAck(63), .segment(61, after: 20))),
    .gives(
        AllPortsOpen.self, "a port that nobody uses accepts", .degraded, "port 21846",
        unused(answered(.synAck()), .synAck())),
    .spares(AllPortsOpen.self, "that port is reset", .open, unused(answered(.synAck()), .reset())),
    .spares(AllPortsOpen.self, "that port is silent", .open, unused(answered(.synAck()), nil)),
    .spares(AllPortsOpen.self, "it was not tried", .open, answered(.synAck())),
    .gives(
        ConnectionLimit.self, "a further connection works only when the others were let go", .degraded, "5 of 8",
        held(answered(.synAck()), passing: 5, of: 8, later: false, released: true)),
    .gives(
        ConnectionLimit.self, "a burst met it as well", .degraded, "6 of 16",
        {
            var made = HandmadeFacts.answered()
            made.burst([true, true, false, true, false])
            return held(made, passing: 6, of: 16, later: false, released: true)
        }()),
    .gives(
        ConnectionLimit.self, "others' places became free meanwhile, and ten in a row fail", .degraded, "5 of 16",
        places(failing: 10)),
    .spares(
        ConnectionLimit.self, "others' places became free meanwhile, and few fail in a row", .degraded,
        places(failing: 4)),
    .spares(
        ConnectionLimit.self, "time alone helps: that is a rate", .open,
        held(answered(.synAck()), passing: 5, of: 8, later: true, released: true)),
    .spares(
        ConnectionLimit.self, "letting go does not help", .degraded,
        held(answered(.synAck()), passing: 5, of: 8, later: false, released: false)),
    .spares(
        ConnectionLimit.self, "connections fail now and then, held or not", .degraded,
        {
            var made = answered(.synAck())
            made.burst([true, false, true, true, false, true], at: 200)
            return held(made, passing: 5, of: 8, later: false, released: true)
        }()),
    .spares(
        ConnectionLimit.self, "only the last of them failed", .open,
        held(answered(.synAck()), passing: 7, of: 8, later: false, released: true)),
    .spares(
        ConnectionLimit.self, "all of them stand", .open,
        held(answered(.synAck()), passing: 8, of: 8, later: false, released: true)),
    .spares(
        ConnectionLimit.self, "the run ended before they were let go", .open,
        held(answered(.synAck()), passing: 5, of: 8, later: false, released: nil)),
    .gives(
        CapturedLocally.self, "connected without a packet", .interfered, "no packet of it left", answered(.synAck()),
        unseen),
    .spares(CapturedLocally.self, "connected with packets", .open, answered(.synAck())),
    .spares(CapturedLocally.self, "a capture that lost packets", .open, answered(.synAck())) {
        unseen(&$0)
        $0.capturedWithLoss = true
    },
    .spares(CapturedLocally.self, "no capture", .open, answered(.synAck(), echo: nil, hasWire: false)),
    .spares(CapturedLocally.self, "an address of this machine", .open, answered(.synAck())) {
        unseen(&$0)
        $0.route = RouteFact(kind: .local, source: HandmadeFacts.local)
    },
]

@Test("Who answered, and to what, is told from an open port", arguments: cases)
func answerCauses(_ item: CauseCase) { item.check() }

@Test("Only a ladder proves that something nearer answers; a TTL alone is strong")
func middleboxConfidence() {
    #expect(answered(.synAck(63)).facts.diagnose().confidence == .strong)
    let placed = withLadders(answered(.synAck(63)), end: 3).facts.diagnose()
    #expect(placed.confidence == .proved && placed.zones == [.path])
    #expect(placed.actor == HandmadeFacts.routers[1] && placed.afterHop?.ttl == 1)
}

@Test("An unheard handshake in a file shows by the repeated SYN-ACK alone", arguments: [true, false])
func unheardOffline(isRepeated: Bool) {
    let made = isRepeated ? answered(.synAck(), .synAck(after: 1_010)) : answered(.synAck())
    let finding = HandshakeUnheard.examine(Observations(made.offline))
    #expect((finding != nil) == isRepeated)
}

/// The end of our side, and how the far end acknowledges it at the tap.
private func ended(acknowledged: Bool) -> Facts {
    var facts = answered(.synAck()).facts
    unheard(false)(&facts)
    let at = Instant.zero + .milliseconds(400)
    func see(_ flags: TCPFlags, number: UInt32, acknowledges: UInt32, fromInitiator: Bool) {
        let header = TCPHeader(
            from: fromInitiator ? 40_002 : 5432, to: fromInitiator ? 5432 : 40_002, flags, sequenceNumber: number,
            acknowledgementNumber: acknowledges)
        facts.attempts[0].packets.append(
            SeenPacket(
                frame: 90, at: at, fromInitiator: fromInitiator,
                source: fromInitiator ? HandmadeFacts.local : HandmadeFacts.host, timeToLive: 61, identification: nil,
                kind: .tcp(header, payloadLength: 0)))
    }
    see([.fin, .ack], number: 1_001, acknowledges: 5_001, fromInitiator: true)
    if acknowledged { see(.ack, number: 5_001, acknowledges: 1_002, fromInitiator: false) }
    return facts
}

@Test("Acknowledgements that arrive, or that the kernel drops, were not lost outside")
func acknowledgementsLostHere() {
    let outside = ended(acknowledged: false).diagnose()
    #expect(outside.zones == [.path, .destination, .returnPath] && outside.confidence == .likely, "\(outside.zones)")
    let seen = ended(acknowledged: true).diagnose()
    #expect(seen.verdict == .interfered && seen.zones == [.localIngress] && seen.confidence == .strong)
    let drop = KernelDrop(
        reason: "NETFILTER_DROP", place: "nft_do_chain", isOutgoing: false, flags: .ack, at: .zero + .milliseconds(401))
    for (acknowledged, confidence) in [(true, Confidence.proved), (false, .strong)] {
        var facts = ended(acknowledged: acknowledged)
        facts.attempts[0].drops = [drop]
        let diagnosis = facts.diagnose()
        #expect(diagnosis.zones == [.localIngress] && diagnosis.confidence == confidence)
        #expect(diagnosis.summary.contains("NETFILTER_DROP in nft_do_chain"))
    }
    // Whoever repeats its SYN-ACK has not heard us: nothing is said of the way back.
    var repeated = answered(.synAck(), .synAck(after: 1_010)).facts
    unheard(false)(&repeated)
    #expect(repeated.diagnose().zones == [.path, .destination])
}

/// Three SYNs left before the first answer came, a second and a half late each: how many answers are too many?
@Test("A slow host answers each SYN that was sent, and repeats nothing", arguments: [3, 4])
func slowAnswers(count: Int) throws {
    var made = HandmadeFacts()
    let replies = (0..<count).map { Reply.synAck(after: 2_100 + 1_000 * Int64($0)) }
    made.add(.primary, sends: 3, replies: replies)
    made.add(.control, to: .echo, at: 10, .echo())
    unheard(false)(&made.facts)
    let finding = try #require(HandshakeUnheard.examine(Observations(made.facts)))
    #expect(finding.confidence == (count > 3 ? .strong : .likely), "\(finding.summary)")
    #expect(finding.summary.contains("is repeated 1 time,") == (count > 3))
}

@Test("A SYN-ACK that was doubled on its way is one; a second later it is repeated", arguments: [10, 250, 1_000])
func doubledAnswer(later: Int64) throws {
    var made = answered(.synAck(), .synAck(after: 8 + later))
    unheard(false)(&made.facts)
    let finding = try #require(HandshakeUnheard.examine(Observations(made.facts)))
    #expect(finding.confidence == (later < 300 ? .likely : .strong), "\(finding.summary)")
}

/// A SYN-ACK that is repeated, and so many packets of this side behind the first.
@Test("Where few SYNs are lost, that all behind them are is no chance", arguments: [1, 3, 5, 8])
func unheardOnLossyPath(packets: Int) {
    var made = lossy(answered(.synAck(), .synAck(after: 1_010)))
    unheard(false)(&made.facts)
    let acknowledgement = made.facts.attempts[0].packets.first { $0.fromInitiator && $0.tcp?.flags == .ack }
    made.facts.attempts[0].packets += Array(repeating: acknowledgement, count: packets - 1).compactMap(\.self)
    let diagnosis = made.facts.diagnose()
    // Of seventeen two were lost, so up to 35 % of all are, and five in a row in one of two hundred connections.
    #expect(Trials(made.facts.attempts).share.interval.upperBound == 35)
    #expect(diagnosis.mechanism == (packets < 5 ? .loss : .silentDrop), "\(diagnosis.summary)")
    #expect(diagnosis.zones.contains(.returnPath) == (packets < 5))
    #expect(diagnosis.verdict == (packets < 5 ? .degraded : .interfered))
}

@Test("What is odd about an answer is a doubt, and what is plain is none")
func doubts() {
    let facts: [(HandmadeFacts, isDoubtful: Bool, isOdd: Bool)] = [
        (answered(.synAck()), false, false), (answered(.synAck(125)), false, false),
        (answered(.synAck(63)), true, true), (answered(.synAck(window: 0)), true, true),
        (answered(.synAck(), .stray([.syn, .ack], after: 2)), true, true),
        (answered(.synAck(), .synAck(after: 9, number: 1)), true, true),
        (answered(.synAck(after: 1_008), sends: 2), true, false),
        // Refused by the host itself, the echo says nothing about its distance.
        (answered(.synAck(), echo: nil), false, false), (HandmadeFacts.blocked(), false, false),
    ]
    for (index, (made, isDoubtful, isOdd)) in facts.enumerated() {
        #expect(made.facts.isDoubtful == isDoubtful, "case \(index)")
        #expect(made.facts.isAnswerOdd == isOdd, "case \(index)")
    }
    var unacknowledged = answered(.synAck()).facts
    unheard(false)(&unacknowledged)
    #expect(unacknowledged.isDoubtful && !unacknowledged.isAnswerOdd)
}

/// A group of sixteen, and what became of it when the run could not see all.
@Test(
    "Ten failures in a row behind those that stand are no open port, whatever became of the last tries",
    arguments: [[], [false], [false, false], [true, false], [true, true]] as [[Bool]], [0, 1, 2, 3])
func limitUnderLoad(released: [Bool], early: Int) {
    var made = answered(.synAck())
    for index in 0..<16 {
        // Places that earlier tries still had are not free for the first ones.
        let passes = (early..<early + 4).contains(index)
        made.add(.experiment(.held(.one)), at: 300 + Int64(index) * 50, replies: passes ? [.synAck()] : [])
    }
    for at in [Int64(2_600), 2_650] { made.add(.experiment(.held(.whileHeld)), at: at) }
    for (index, passes) in released.enumerated() {
        made.add(
            .experiment(.held(.afterRelease)), at: 3_200 + 50 * Int64(index), replies: passes ? [.synAck()] : [])
    }
    let finding = ConnectionLimit.examine(Observations(made.facts))
    guard early < 3 else {
        #expect(finding == nil, "that many failures in front are another matter")
        return
    }
    #expect(finding?.mechanism == .rateLimit && finding?.summary.contains("4 of 16 connections") == true)
    #expect(finding?.confidence == (released.contains(true) ? .strong : .likely))
    #expect(finding?.summary.contains("or how many it may open in a time") == !released.contains(true))
    #expect(made.facts.diagnose().verdict == .degraded)
}

@Test("What gets through by a repeated SYN when the others were let go did not get through beside them")
func letThroughAtRelease() {
    func made(answerAt: Int64) -> Facts {
        var made = answered(.synAck())
        for index in 0..<15 {
            made.add(
                .experiment(.held(.one)), at: 300 + Int64(index) * 50, replies: index < 6 ? [.synAck()] : [])
        }
        made.add(.experiment(.held(.one)), at: 1_050, sends: 3, .synAck(after: answerAt - 1_050))
        for at in [Int64(2_600), 2_650] { made.add(.experiment(.held(.whileHeld)), at: at) }
        for at in [Int64(3_200), 3_250] { made.add(.experiment(.held(.afterRelease)), at: at, .synAck()) }
        return made.facts
    }
    let limit = made(answerAt: 3_205).diagnose()
    #expect(limit.mechanism == .rateLimit && limit.confidence == .strong, "\(limit.summary)")
    #expect(limit.summary.hasPrefix("6 of 16 connections"))
    // While the others stood it is none.
    #expect(ConnectionLimit.examine(Observations(made(answerAt: 3_060))) == nil)
}

@Test(
    "Where the whole host falls silent behind the handshake, the advice asks for a ban first", arguments: [true, false])
func hostGoneSince(isEchoSilent: Bool) {
    var made = unused(answered(.synAck(), echo: nil), nil)
    made.add(.control, to: .echo, at: 20, replies: isEchoSilent ? [] : [.echo()])
    made.facts.attempts[0].socket?.isEndAcknowledged = false
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.summary.contains("went unheard"))
    #expect(diagnosis.advice.first?.contains("shut out") == isEchoSilent)
}
