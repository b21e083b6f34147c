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

    /// Slower than a silence takes to be looked into, by its way or by a lost SYN.
    @Test("However late the connection comes, all is said on it, and what was begun goes on", arguments: [true, false])
    func late(isLost: Bool) throws {
        var simulation = simulation((Self.facts(.broken(.closed())), .milliseconds(20)))
        if isLost {
            simulation.path.rules = [
                .init(
                    .forward(hop: 2), [Self.target], .drop, when: .before(Instant(nanoseconds: 500_000_000)))
            ]
        } else {
            simulation.path.hopDelay = .milliseconds(60)
        }
        let result = simulation.probe(.tcp, 5432)
        #expect(result.facts.attempts[0].socket?.at.map { $0 - .zero > simulation.settings.suspicion } == true)
        #expect(result.diagnosis.verdict == .interfered && result.diagnosis.stage == .tls)
        // One echo, the other controls once each, and the tries that tell what was lost.
        let controls = result.facts.attempts.filter { $0.purpose == .control }.map(\.kind)
        #expect(Set(controls).count == controls.count && controls.contains(.echo) && controls.count > 1)
        #expect(Trials(result.facts.attempts).isMixed == isLost)
        #expect(Trials(result.facts.attempts).areOtherPortsTried == isLost)
    }

    @Test("An end that nobody hears is found behind a late SYN-ACK, too", arguments: [true, false])
    func lateUnheard(isUnheard: Bool) {
        var path = SimulatedPath.threeRouters()
        path.open[Self.target] = .holds
        path.hopDelay = .milliseconds(60)
        var simulation = Simulation(path)
        simulation.isEndUnheard = isUnheard
        let result = simulation.probe(.tcp, 5432)
        #expect(result.facts.attempts[0].socket?.isEndAcknowledged == !isUnheard)
        #expect(result.diagnosis.verdict == (isUnheard ? .interfered : .open))
    }

    @Test("Where nothing listens nothing is said")
    func refused() {
        var simulation = simulation((Self.facts(.secured), .zero))
        simulation.path.open = [:]
        let result = simulation.probe(.tcp, 5432)
        #expect(result.facts.application == nil && result.diagnosis.verdict == .closed)
    }
}
