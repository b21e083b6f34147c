import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

private let web = Attempt.Kind.tcp(port: 443)
private let target = Attempt.Kind.tcp(port: 5432)

/// A trace over a simulated path, on a virtual clock.
struct TraceProbeTests {
    private func trace(
        _ rounds: Int = 3, oneFlow: Bool = true, _ transport: Transport = .tcp, sourcePort: UInt16? = nil,
        _ arrange: (inout SimulatedPath) -> Void
    ) -> Simulation.Result {
        var path = SimulatedPath.threeRouters()
        path.open[web] = .holds
        arrange(&path)
        var simulation = Simulation(path)
        simulation.usesOneFlow = oneFlow
        simulation.sourcePort = sourcePort
        // The driver has the ladder wait for the rounds, where it cannot leave beside the attempt.
        if sourcePort != nil, !oneFlow || transport == .udp { simulation.settings.walksLadder = false }
        var settings = TraceSettings()
        settings.rounds = rounds
        simulation.trace = settings
        return simulation.probe(transport, 5432)
    }

    @Test("An open target: both ladders, every hop asked once a round", arguments: [1, 3, 6], [false, true])
    func open(rounds: Int, oneFlow: Bool) {
        let result = trace(rounds, oneFlow: oneFlow) { $0.open[target] = .holds }
        #expect(result.diagnosis.verdict == .open)
        let hops = result.diagnosis.path.prefix(4)
        #expect(hops.map(\.ttl) == [1, 2, 3, 4])
        for hop in hops {
            #expect(hop.targetTally.sent == rounds && hop.targetTally.answered == rounds, "hop \(hop.ttl)")
            #expect(hop.controlTally.sent == rounds && hop.controlTally.answered == rounds, "hop \(hop.ttl)")
            #expect(hop.targetTally.roundTrips == Array(repeating: .milliseconds(Int64(2 * hop.ttl)), count: rounds))
        }
        if case .reached = hops[3].target {} else { Issue.record("the end is what answered: \(hops[3].target)") }
    }

    @Test("A host that takes its time for each answer is slow, and nothing of it is lost", arguments: [false, true])
    func slowHost(oneFlow: Bool) {
        let result = trace(oneFlow: oneFlow) { path in
            path.open[target] = .holds
            path.open[web] = nil
            path.hostDelay = .milliseconds(1_500)
        }
        #expect(result.diagnosis.verdict == .open, "\(result.diagnosis.summary)")
        let end = result.diagnosis.path.first { $0.ttl == 4 }
        #expect(end?.targetTally.answered ?? 0 > 0, "\(end?.targetTally as Any)")
        #expect(result.elapsed < .seconds(12))
    }

    @Test("No router is asked for more ICMP errors than Linux spends: six at once, then one a second")
    func pacing() {
        let result = trace(8) { $0.open[target] = .holds }
        for ttl in 1...3 {
            let asked = result.facts.attempts.filter { $0.purpose.timeToLive == ttl }.map(\.startedAt).sorted()
            #expect(asked.count == 16)
            for (index, at) in asked.enumerated() where index >= 6 {
                #expect((at - asked[0]).seconds >= Double(index - 5) - 0.001, "packet \(index) of hop \(ttl)")
            }
        }
        #expect(result.elapsed <= .seconds(12))
    }

    @Test("A silent drop keeps its place and its grade, with as many rounds as were asked for")
    func silentDrop() {
        let result = trace { $0.rules = [.init(.forward(hop: 2), [target], .drop)] }
        let diagnosis = result.diagnosis
        #expect(diagnosis.verdict == .blocked && diagnosis.zones == [.path])
        #expect(diagnosis.afterHop?.ttl == 2 && diagnosis.beforeHop?.ttl == 3)
        #expect(diagnosis.path[0].targetTally.sent == 3)
        #expect(diagnosis.path[2].targetTally.answered == 0 && diagnosis.path[2].targetTally.sent >= 3)
        #expect(diagnosis.path[2].quietness(among: diagnosis.path) == nil, "the stall is no mute hop")
    }

    @Test("A mute router is no stall, and one that spares its errors no loss")
    func quietRouters() {
        let mute = trace {
            $0.open[target] = .holds
            $0.muteRouters = [2]
        }
        #expect(mute.diagnosis.verdict == .open)
        #expect(mute.diagnosis.path.map { $0.quietness(among: mute.diagnosis.path) }.prefix(3) == [nil, .mute, nil])
        #expect(mute.diagnosis.evidence.contains { $0.fact == "hop 2 never says that a TTL ran out there" })
        let sparing = trace {
            $0.open[target] = .holds
            $0.spentUntil = [2: Instant(nanoseconds: 500_000_000)]
        }
        #expect(
            sparing.diagnosis.path.map { $0.quietness(among: sparing.diagnosis.path) }.prefix(3) == [
                nil, .sparing, nil,
            ])
    }

    @Test("Behind a mute router the stall is placed past it all the same")
    func muteBeforeStall() {
        let result = trace {
            $0.muteRouters = [2]
            $0.rules = [.init(.forward(hop: 3), [target], .drop)]
        }
        #expect(result.diagnosis.afterHop?.ttl == 3)
        #expect(result.diagnosis.path[1].quietness(among: result.diagnosis.path) == .mute)
        // A mute router directly before the stall hides on which side of it the packets end.
        let hidden = trace {
            $0.muteRouters = [2]
            $0.rules = [.init(.forward(hop: 1), [target], .drop)]
        }
        #expect(hidden.diagnosis.afterHop?.ttl == 1 && hidden.diagnosis.beforeHop?.ttl == 3)
    }

    @Test("A router that answers in the host's own name is a router: what answered decides")
    func targetsOwnAddress() {
        for stalls in [false, true] {
            let result = trace {
                $0.routers[2] = $0.host
                if stalls { $0.rules = [.init(.host, [target], .drop)] } else { $0.open[target] = .holds }
            }
            #expect(result.diagnosis.verdict == (stalls ? .blocked : .open))
            #expect(result.diagnosis.path[2].target == .timeExceeded(SimulatedPath.threeRouters().host))
            guard stalls else { continue }
            #expect(Set(result.diagnosis.zones) == [.path, .destination, .returnPath])
            #expect(result.diagnosis.afterHop?.ttl == 3)
        }
    }

    @Test("A refusal ends the target's ladder, the control's goes on")
    func refusal() {
        let result = trace { $0.rules = [.init(.forward(hop: 2), [target], .reject(type: 3, code: 13))] }
        #expect(result.diagnosis.mechanism == .icmpReject && result.diagnosis.actor == IPAddress("192.0.2.2"))
        let rungs = result.facts.attempts.filter { $0.purpose == .rung(timeToLive: 4) }
        #expect(rungs.count <= 1, "behind the end nothing is asked again")
        #expect(result.diagnosis.path.first { $0.ttl == 4 }?.controlTally.sent == 3)
    }

    @Test("UDP is traced with datagrams, beside a control of TCP")
    func datagrams() {
        let result = trace(3, .udp) { $0.open[.udp(port: 5432)] = .holds }
        #expect(result.diagnosis.verdict == .open)
        #expect(result.diagnosis.path[3].target.description == "datagram")
        #expect(result.diagnosis.path[3].control.description == "SYN-ACK")
    }

    @Test("From a port of one's own: every hop is asked from it, and only a flow that a capture follows at once")
    func sourcePort() {
        for (oneFlow, transport) in [(true, Transport.tcp), (false, .tcp), (true, .udp), (false, .udp)] {
            let result = trace(2, oneFlow: oneFlow, transport, sourcePort: 40_123) {
                $0.open[transport == .tcp ? target : .udp(port: 5432)] = .holds
            }
            #expect(result.diagnosis.verdict == .open)
            // One packet more, where all are asked at once, goes past the end.
            let rungs = result.facts.attempts.filter {
                if case .rung(let timeToLive) = $0.purpose { timeToLive <= 4 } else { false }
            }
            #expect(rungs.count == 8 && rungs.allSatisfy { $0.local?.port == 40_123 })
            let isAtOnce = Set(rungs.map(\.startedAt)).count < rungs.count
            #expect(isAtOnce == oneFlow, "\(transport) \(oneFlow)")
            #expect(result.diagnosis.path.prefix(4).map(\.controlTally.answered) == [2, 2, 2, 2])
        }
    }

    @Test("One after another a silent hop takes a third of a round, and the control answers right behind it")
    func singly() {
        let result = trace(2, oneFlow: false, sourcePort: 40_123) {
            $0.rules = [.init(.forward(hop: 2), [target], .drop)]
        }
        #expect(result.diagnosis.afterHop?.ttl == 2 && result.diagnosis.beforeHop?.ttl == 3)
        let rungs = result.facts.attempts.filter {
            if case .rung = $0.purpose { $0.local?.port == 40_123 } else { false }
        }
        let silent = rungs.filter { $0.answer == .silence }.map(\.startedAt).sorted()
        #expect(silent.count > 4)
        for (one, next) in zip(silent, silent.dropFirst()) { #expect(next - one >= .milliseconds(300)) }
    }

    @Test("Stopped in the middle, what is known stands")
    func stopped() {
        var facts = Facts(
            target: Target(input: "t", host: "t", address: IPAddress("203.0.113.10")!, port: 1, transport: .tcp),
            witnesses: [.socket])
        facts.route = RouteFact(kind: .unicast)
        var probe = TraceProbe(TargetProbe(facts: facts, settings: ProbeSettings()))
        _ = probe.begin(at: .zero)
        #expect(probe.stop(at: .zero + .seconds(1)).contains(.finish))
        #expect(probe.isFinished)
        #expect(probe.handle(.time, at: .zero + .seconds(2)).isEmpty)
    }
}

extension PathHop.Answer {
    fileprivate var description: String {
        if case .reached(_, let what) = self { what } else { "" }
    }
}
