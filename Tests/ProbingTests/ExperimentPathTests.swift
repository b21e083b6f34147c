import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

private let web = Attempt.Kind.tcp(port: 443)
private let target = Attempt.Kind.tcp(port: 5432)

private func openPath(_ change: (inout SimulatedPath) -> Void = { _ in }) -> SimulatedPath {
    var path = SimulatedPath.threeRouters()
    path.open[web] = .holds
    path.open[target] = .holds
    change(&path)
    return path
}

private let drivers = SimulatedDriver.all.filter { !$0.isThorough }

@Test("A handshake whose end is not heard is told from one that is", arguments: [true, false], [true, false])
func unheardEnd(isUnheard: Bool, hasWire: Bool) {
    var simulation = Simulation(openPath())
    simulation.isEndUnheard = isUnheard
    simulation.hasWire = hasWire
    let result = simulation.probe(.tcp, 5432)
    let diagnosis = result.diagnosis
    #expect(result.facts.attempts[0].socket?.isEndAcknowledged == !isUnheard)
    #expect(diagnosis.verdict == (isUnheard ? .interfered : .open))
    #expect(diagnosis.mechanism == (isUnheard ? .silentDrop : nil))
    if isUnheard {
        // The SYN-ACK that comes again is on the wire.
        #expect(diagnosis.confidence == (hasWire ? .strong : .likely))
        #expect(diagnosis.summary.contains(hasWire ? "repeated 1 time," : "nothing is acknowledged"))
        #expect(Set(diagnosis.zones).isSuperset(of: [.path, .destination]))
        // Whether its packets left shows only the tap.
        #expect(diagnosis.zones.contains(.localEgress) == !hasWire)
    }
}

/// Its first answer comes after the kernel has sent the SYN again: nothing is lost, and nothing is odd.
@Test("A host that takes a second and a half is open, and not lossy", arguments: drivers)
func slowHost(_ driver: SimulatedDriver) {
    let path = openPath { $0.hostDelay = .milliseconds(1_500) }
    let result = driver.run(path, .tcp, ProbeCircumstances())
    #expect(result.diagnosis.verdict == .open, "\(result.diagnosis.summary)")
    #expect(result.diagnosis.confidence == .proved)
    #expect(result.facts.attempts[0].socket?.retransmissions == 1)
}

@Test("Its look-alike: the first SYN is lost, and the second is answered at once", arguments: drivers)
func lostFirst(_ driver: SimulatedDriver) {
    let path = openPath {
        $0.rules = [.init(.forward(hop: 2), [target], .drop, when: .before(Instant(nanoseconds: 500_000_000)))]
    }
    let result = driver.run(path, .tcp, ProbeCircumstances())
    #expect(result.diagnosis.verdict == .degraded, "\(result.diagnosis.summary)")
    #expect(result.diagnosis.mechanism == .loss)
    #expect(result.facts.attempts[0].socket?.retransmissions == 1)
}

@Test("A ladder from a port that fails places the broken member; without one it may be anywhere", arguments: 1...3)
func brokenMemberIsPlaced(hop: Int) {
    let path = openPath {
        $0.rules = [.init(.forward(hop: hop), [target], .drop, when: .sourcePort(modulo: 2, below: 1))]
    }
    var simulation = Simulation(path)
    let unplaced = simulation.probe(.tcp, 5432).diagnosis
    #expect(unplaced.summary.contains("source port") && unplaced.verdict == .degraded)
    simulation.usesOneFlow = true
    let result = simulation.probe(.tcp, 5432)
    let diagnosis = result.diagnosis
    #expect(diagnosis.verdict == .degraded && diagnosis.summary.contains("source port"), "\(diagnosis.summary)")
    #expect(diagnosis.afterHop?.ttl == hop && diagnosis.beforeHop?.ttl == (hop == 3 ? nil : hop + 1))
    // The last stretch cannot be told from the host itself, to which no two packets of one flow may be sent.
    #expect(Set(diagnosis.zones) == (hop == 3 ? [.path, .destination, .returnPath] : [.path]))
    // Two ladders, each from one port, and the second from one of those that fail.
    let rungs = result.facts.attempts.filter { attempt in
        if case .rung(let timeToLive) = attempt.purpose { timeToLive < 4 } else { false }
    }
    let ports = Set(rungs.compactMap { $0.local?.port })
    #expect(ports.count == 2, "\(ports)")
    let failing = Trials(result.facts.attempts).decidedByPort?.failing ?? []
    #expect(!ports.isDisjoint(with: failing))
}

@Test("Thorough is more of the same ports, and never less than a verdict", arguments: [false, true])
func thoroughCount(isThorough: Bool) {
    let path = openPath {
        $0.rules = [.init(.forward(hop: 2), [target], .drop, when: .sourcePort(modulo: 4, below: 1))]
    }
    var simulation = Simulation(path)
    simulation.circumstances.isThorough = isThorough
    let result = simulation.probe(.tcp, 5432)
    let rounds = [1, 2].map { round in
        result.facts.attempts.count { $0.purpose == .experiment(.sourcePort(round: round)) }
    }
    #expect(rounds == (isThorough ? [16, 16] : [8, 8]))
    #expect(result.diagnosis.summary.contains("source port"))
}

@Test("The control is asked again at the end, and only there", arguments: [400, 1_200, 2_000])
func controlAgain(milliseconds: Int64) {
    var path = SimulatedPath.threeRouters()
    path.open[web] = .holds
    path.rules = [
        .init(.forward(hop: 2), [target], .drop),
        .init(.host, [], .drop, when: .after(.zero + .milliseconds(milliseconds))),
    ]
    let result = Simulation(path).probe(.tcp, 5432)
    let again = result.facts.attempts.filter { $0.purpose == .experiment(.controlRerun) }
    #expect(again.count == 1)
    let others = result.facts.attempts.filter { $0.purpose != .experiment(.controlRerun) && !$0.purpose.isRung }
    #expect(again.allSatisfy { last in others.allSatisfy { $0.startedAt <= last.startedAt } })
    #expect(result.diagnosis.summary.contains("no longer does"), "\(result.diagnosis.summary)")
}
