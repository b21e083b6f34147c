import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// A silent QUIC port beside TCP on the same one.
struct QUICFindingTests {
    private static let host = IPAddress("203.0.113.1") ?? .v4(.any)

    private func diagnose(_ tcp: SocketOutcome?, _ change: (inout Facts) -> Void = { _ in }) -> TargetDiagnosis {
        var facts = Facts(
            target: Target(input: "x", host: "x", address: Self.host, port: 443, transport: .udp),
            witnesses: [.socket])
        facts.service = UDPService.named("quic")
        var attempt = Attempt(purpose: .primary, kind: .udp(port: 443), remote: Self.host, startedAt: .zero)
        attempt.socket = SocketOutcome()
        facts.attempts = [attempt]
        if let tcp {
            var control = Attempt(purpose: .control, kind: .tcp(port: 443), remote: Self.host, startedAt: .zero)
            control.socket = tcp
            facts.attempts.append(control)
        }
        facts.observedUntil = .zero + .seconds(3)
        change(&facts)
        return facts.diagnose()
    }

    @Test("TCP that works is what browsers fall back to; the verdict stays what silence allows")
    func fallback() {
        let diagnosis = diagnose(SocketOutcome(state: .connected, at: .zero + .milliseconds(5)))
        #expect(diagnosis.verdict == .undetermined && diagnosis.confidence == .weak)
        #expect(diagnosis.summary.hasSuffix("TCP to the same port works: browsers fall back to it."))
        #expect(diagnosis.advice.contains { $0.contains("alt-svc") })
    }

    @Test("TCP that is refused, silent, or was not tried")
    func others() {
        let refused = diagnose(
            SocketOutcome(state: .failed(SocketError(linux: 111), atOnce: false), at: .zero + .milliseconds(5)))
        #expect(refused.summary.hasSuffix("TCP to the same port is refused."))
        #expect(diagnose(SocketOutcome()).evidence.contains { $0.fact.hasSuffix("silent, too") })
        #expect(!diagnose(nil).summary.contains("TCP to the same port"))
    }

    @Test("A path that takes less than 1,200 bytes takes no QUIC", arguments: [1_227, 1_228])
    func size(_ limit: Int) {
        let diagnosis = diagnose(SocketOutcome(state: .connected, at: .zero)) { facts in
            facts.pathSize = PathSizeFacts(.silentQUIC, linkMTU: 1_500)
            for _ in 0..<2 {
                var (good, bad) = (
                    PathSizeFacts.Trial(.datagram, size: limit), PathSizeFacts.Trial(.datagram, size: limit + 1)
                )
                good.outcome = .passed
                bad.outcome = .silence
                facts.pathSize?.trials += [good, bad]
            }
        }
        #expect((diagnosis.mechanism == .mtuBlackHole) == (limit < 1_228))
        #expect(diagnosis.verdict == (limit < 1_228 ? .blocked : .undetermined))
    }
}
