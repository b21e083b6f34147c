import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

/// Which hellos are tried once TLS has failed, how many at once, and when that is over.
struct HelloMatrixTests {
    private static let target = Attempt.Kind.tcp(port: 5432)

    private static func failed(_ outcome: TLSFact.Outcome, length: Int = 300) -> ApplicationFacts {
        var facts = ApplicationFacts()
        facts.tls = TLSFact(serverName: "web.lab", sentAt: .zero)
        facts.tls?.outcome = outcome
        facts.tls?.helloLength = length
        return facts
    }

    private static func answered(_ name: String? = nil) -> TLSFact {
        var fact = TLSFact(serverName: name, sentAt: .zero)
        fact.version = .tls13
        fact.outcome = .secured
        return fact
    }

    private func simulation(_ facts: ApplicationFacts) -> Simulation {
        var path = SimulatedPath.threeRouters()
        path.open[Self.target] = .holds
        var simulation = Simulation(path)
        simulation.request = ApplicationRequest(usesTLS: true)
        simulation.dialogue = (facts, .milliseconds(20))
        return simulation
    }

    @Test("Each failure has the hellos that can tell more about it, and what works has none")
    func variants() {
        let names: [HelloVariant] = [.otherName, .withoutName]
        let all = names + [.withALPN, .olderVersion, .small]
        #expect(HelloMatrix.variants(for: Self.failed(.broken(.closed()))) == all + [.large, .inTwo, .inTwoWithPause])
        #expect(
            HelloMatrix.variants(for: Self.failed(.broken(.closed()), length: 1_700))
                == all + [.smallInTwo, .inSmallSegments])
        #expect(HelloMatrix.variants(for: Self.failed(.alert(TLSAlert(.fatal, .internalError), byPeer: true))) == all)
        #expect(HelloMatrix.variants(for: Self.failed(.untrusted(["x"]))) == names)
        for quiet: TLSFact.Outcome in [
            .secured, .foreign("SSH"), .alert(TLSAlert(.fatal, .unknownCA), byPeer: false), .failed("x"),
        ] {
            #expect(HelloMatrix.variants(for: Self.failed(quiet)).isEmpty)
        }
        var expired = Self.failed(.untrusted(["x"]))
        expired.tls?.faults = [.expired]
        expired.tls?.serverName = nil
        #expect(HelloMatrix.variants(for: expired) == [.otherName, .unverified] && !HelloMatrix.repeats(expired))
        #expect(HelloMatrix.variants(for: ApplicationFacts()).isEmpty)
    }

    @Test("Two of those that passed come once more before the failing one, unless all or none did", arguments: 0...4)
    func repetition(passing: Int) {
        var failed = Self.failed(.broken(.closed()))
        for (index, variant) in [HelloVariant.otherName, .withoutName, .small, .inTwo].enumerated() {
            failed.hellos.append(
                HelloTrial(
                    variant, attempt: index, index < passing ? Self.answered() : Self.failed(.broken(.closed())).tls!))
        }
        let again = HelloMatrix.repetition(of: failed)
        let expected: [[HelloVariant]] = [
            [], [.otherName], [.otherName, .withoutName], [.otherName, .withoutName], [],
        ]
        #expect(again == expected[passing] + [.unchanged])
        #expect(HelloMatrix.repetition(of: Self.failed(.untrusted(["x"]))).isEmpty)
        // It came beside the others, when none had told anything.
        failed.hellos.append(HelloTrial(.unchanged, attempt: 4, failed.tls!))
        #expect(HelloMatrix.repetition(of: failed) == (passing == 0 ? [] : again))
    }

    @Test("All are tried, the failing one once more at the end, within the budget and ten seconds")
    func silence() {
        let result = simulation(Self.failed(.broken(.silence(.seconds(8), isAcknowledged: true)))).probe(.tcp, 5432)
        let hellos = result.facts.application?.hellos ?? []
        #expect(hellos.count == 9 && hellos.last?.variant == .unchanged)
        #expect(Set(hellos.map(\.variant)).count == 9)
        #expect(result.elapsed < .seconds(10) && result.diagnosis.stage == .tls)
        let connections = result.facts.attempts.filter {
            if case .experiment(.hello) = $0.purpose { true } else { false }
        }
        #expect(connections.count == 9)
        #expect(hellos.allSatisfy { result.facts.attempts[$0.attempt].kind == Self.target })
    }

    @Test("What is answered is not waited for; a name that passes is the control")
    func answered() {
        var simulation = simulation(Self.failed(.broken(.reset(SocketError(linux: 104)))))
        simulation.hello = { variant in
            if variant == .otherName || variant == .withoutName { return Self.answered() }
            var fact = TLSFact(serverName: "web.lab", sentAt: .zero)
            fact.outcome = .broken(.reset(SocketError(linux: 104)))
            return fact
        }
        let result = simulation.probe(.tcp, 5432)
        #expect(result.elapsed < .seconds(2), "\(result.elapsed)")
        #expect(result.diagnosis.mechanism == .tcpReset && result.diagnosis.confidence == .strong)
        #expect(result.diagnosis.summary.contains("somebody decides by the name"), "\(result.diagnosis.summary)")
    }

    @Test("Where the port closes meanwhile, what is left is known to have told nothing")
    func closed() {
        var simulation = simulation(Self.failed(.broken(.closed())))
        simulation.path.open[Self.target] = .closesAtOnce
        simulation.hello = { _ in nil }
        let result = simulation.probe(.tcp, 5432)
        #expect(result.elapsed < .seconds(10) && result.diagnosis.verdict == .interfered)
    }

    @Test("A budget that is used up ends it")
    func budget() {
        var simulation = simulation(Self.failed(.broken(.closed())))
        simulation.settings.packetBudget = 20
        let result = simulation.probe(.tcp, 5432)
        let connections = result.facts.attempts.count {
            if case .experiment(.hello) = $0.purpose { true } else { false }
        }
        #expect((1...3).contains(connections) && result.packets <= 40)
    }

    @Test("The plan names it where TLS is asked for, and only there")
    func plan() {
        let settings = ProbeSettings()
        let plain = ProbePlan(settings, .tcp, isThorough: false)
        let tls = ProbePlan(settings, .tcp, isThorough: false, request: ApplicationRequest(usesTLS: true))
        #expect(!plain.steps.contains { $0.name == HelloMatrix.name })
        #expect(tls.steps.count { $0.name == HelloMatrix.name } == 1)
        let cost = tls.steps.first { $0.name == HelloMatrix.name }?.packets ?? 0
        #expect(cost > 0 && cost <= settings.packetBudget)
    }
}
