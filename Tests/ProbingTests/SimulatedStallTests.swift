import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

/// One simulated network and the verdict that it must get.
struct SimulatedStall: Sendable, CustomTestStringConvertible {
    var name: String
    var transport = Transport.tcp
    var family = IPFamily.v4
    var hasWire = true
    var arrange: @Sendable (inout SimulatedPath) -> Void
    var verdict: Verdict
    var stage: Stage?
    var mechanism: Mechanism?
    var zones: Set<Zone>
    var after: Int?
    var before: Int?
    /// TTL of the router that is to be named; 0 is this machine, 4 the host.
    var actor: Int?
    var confidence: Confidence

    var testDescription: String { name }
}

private let web = Attempt.Kind.tcp(port: 443)
private let target = Attempt.Kind.tcp(port: 5432)
private let datagram = Attempt.Kind.udp(port: 5432)

let simulatedStalls: [SimulatedStall] =
    [
        SimulatedStall(
            name: "open", arrange: { $0.open[target] = .holds }, verdict: .open, zones: [], confidence: .proved),
        SimulatedStall(
            name: "closed", arrange: { $0.open[web] = .holds }, verdict: .closed, stage: .handshake,
            mechanism: .noListener, zones: [.destination], after: 3, actor: 4, confidence: .likely),
        SimulatedStall(
            name: "closed, nothing else answers",
            arrange: {
                $0.answersEcho = false
                $0.rules = [.init(.host, [web, .tcp(port: 80), .tcp(port: 22)], .drop)]
            }, verdict: .closed, stage: .handshake, mechanism: .noListener, zones: [.destination], after: 3, actor: 4,
            confidence: .likely),
        SimulatedStall(
            name: "closed, without a capture", hasWire: false, arrange: { $0.open[web] = .holds }, verdict: .closed,
            stage: .handshake, mechanism: .noListener, zones: [.destination, .path], after: 3,
            confidence: .likely),
        SimulatedStall(
            name: "reset by a rule here, without a capture, and nothing else answers", hasWire: false,
            arrange: {
                $0.answersEcho = false
                $0.rules = [
                    .init(.localEgress, [target], .reset),
                    .init(.host, [web, .tcp(port: 80), .tcp(port: 22)], .drop),
                ]
            }, verdict: .closed, stage: .handshake, mechanism: .noListener, zones: [.destination, .path, .localEgress],
            confidence: .likely),
        SimulatedStall(
            name: "dropped by the second router",
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.forward(hop: 2), [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.path], after: 2, before: 3,
            confidence: .strong),
        SimulatedStall(
            name: "dropped by the second router, IPv6", family: .v6,
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.forward(hop: 2), [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.path], after: 2, before: 3,
            confidence: .strong),
        SimulatedStall(
            name: "dropped by the second router before it looks at the TTL",
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.ingress(hop: 2), [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.path], after: 1, before: 2,
            confidence: .strong),
        SimulatedStall(
            name: "dropped before a router that never answers",
            arrange: {
                $0.open[web] = .holds
                $0.muteRouters = [3]
                $0.rules = [.init(.forward(hop: 2), [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.path, .destination, .returnPath], after: 2, before: 4, confidence: .likely),
        SimulatedStall(
            name: "dropped by the last router, while the first two have spent their ICMP errors for a moment",
            arrange: {
                $0.open[web] = .holds
                $0.spentUntil = [1: Instant.zero + .milliseconds(355), 2: Instant.zero + .milliseconds(355)]
                $0.rules = [.init(.forward(hop: 3), [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.path, .destination, .returnPath], after: 3, before: 4, confidence: .likely),
        SimulatedStall(
            name: "dropped by the last router, while all have spent their ICMP errors for a moment",
            arrange: {
                $0.open[web] = .holds
                for hop in 1...3 { $0.spentUntil[hop] = Instant.zero + .milliseconds(355) }
                $0.rules = [.init(.forward(hop: 3), [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.path, .destination, .returnPath], after: 3, before: 4, confidence: .likely),
        SimulatedStall(
            name: "dropped by the last router",
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.forward(hop: 3), [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.path, .destination, .returnPath], after: 3, before: 4, confidence: .likely),
        SimulatedStall(
            name: "dropped by the host",
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.host, [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.path, .destination, .returnPath], after: 3, before: 4, confidence: .likely),
        SimulatedStall(
            name: "the answer is lost",
            arrange: {
                $0.open[web] = .holds
                $0.open[target] = .holds
                $0.rules = [.init(.forward(hop: 2), [target], .dropAnswer)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.path, .destination, .returnPath], after: 3, before: 4, confidence: .likely),
        SimulatedStall(
            name: "everything is dropped by the host",
            arrange: {
                $0.answersEcho = false
                $0.rules = [.init(.host, [], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.path, .destination, .returnPath], after: 3, confidence: .weak),
        SimulatedStall(
            name: "dropped on the way out",
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.localEgress, [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.localEgress], before: nil,
            confidence: .strong),
        SimulatedStall(
            name: "dropped on the way out, without a capture", hasWire: false,
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.localEgress, [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.localEgress, .path], before: 1,
            confidence: .likely),
        SimulatedStall(
            name: "the answer is dropped on the way in",
            arrange: {
                $0.open[web] = .holds
                $0.open[target] = .holds
                $0.rules = [.init(.localIngress, [target], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.localIngress], confidence: .proved
        ),
        SimulatedStall(
            name: "rejected on the way out",
            arrange: { $0.rules = [.init(.localEgress, [target], .reject(type: 3, code: 3))] }, verdict: .blocked,
            stage: .handshake, mechanism: .icmpReject, zones: [.localEgress], actor: 0, confidence: .proved),
        SimulatedStall(
            name: "reset on the way out",
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.localEgress, [target], .reset)]
            }, verdict: .blocked, stage: .handshake, mechanism: .tcpReset, zones: [.localEgress], actor: 0,
            confidence: .proved),
        SimulatedStall(
            name: "reset forged by the second router",
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.forward(hop: 2), [target], .reset)]
            }, verdict: .blocked, stage: .handshake, mechanism: .tcpReset, zones: [.path], after: 2, before: 3,
            actor: 2,
            confidence: .strong),
        SimulatedStall(
            name: "reset forged by the last router, only echo to compare",
            arrange: { $0.rules = [.init(.forward(hop: 3), [target, web, .tcp(port: 80), .tcp(port: 22)], .reset)] },
            verdict: .blocked, stage: .handshake, mechanism: .tcpReset, zones: [.path], after: 3, actor: 3,
            confidence: .strong),
        SimulatedStall(
            name: "the host refuses with port unreachable",
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.host, [target], .reject(type: 3, code: 3))]
            }, verdict: .blocked, stage: .handshake, mechanism: .icmpReject, zones: [.destination], after: 3, actor: 4,
            confidence: .strong),
        SimulatedStall(
            name: "nobody has the address",
            arrange: { path in
                path.rules = [.init(.forward(hop: 3), [], .reject(type: 3, code: 1), delay: .milliseconds(3_050))]
            }, verdict: .unreachable, stage: .handshake, mechanism: .noNeighbor, zones: [.destination, .path], after: 3,
            actor: 3, confidence: .strong),
        SimulatedStall(
            name: "the second router has no route",
            arrange: { $0.rules = [.init(.forward(hop: 2), [], .reject(type: 3, code: 0))] }, verdict: .unreachable,
            stage: .handshake, mechanism: .noRoute, zones: [.path], after: 2, actor: 2, confidence: .strong),
        SimulatedStall(
            name: "a filter pretends to have no route",
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.forward(hop: 2), [target], .reject(type: 3, code: 0))]
            }, verdict: .blocked, stage: .handshake, mechanism: .icmpReject, zones: [.path], after: 2, before: 3,
            actor: 2, confidence: .strong),
        SimulatedStall(
            name: "a loop", arrange: { $0.loopsAfter = 2 }, verdict: .unreachable, stage: .handshake,
            mechanism: .routingLoop, zones: [.path], confidence: .proved),
        SimulatedStall(
            name: "closed after the handshake", arrange: { $0.open[target] = .closesAtOnce }, verdict: .interfered,
            stage: .application, mechanism: .closedByPeer, zones: [.destination], actor: 4, confidence: .likely),
        SimulatedStall(
            name: "reset after the handshake", arrange: { $0.open[target] = .resetsAtOnce }, verdict: .interfered,
            stage: .application, mechanism: .tcpReset, zones: [.destination, .path], actor: 4, confidence: .likely),
        SimulatedStall(
            name: "UDP answered", transport: .udp, arrange: { $0.open[datagram] = .holds }, verdict: .open, zones: [],
            confidence: .proved),
        SimulatedStall(
            name: "UDP closed", transport: .udp, arrange: { $0.open[web] = .holds }, verdict: .closed,
            stage: .handshake,
            mechanism: .noListener, zones: [.destination], after: 3, actor: 4, confidence: .likely),
        SimulatedStall(
            name: "UDP silent", transport: .udp,
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.host, [datagram], .drop)]
            }, verdict: .undetermined, stage: .handshake, mechanism: .noReply,
            zones: [.destination, .path, .returnPath], after: 3, confidence: .weak),
        SimulatedStall(
            name: "UDP dropped by the first router", transport: .udp,
            arrange: {
                $0.open[web] = .holds
                $0.rules = [.init(.forward(hop: 1), [datagram], .drop)]
            }, verdict: .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.path], after: 1, before: 2,
            confidence: .strong),
        SimulatedStall(
            name: "UDP filtered on the way out", transport: .udp,
            arrange: { $0.rules = [.init(.localEgress, [datagram], .fail(errno: 1))] }, verdict: .blocked,
            stage: .handshake, mechanism: .silentDrop, zones: [.localEgress], confidence: .proved),
    ]
    // Every code with which a router can refuse, both families.
    + [(UInt8(3), UInt8(2)), (3, 3), (3, 9), (3, 10), (3, 13)].map { refusal(.v4, $0.0, $0.1) }
    + [(UInt8(1), UInt8(1)), (1, 4), (1, 5), (1, 6)].map { refusal(.v6, $0.0, $0.1) }

private func refusal(_ family: IPFamily, _ type: UInt8, _ code: UInt8) -> SimulatedStall {
    SimulatedStall(
        name: "\(family.rawValue) refused with \(type)/\(code)", family: family,
        arrange: { $0.rules = [.init(.forward(hop: 2), [target], .reject(type: type, code: code))] },
        verdict: .blocked, stage: .handshake, mechanism: .icmpReject, zones: [.path], after: 2, actor: 2,
        confidence: .strong)
}

@Test(
    "Each simulated stall gets its verdict, stage, mechanism, zones and place", arguments: simulatedStalls,
    [false, true])
func verdictOfSimulatedStall(_ stall: SimulatedStall, usesOneFlow: Bool) {
    var path = SimulatedPath.threeRouters(stall.family)
    stall.arrange(&path)
    var simulation = Simulation(path)
    simulation.hasWire = stall.hasWire
    simulation.usesOneFlow = usesOneFlow && stall.hasWire
    let result = simulation.probe(stall.transport, 5432)
    let diagnosis = result.diagnosis
    #expect(diagnosis.verdict == stall.verdict)
    #expect(diagnosis.stage == stall.stage)
    #expect(diagnosis.mechanism == stall.mechanism)
    #expect(Set(diagnosis.zones) == stall.zones)
    #expect(diagnosis.zones.count == stall.zones.count)
    #expect(diagnosis.confidence == stall.confidence)
    if let after = stall.after { #expect(diagnosis.afterHop?.ttl == after) }
    if let before = stall.before { #expect(diagnosis.beforeHop?.ttl == before) }
    if let actor = stall.actor {
        let address = actor == 0 ? path.local : actor == 4 ? path.host : path.routers[actor - 1]
        #expect(diagnosis.actor == address)
    }
    // Polite, and in time.
    #expect(result.packets <= 120)
    #expect(result.elapsed <= .milliseconds(3_300))
    #expect(!diagnosis.summary.isEmpty)
}

@Test("An open port costs one connection, an echo and a try of an unused port beside it, and the hold")
func openPortIsCheap() {
    var path = SimulatedPath.threeRouters()
    path.open[target] = .holds
    let result = Simulation(path).probe(.tcp, 5432)
    #expect(result.facts.attempts.map(\.kind) == [target, .tcp(port: 21_846), .echo])
    #expect(result.elapsed <= .milliseconds(8 + 100))
}

@Test("A silent drop is placed within three seconds")
func silentDropIsQuick() {
    var path = SimulatedPath.threeRouters()
    path.open[web] = .holds
    path.rules = [.init(.forward(hop: 2), [target], .drop)]
    #expect(Simulation(path).probe(.tcp, 5432).elapsed <= .seconds(3))
}

@Test("A silence that is placed before a router would say that its next hop is down may be that; a longer one is not")
func unreportedNextHop() {
    func isLookAlike(_ settings: ProbeSettings) -> Bool {
        var path = SimulatedPath.threeRouters()
        path.open[web] = .holds
        path.rules = [.init(.forward(hop: 2), [target], .drop)]
        var simulation = Simulation(path)
        simulation.settings = settings
        let diagnosis = simulation.probe(.tcp, 5432).diagnosis
        #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .silentDrop)
        return diagnosis.lookAlikes.contains { $0.cause.contains("next hop that nobody has") }
    }
    var patient = ProbeSettings()
    patient.wait(.seconds(4))
    #expect(isLookAlike(ProbeSettings()))
    #expect(!isLookAlike(patient))
}

@Test("Without room for a ladder the verdict stays modest and says why")
func withheldLadder() {
    var path = SimulatedPath.threeRouters()
    path.open[web] = .holds
    path.rules = [.init(.forward(hop: 2), [target], .drop)]
    var simulation = Simulation(path)
    simulation.grantsLadder = false
    let diagnosis = simulation.probe(.tcp, 5432).diagnosis
    #expect(Set(diagnosis.zones) == [.path, .destination, .returnPath])
    #expect(diagnosis.confidence <= .likely)
    #expect(diagnosis.evidence.contains { $0.fact.contains("no ladder") })
}

@Test("A capture with drops proves nothing by absence")
func lossyCaptureWeakens() {
    var path = SimulatedPath.threeRouters()
    path.open[web] = .holds
    path.rules = [.init(.localEgress, [target], .drop)]
    var facts = Simulation(path).probe(.tcp, 5432).facts
    facts.capturedWithLoss = true
    #expect(facts.diagnose().confidence <= .likely)
}
