import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// What hellos that pass beside one that does not say about it.
struct HelloReadingTests {
    struct Case: Sendable, CustomStringConvertible {
        var passing: Set<HelloVariant>
        var reading: HelloReading
        var length = 300
        var description: String { "\(passing.map(\.rawValue).sorted()), \(length) bytes" }
    }

    private static let silence = TLSFact.Outcome.broken(.silence(.seconds(8), isAcknowledged: false))

    private static func fact(_ outcome: TLSFact.Outcome, version: TLSVersion? = nil, length: Int = 300) -> TLSFact {
        var fact = TLSFact(serverName: "web.lab", sentAt: .zero)
        fact.outcome = outcome
        fact.version = version
        fact.helloLength = length
        return fact
    }

    /// Every variant was tried: those that pass are answered, the others met what the first one met.
    private static func application(
        _ outcome: TLSFact.Outcome, passing: Set<HelloVariant>, length: Int = 300
    ) -> ApplicationFacts {
        var facts = ApplicationFacts()
        facts.tls = fact(outcome, length: length)
        facts.hellos = HelloVariant.allCases.filter { $0 != .unverified }.map { variant in
            HelloTrial(
                variant, attempt: 1, passing.contains(variant) ? fact(.secured, version: .tls13) : fact(outcome))
        }
        return facts
    }

    static let cases = [
        Case(passing: [], reading: .anyHello),
        Case(passing: [.unchanged, .otherName], reading: .chance),
        Case(passing: [.otherName, .withoutName], reading: .name(isHealedByCut: false)),
        Case(passing: [.withoutName], reading: .name(isHealedByCut: false)),
        Case(passing: [.otherName, .inTwo, .inTwoWithPause], reading: .name(isHealedByCut: true)),
        Case(passing: [.withoutALPN], reading: .applicationProtocol),
        Case(passing: [.olderVersion], reading: .version),
        Case(passing: [.olderVersion, .small], reading: .version),
        Case(passing: [.olderVersion, .small, .inSmallSegments], reading: .length(.fullPackets), length: 1_700),
        Case(passing: [.small], reading: .length(.secondSegment), length: 1_700),
        Case(passing: [.small, .smallInTwo], reading: .length(.bytes), length: 1_700),
        Case(passing: [.small], reading: .length(.unknown)),
        Case(passing: [.inTwo, .inTwoWithPause], reading: .cut(needsPause: false)),
        Case(passing: [.inTwoWithPause], reading: .cut(needsPause: true)),
        Case(passing: [.otherName, .withALPN, .small], reading: .exactly([.otherName, .withALPN, .small])),
    ]

    @Test("One difference that heals is the reason; several are none", arguments: cases)
    func readings(_ item: Case) {
        #expect(
            HelloReading(Self.application(Self.silence, passing: item.passing, length: item.length)) == item.reading)
    }

    /// Hellos as long as the variants' usually are: those below the limit pass whole, and all of it in two segments.
    private static func limited(to limit: Int, _ outcome: TLSFact.Outcome, healedByCut: Bool = true) -> ApplicationFacts
    {
        let lengths: [HelloVariant: Int] = [
            .otherName: 306, .withoutName: 288, .withALPN: 322, .olderVersion: 209, .small: 234, .large: 1_700,
            .unchanged: 304, .inTwo: 304, .inTwoWithPause: 304,
        ]
        var facts = ApplicationFacts()
        facts.tls = fact(outcome, length: 304)
        facts.hellos = lengths.sorted { $0.key.rawValue < $1.key.rawValue }.map { variant, length in
            let isCut = [.inTwo, .inTwoWithPause].contains(variant)
            let passes = isCut ? healedByCut : length <= limit
            return HelloTrial(
                variant, attempt: 1,
                passes ? fact(.secured, version: .tls13, length: length) : fact(outcome, length: length))
        }
        return facts
    }

    @Test("Where lengths tell hellos apart and nothing else does, packets of that size are stopped, and no version is")
    func packetSize() {
        #expect(HelloReading(Self.limited(to: 270, Self.silence)) == .size(passing: 234, failing: 288))
        #expect(HelloReading(Self.limited(to: 300, Self.silence)) == .size(passing: 288, failing: 304))
        let reset = TLSFact.Outcome.broken(.reset(SocketError(linux: 104)))
        #expect(HelloReading(Self.limited(to: 270, reset)) == .size(passing: 234, failing: 288))
        // The small one is of the newest version, too: where it fails, the version may be what counts.
        #expect(HelloReading(Self.limited(to: 210, Self.silence)) == .version)
        // Whoever puts it together and then minds its length is no filter of packets.
        #expect(HelloReading(Self.limited(to: 270, Self.silence, healedByCut: false)) == .version)
        // Nothing whole passes: that single packets are read is not the only reading.
        let cut = diagnose(Self.limited(to: 100, Self.silence))
        #expect(cut.confidence == .likely && cut.summary.contains("reads single packets"))
        let found = diagnose(Self.limited(to: 270, Self.silence))
        #expect(found.confidence == .strong && found.mechanism == .silentDrop)
        #expect(found.summary.contains("up to 234 bytes") && found.summary.contains("288 and more"))
    }

    @Test("Without the repetition at the end, or with little tried, nothing is concluded")
    func unknown() {
        var facts = Self.application(Self.silence, passing: [.otherName])
        facts.hellos.removeAll { $0.variant == .unchanged }
        #expect(HelloReading(facts) == .unknown)
        facts.hellos = []
        #expect(HelloReading(facts) == .unknown && HelloReading(ApplicationFacts()) == .unknown)
    }

    @Test("What passed once and fails when it comes again passed by chance", arguments: [true, false])
    func passedOnce(again: Bool) {
        var facts = Self.application(Self.silence, passing: [.olderVersion])
        facts.hellos.append(
            HelloTrial(
                .olderVersion, attempt: 2, again ? Self.fact(.secured, version: .tls12) : Self.fact(Self.silence)))
        #expect(HelloReading(facts) == (again ? .version : .chance))
    }

    @Test("An alert shows that a hello was read; where alerts are the failure, only a ServerHello is better")
    func alerts() {
        let alert = TLSFact.Outcome.alert(TLSAlert(.fatal, .unrecognizedName), byPeer: true)
        var facts = Self.application(Self.silence, passing: [])
        for index in facts.hellos.indices where facts.hellos[index].variant == .otherName {
            facts.hellos[index].tls.outcome = alert
        }
        #expect(HelloReading(facts) == .name(isHealedByCut: false))
        #expect(HelloReading(Self.application(alert, passing: [])) == .anyHello)
        #expect(HelloReading(Self.application(alert, passing: [.otherName])) == .name(isHealedByCut: false))
    }

    @Test(
        "A server that wants a name and was told none is asked by one: no other hello shows that names make no difference"
    )
    func withoutName() {
        var facts = Self.application(.alert(TLSAlert(.fatal, .unrecognizedName), byPeer: true), passing: [])
        let named = diagnose(facts)
        #expect(named.summary.contains("the server knows no such name") && named.summary.contains("no difference"))
        facts.tls?.serverName = nil
        let diagnosis = diagnose(facts)
        #expect(diagnosis.summary.contains("it wants a name that it serves, and was told none"), "\(diagnosis.summary)")
        #expect(diagnosis.summary.contains("none bears a name that it serves"))
        #expect(!diagnosis.summary.contains("no difference") && diagnosis.advice.first?.contains("--sni NAME") == true)
    }

    @Test(
        "Hellos that bear no name fail, and one that bears any passes: a name is wanted, whichever way it says so",
        arguments: [
            TLSFact.Outcome.broken(.reset(SocketError(linux: 104))), .broken(.closed(isAcknowledged: true)),
            .alert(TLSAlert(.fatal, .handshakeFailure), byPeer: true),
            .broken(.silence(.seconds(8), isAcknowledged: true)),
        ])
    func wantsAnyName(_ outcome: TLSFact.Outcome) {
        var facts = Self.application(outcome, passing: [.otherName])
        let named = diagnose(facts)
        #expect(named.summary.contains("somebody decides by the name"), "\(named.summary)")
        facts.tls?.serverName = nil
        let diagnosis = diagnose(facts)
        #expect(diagnosis.summary.contains("whoever answers wants to be told one"), "\(diagnosis.summary)")
        #expect(diagnosis.confidence == .strong && diagnosis.mechanism == named.mechanism)
        #expect(diagnosis.advice == [TLSAdvice.askByName])
        // Where a name that nobody has does not help, one that the server serves may, unless the hello only vanished.
        var none = Self.application(outcome, passing: [])
        none.tls?.serverName = nil
        let isSilent = if case .broken(.silence) = outcome { true } else { false }
        let problem = ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .tcpReset, zones: [.destination], confidence: .likely,
            summary: "It fails.", advice: ["Last."])
        let read = problem.read(.anyHello, none, "the ClientHello", barePort: 443)
        #expect(read.summary.contains("unless a name that the server serves does") != isSilent)
        #expect(read.advice.contains(TLSAdvice.askByName) != isSilent && read.advice.last == "Last.")
    }

    @Test("A server that says that it wants a name does not fail by chance where another behind its address wants none")
    func wantsNameAtTimes() {
        var facts = Self.application(.alert(TLSAlert(.fatal, .unrecognizedName), byPeer: true), passing: [.unchanged])
        #expect(HelloReading(facts) == .chance)
        #expect(diagnose(facts).summary.contains("now and then"))
        facts.tls?.serverName = nil
        let diagnosis = diagnose(facts)
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .tlsAlert)
        #expect(diagnosis.summary.contains("was told none") && !diagnosis.summary.contains("now and then"))
        #expect(diagnosis.advice.first == TLSAdvice.askByName && !diagnosis.advice.contains { $0.contains("loss") })
    }

    @Test("Where TLS begins in a service's own words, that is told in place of the question whether it is TLS")
    func upgradePorts() {
        let closed = ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .closedByPeer, zones: [.destination, .path],
            confidence: .likely,
            summary: "Closed.", advice: ["Last."])
        let facts = Self.application(.broken(.closed(isAcknowledged: true)), passing: [])
        func advice(_ port: UInt16) -> [String] {
            closed.read(.anyHello, facts, "the ClientHello", barePort: port).advice
        }
        #expect(advice(5432).first?.contains("-starttls postgres") == true && advice(5432).last == "Last.")
        #expect(advice(389).first?.contains("StartTLS operation") == true)
        #expect(advice(443).first?.hasPrefix("Is TLS what this port speaks?") == true)
        // Behind the service's own words, or a proxy's, the hello is no first word.
        var asked = Facts(
            target: Target(input: "x", host: "mail.lab", address: .v4(.any), port: 25, transport: .tcp),
            witnesses: [.socket])
        asked.application = facts
        #expect(asked.barePort == 25)
        asked.application?.upgrade = UpgradeFact(.smtp)
        #expect(asked.barePort == nil)
        let greeting = ApplicationFinding.Problem.foreign("220 mail", byClient: false, port: 25)
        #expect(greeting.advice.first?.contains("smtp://HOST") == true && greeting.advice.count == 2)
        #expect(ApplicationFinding.Problem.foreign("GET /", byClient: true, port: 25).advice.count == 1)
    }

    @Test("Where a hello is stopped, others that arrive tell the filter, though nobody answers them")
    func arriving() {
        let taken = TLSFact.Outcome.broken(.silence(.seconds(8), isAcknowledged: true))
        let reset = TLSFact.Outcome.broken(.reset(SocketError(linux: 104)))
        for outcome in [Self.silence, reset] {
            var facts = Self.application(outcome, passing: [])
            for index in facts.hellos.indices where [.otherName, .withoutName].contains(facts.hellos[index].variant) {
                facts.hellos[index].tls.outcome = taken
            }
            #expect(HelloReading(facts) == .name(isHealedByCut: false))
            // One of a kind that says nothing by itself.
            facts.hellos[0].tls.outcome = .broken(.closed())
            let others = Self.application(outcome, passing: []).hellos
            facts.hellos = others.map { trial in
                var trial = trial
                if trial.variant == .small { trial.tls.outcome = taken }
                return trial
            }
            #expect(HelloReading(facts) == .unknown)
        }
        // Nothing stopped the first one.
        var facts = Self.application(taken, passing: [])
        #expect(HelloReading(facts) == .anyHello)
        facts.hellos[0].tls.outcome = reset
        #expect(HelloReading(facts) == .unknown)
    }

    // MARK: Verdicts

    private func diagnose(_ application: ApplicationFacts) -> TargetDiagnosis {
        let address = IPAddress("203.0.113.1") ?? .v4(.any)
        var facts = Facts(
            target: Target(input: "x", host: "web.lab", address: address, port: 443, transport: .tcp),
            witnesses: [.socket])
        facts.request = ApplicationRequest(usesTLS: true)
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: address, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(10))
        attempt.socket?.aftermath = .held
        // What vanished holds back the end of our side, too.
        attempt.socket?.isEndAcknowledged = false
        facts.attempts = [attempt]
        facts.application = application
        return facts.diagnose()
    }

    @Test("A server that chooses an older version than it is offered speaks nothing newer")
    func oldServer() {
        let alert = TLSFact.Outcome.alert(TLSAlert(.fatal, .protocolVersion), byPeer: true)
        var facts = Self.application(alert, passing: [.olderVersion])
        for (version, words) in [(TLSVersion.tls12, "does not bear with TLS 1.3"), (.tls10, "answered in TLS 1.0")] {
            for index in facts.hellos.indices where facts.hellos[index].variant == .olderVersion {
                facts.hellos[index].tls.version = version
            }
            let diagnosis = diagnose(facts)
            #expect(diagnosis.mechanism == .tlsAlert && diagnosis.confidence == .strong)
            #expect(diagnosis.summary.contains(words), "\(diagnosis.summary)")
        }
    }

    @Test("A reading that rests on a control is strong, and keeps to what the witnesses allow")
    func verdicts() {
        let name = diagnose(Self.application(Self.silence, passing: [.otherName, .inTwo]))
        #expect(name.stage == .tls && name.mechanism == .silentDrop && name.confidence == .strong)
        #expect(name.zones.first == .path && Set(name.zones) == [.path, .destination, .returnPath])
        #expect(name.summary.contains("single packets") && !name.lookAlikes.isEmpty)
        let full = diagnose(Self.application(Self.silence, passing: [.small, .inSmallSegments], length: 1_700))
        #expect(full.mechanism == .mtuBlackHole && full.zones == [.path, .destination])
        let chance = diagnose(Self.application(Self.silence, passing: [.unchanged]))
        #expect(chance.verdict == .degraded && chance.confidence == .likely)
        let evidence = name.evidence.filter { $0.fact.hasPrefix("the hello ") }
        #expect(evidence.count == 12 && evidence.contains { $0.fact == "the hello with another name: answered" })
    }

    @Test("Where no hello is heard, the handshake itself may not have been")
    func unheard() {
        let diagnosis = diagnose(Self.application(Self.silence, passing: []))
        #expect(diagnosis.stage == .handshake && diagnosis.mechanism == .silentDrop)
    }

    @Test(
        "Where any change heals, only this very hello fails; where no cut heals a long one, its length is what counts")
    func sentences() {
        let exactly = diagnose(Self.application(Self.silence, passing: [.otherName, .withALPN, .small]))
        #expect(exactly.summary.contains("passes with any of several changes") && exactly.mechanism == .silentDrop)
        #expect(
            exactly.summary.contains("with another name") && exactly.summary.contains("only exactly this one fails"))
        let long = diagnose(Self.application(Self.silence, passing: [.small, .smallInTwo], length: 1_700))
        #expect(long.summary.contains("1700 bytes long") && long.summary.contains("also in two segments"))
        #expect(long.confidence == .strong && long.mechanism != .mtuBlackHole)
        let single = diagnose(Self.application(Self.silence, passing: [.small], length: 1_700))
        #expect(single.summary.contains("only a hello that is one packet"))
    }
}
