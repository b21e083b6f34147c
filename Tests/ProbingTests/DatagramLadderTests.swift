import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

private let service = Attempt.Kind.udp(port: 5432)
private let web = Attempt.Kind.tcp(port: 443)

/// A service over UDP behind three routers, and what of it passes.
private func run(
    oneFlow: Bool, family: IPFamily = .v4, trace: TraceSettings? = nil, _ arrange: (inout SimulatedPath) -> Void
) -> Simulation.Result {
    var path = SimulatedPath.threeRouters(family)
    path.open[web] = .holds
    path.open[service] = .holds
    arrange(&path)
    var simulation = Simulation(path)
    simulation.usesOneFlow = oneFlow
    simulation.trace = trace
    return simulation.probe(.udp, 5432)
}

private func ports(_ result: Simulation.Result, isControl: Bool = false) -> [UInt16] {
    result.facts.attempts.filter { $0.purpose.isRung && $0.purpose.isControl == isControl && $0.kind == service }
        .compactMap { $0.local?.port }
}

@Test("All datagrams of a ladder leave from one port where a capture sees the answers, and only there")
func datagramsOfOneFlow() {
    for family in IPFamily.allCases {
        let drop = { (path: inout SimulatedPath) in path.rules = [.init(.forward(hop: 2), [service], .drop)] }
        let shared = ports(run(oneFlow: true, family: family, drop))
        #expect(shared.count > 4 && Set(shared).count == 1)
        let alone = ports(run(oneFlow: false, family: family, drop))
        #expect(Set(alone).count == alone.count)
    }
}

@Test("A ladder of datagrams ends at the host, in one flow or in many", arguments: [false, true])
func endOfDatagramLadder(oneFlow: Bool) {
    // Only what comes later is dropped: the ladder finds what the first attempt could not.
    let result = run(oneFlow: oneFlow) {
        $0.rules = [.init(.host, [service], .drop, when: .before(.zero + .milliseconds(300)))]
    }
    let path = PathView(attempts: result.facts.attempts)
    #expect(path.targetEnd?.ttl == 4)
    #expect(path.hops.prefix(3).allSatisfy { if case .timeExceeded = $0.target { true } else { false } })
}

@Test("Silence of a ladder's datagrams is asked once more, not three times")
func repetition() {
    let result = run(oneFlow: true) { $0.rules = [.init(.forward(hop: 2), [service], .drop)] }
    let tries = Dictionary(grouping: result.facts.attempts.filter { $0.purpose.isRung && !$0.purpose.isControl }) {
        $0.purpose.timeToLive ?? 0
    }
    #expect(tries[1]?.count == 1 && tries[4]?.count == 2)
    #expect(result.diagnosis.zones == [.path] && result.diagnosis.afterHop?.ttl == 2)
    #expect(result.diagnosis.beforeHop?.ttl == 3)
}

@Test("Where one of two paths drops a service, the ladder is of one of them, and says which stretch", arguments: 1...3)
func brokenMemberOfDatagrams(hop: Int) {
    let result = run(oneFlow: true) {
        $0.rules = [.init(.forward(hop: hop), [service], .drop, when: .sourcePort(modulo: 2, below: 1))]
    }
    let diagnosis = result.diagnosis
    #expect(diagnosis.verdict == .degraded && diagnosis.summary.contains("source port"), "\(diagnosis.summary)")
    #expect(diagnosis.zones.contains(.path) && diagnosis.afterHop?.ttl == hop, "\(diagnosis.zones)")
    let failing = Trials(result.facts.attempts).decidedByPort?.failing ?? []
    #expect(!Set(ports(result)).isDisjoint(with: failing))
    // The control is the same datagram from a port that passes.
    #expect(Set(ports(result, isControl: true)).count == 1)
}

@Test("Its look-alike: what every port loses is no matter of the port")
func droppedBehindBothPaths() {
    let result = run(oneFlow: true) { $0.rules = [.init(.forward(hop: 3), [service], .drop)] }
    #expect(result.diagnosis.verdict == .blocked || result.diagnosis.verdict == .undetermined)
    #expect(!result.diagnosis.summary.contains("source port"), "\(result.diagnosis.summary)")
}

@Test("A trace of datagrams asks each hop once a round from one port", arguments: [1, 4])
func traceOfDatagrams(rounds: Int) {
    var settings = TraceSettings()
    settings.rounds = rounds
    let result = run(oneFlow: true, trace: settings) { _ in }
    #expect(result.diagnosis.verdict == .open)
    let hops = result.diagnosis.path.prefix(4)
    #expect(hops.map(\.ttl) == [1, 2, 3, 4])
    #expect(hops.allSatisfy { $0.targetTally.sent == rounds && $0.targetTally.answered == rounds })
    #expect(Set(ports(result)).count == 1)
}
