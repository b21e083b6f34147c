import Conversations
import FilterRules
import PacketWire
import Testing

@testable import Diagnosis

/// Nothing at the tap but what passed the loopback.
private func delivered(_ count: Int, _ replies: HandmadeFacts.Reply...) -> HandmadeFacts {
    var made = HandmadeFacts()
    made.add(.primary, sends: 3, replies: replies)
    made.facts.attempts[0].packets.removeAll { $0.fromInitiator }
    made.facts.attempts[0].loopedBack = count
    made.add(.control, to: HandmadeFacts.web, at: 350, .synAck())
    return made
}

private func entry(_ state: NeighborFact.State, _ address: IPAddress) -> NeighborFact {
    NeighborFact(address: address, state: state, interface: "eth1")
}

/// No packet left, and a rule sends what bears mark 5 somewhere else.
private func marked(_ route: RouteFact, _ neighbor: NeighborFact? = nil) -> HandmadeFacts {
    var made = delivered(0)
    made.facts.kernel.markedRoutes = [MarkedRoute(mark: 5, route: route, neighbor: neighbor)]
    return made
}

private let blackhole = RouteFact(kind: .blackhole, error: SocketError(linux: 22))
private let secondUplink = RouteFact(kind: .unicast, gateway: IPAddress("192.0.2.70"), interface: "eth1")

private let cases: [CauseCase] = [
    .gives(
        DeliveredHere.self, "SYNs on the loopback, and nobody takes them", .blocked, "nothing here takes it",
        delivered(3)),
    .gives(
        DeliveredHere.self, "and this machine resets them", .blocked, "this machine itself resets it",
        delivered(1, .reset(64))),
    .spares(DeliveredHere.self, "nothing on the loopback either", .blocked, delivered(0)),
    .gives(
        MarkedIntoDeadRoute.self, "the marked route is a blackhole", .unreachable,
        "mark 0x5 into a route of type blackhole",
        marked(blackhole)),
    .gives(
        MarkedIntoDeadRoute.self, "nobody has the marked route's gateway", .unreachable,
        "to 192.0.2.70, which does not answer", marked(secondUplink, entry(.failed, IPAddress("192.0.2.70")!))),
    .spares(
        MarkedIntoDeadRoute.self, "the marked route works", .blocked,
        marked(secondUplink, entry(.reachable, IPAddress("192.0.2.70")!))),
    .spares(MarkedIntoDeadRoute.self, "a rule is known that drops it", .blocked, marked(blackhole)) {
        $0.kernel.rules = [
            LocalRule(
                family: "inet", table: "lab", chain: "output", handle: 3, hook: "output", action: "drop",
                text: "tcp dport 5432 drop", ground: .matched, isOutgoing: true)
        ]
    },
]

/// The kernel gave up on a neighbour and said so in its own name, after a wait that was long enough for it.
private func refused(_ neighbor: NeighborFact?) -> HandmadeFacts {
    var made = HandmadeFacts()
    made.add(.primary, .icmp(3, 1, from: HandmadeFacts.local, timeToLive: 64, after: 3_080))
    made.facts.attempts[0].packets.removeAll(where: \.fromInitiator)
    made.facts.attempts[0].drops = [
        KernelDrop(
            reason: "NOT_SPECIFIED", place: "neigh_invalidate", isOutgoing: true, flags: .syn,
            at: .zero + .milliseconds(3_080))
    ]
    made.facts.kernel.watchesDrops = true
    made.facts.neighbor = NeighborFact(address: HandmadeFacts.routers[0], state: .reachable, interface: "eth0")
    made.facts.kernel.markedRoutes = [MarkedRoute(mark: 5, route: secondUplink, neighbor: neighbor)]
    return made
}

@Test("Who waits until the kernel gives up on the marked route's gateway hears the same of it")
func markedAndRefused() {
    let gateway = IPAddress("192.0.2.70")!
    for state in [NeighborFact.State.failed, .absent] {
        let diagnosis = refused(entry(state, gateway)).facts.diagnose()
        #expect(diagnosis.zones == [.localEgress] && diagnosis.mechanism == .noNeighbor, "\(diagnosis.zones)")
        #expect(diagnosis.summary.contains("to 192.0.2.70, which does not answer"), "\(diagnosis.summary)")
    }
    // It is another that has failed.
    let other = refused(entry(.reachable, gateway)).facts.diagnose()
    #expect(other.zones == [.path, .localEgress] && other.mechanism == .noNeighbor && other.confidence == .likely)
    // That there is no entry says nothing where none has failed.
    #expect(MarkedIntoDeadRoute.examine(Observations(marked(secondUplink, entry(.absent, gateway)).facts)) == nil)
}

@Test("What routes for marked packets do is told from what a rule drops", arguments: cases)
func policyRouteCauses(_ item: CauseCase) { item.check() }

@Test("A rule that is known to drop nothing makes the dead route strong; without a capture it is a hint")
func markedRouteConfidence() {
    var facts = marked(blackhole).facts
    #expect(facts.diagnose().confidence == .likely)
    facts.kernel.readsRules = true
    #expect(facts.diagnose().confidence == .strong)
    facts.witnesses.remove(.wire)
    #expect(facts.diagnose().confidence == .weak)
}
