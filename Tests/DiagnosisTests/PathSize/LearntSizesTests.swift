import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Hellos between which this machine learnt what the way there bears.
struct LearntSizesTests {
    private static let silence = TLSFact.Outcome.broken(.silence(.seconds(3), isAcknowledged: true))

    private static func connection(_ purpose: Attempt.Purpose, packet: Int?) -> Attempt {
        var attempt = Attempt(
            purpose: purpose, kind: .tcp(port: 443), remote: IPAddress("203.0.113.1"), startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(10))
        attempt.socket?.fullPacket = packet
        attempt.socket?.aftermath = .held
        return attempt
    }

    private static func tls(_ outcome: TLSFact.Outcome) -> TLSFact {
        var fact = TLSFact(serverName: "web.lab", sentAt: .zero)
        fact.helloLength = 304
        fact.outcome = outcome
        fact.version = outcome == .secured ? .tls13 : nil
        return fact
    }

    /// The first hello got no answer with full packets of 1,500; then these, in order.
    private static func facts(
        _ hellos: [(HelloVariant, packet: Int?, TLSFact.Outcome)], hasWire: Bool = true
    ) -> Facts {
        var facts = Facts(
            target: Target(
                input: "x", host: "x", address: IPAddress("203.0.113.1"), port: 443, transport: .tcp),
            witnesses: hasWire ? [.socket, .wire] : [.socket])
        facts.request = ApplicationRequest(usesTLS: true)
        facts.attempts = [connection(.primary, packet: 1_500)]
        var application = ApplicationFacts()
        application.tls = tls(silence)
        for (variant, packet, outcome) in hellos {
            application.hellos.append(HelloTrial(variant, attempt: facts.attempts.count, tls(outcome)))
            facts.attempts.append(connection(.experiment(.hello(variant)), packet: packet))
        }
        facts.application = application
        return facts
    }

    private static let learnt: [(HelloVariant, packet: Int?, TLSFact.Outcome)] = [
        (.otherName, 1_500, silence), (.large, 1_500, silence), (.inTwo, 1_300, .secured),
        (.unchanged, 1_300, .secured), (.inTwoWithPause, 1_300, .secured),
    ]

    @Test("The same hello passes with smaller segments: a black hole on the way back, and no chance")
    func blackHole() {
        let diagnosis = Self.facts(Self.learnt).diagnose()
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .tls && diagnosis.mechanism == .mtuBlackHole)
        #expect(diagnosis.zones == [.returnPath, .destination] && diagnosis.confidence == .strong)
        #expect(diagnosis.summary.contains("1300 bytes") && !diagnosis.summary.contains("now and then"))
        #expect(
            Self.facts(Self.learnt, hasWire: false).diagnose().zones == [.returnPath, .destination, .localIngress])
    }

    @Test("Where the size does not tell them apart, or is not known, it is chance as before")
    func noBlackHole() {
        var cases = [Self.learnt, Self.learnt, Self.learnt, Self.learnt]
        cases[0][3].packet = 1_500
        cases[1][0].2 = .secured
        cases[2][2].2 = Self.silence
        cases[3][1].packet = nil
        for hellos in cases {
            let diagnosis = Self.facts(hellos).diagnose()
            #expect(diagnosis.mechanism == .noReply && diagnosis.pathSize == nil, "\(diagnosis.summary)")
        }
    }

    @Test("One failure alone, or no repetition of it, is too little")
    func tooLittle() {
        #expect(PathSizeFacts(learntBy: Self.facts(Array(Self.learnt.dropFirst(2)))) == nil)
        #expect(PathSizeFacts(learntBy: Self.facts(Array(Self.learnt.prefix(3)))) == nil)
        #expect(PathSizeFacts(learntBy: Self.facts(Self.learnt)) != nil)
    }

    @Test("What was measured on purpose counts first")
    func measured() {
        var facts = Self.facts(Self.learnt)
        facts.pathSize = PathSizeFacts(.asked, linkMTU: 9_000)
        #expect(facts.knownSizes?.linkMTU == 9_000)
    }
}
