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

    /// The ladder's datagrams, as large as the first, end between two routers.
    private static func stopped(_ trials: [PathSizeFacts.Trial]?) -> TargetDiagnosis {
        var made = HandmadeFacts(.udp)
        made.add(.primary, from: 40_000)
        for wait in [800, 1_600] as [Int64] { made.add(.experiment(.rerun), at: wait, from: 40_000) }
        made.add(.control, to: .tcp(port: 5432), at: 20, .synAck())
        for hop in 1...4 {
            let exceeded = hop < 4 ? [HandmadeFacts.Reply.icmp(11, 0, from: HandmadeFacts.routers[hop - 1])] : []
            made.add(
                .rung(timeToLive: hop), to: .udp(port: 5432), at: 500, from: 40_000, replies: hop < 2 ? exceeded : [])
            made.add(
                .controlRung(timeToLive: hop), to: .tcp(port: 5432), at: 505, replies: hop < 4 ? exceeded : [.synAck()])
        }
        for index in made.facts.attempts.indices where made.facts.attempts[index].purpose == .primary {
            made.facts.attempts[index].kind = .udp(port: 5432)
        }
        made.facts.service = UDPService.named("quic")
        made.facts.pathSize = trials.map {
            var sizes = PathSizeFacts(.silentQUIC, linkMTU: 1_500)
            sizes.trials = $0
            return sizes
        }
        return made.facts.diagnose()
    }

    @Test(
        "A drop on the way is a filter's for sure where as large a packet passes", arguments: [nil, 554, 1_227, 1_228])
    func sizeTried(_ passed: Int?) {
        let trials = passed.map { size in
            [(PathSizeFacts.Trial.Outcome.silence, 553), (.passed, size)].map { outcome, size in
                var trial = PathSizeFacts.Trial(.datagram, size: size)
                trial.outcome = outcome
                return trial
            }
        }
        let diagnosis = Self.stopped(trials)
        #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .silentDrop, "\(diagnosis.summary)")
        #expect(diagnosis.confidence == (passed == 1_228 ? .strong : .likely), "\(diagnosis.summary)")
        #expect(diagnosis.lookAlikes.contains { $0.cause.contains("1228") } == (passed != 1_228))
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
