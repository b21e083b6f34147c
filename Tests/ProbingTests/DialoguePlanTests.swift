import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

/// When the plan speaks behind the handshake, and how long it waits for that.
struct DialoguePlanTests {
    private static let target = Attempt.Kind.tcp(port: 5432)

    private func simulation(_ dialogue: (facts: ApplicationFacts, after: TimeSpan)?) -> Simulation {
        var path = SimulatedPath.threeRouters()
        path.open[Self.target] = .holds
        var simulation = Simulation(path)
        simulation.request = ApplicationRequest(usesTLS: true)
        simulation.dialogue = dialogue
        return simulation
    }

    private static func facts(_ outcome: TLSFact.Outcome) -> ApplicationFacts {
        var facts = ApplicationFacts()
        facts.tls = TLSFact(serverName: "web.lab", sentAt: .zero)
        facts.tls?.outcome = outcome
        return facts
    }

    @Test("What is said costs one connection, and the run ends with it")
    func secured() {
        let result = simulation((Self.facts(.secured), .milliseconds(300))).probe(.tcp, 5432)
        #expect(result.diagnosis.verdict == .open && result.facts.application == Self.facts(.secured))
        #expect(result.facts.attempts.filter { $0.purpose == .primary }.count == 1)
        #expect(result.elapsed >= .milliseconds(300) && result.elapsed < .seconds(1))
    }

    @Test("What breaks off is the verdict, though the connection was open")
    func broken() {
        let result = simulation((Self.facts(.broken(.closed())), .milliseconds(20))).probe(.tcp, 5432)
        #expect(result.diagnosis.verdict == .interfered && result.diagnosis.stage == .tls)
    }

    @Test("Nobody is waited for beyond the limit")
    func limit() {
        let result = simulation(nil).probe(.tcp, 5432)
        #expect(result.facts.application == ApplicationFacts())
        #expect(result.elapsed >= .seconds(8) && result.elapsed < .seconds(10))
    }

    @Test("What no TCP takes is waited for no longer than a SYN")
    func unheard() {
        var simulation = simulation(nil)
        simulation.isUnheard = true
        let result = simulation.probe(.tcp, 5432)
        #expect(result.facts.application == ApplicationFacts())
        #expect(result.elapsed >= .milliseconds(3_250) && result.elapsed < .seconds(5))
    }

    @Test("Where nothing listens nothing is said")
    func refused() {
        var simulation = simulation((Self.facts(.secured), .zero))
        simulation.path.open = [:]
        let result = simulation.probe(.tcp, 5432)
        #expect(result.facts.application == nil && result.diagnosis.verdict == .closed)
    }
}
