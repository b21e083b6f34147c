import Conversations
import PacketWire
import Testing

@testable import Diagnosis

private let gateway = MACAddress(rawValue: 0x02_00_00_00_00_01)

private func entry(_ state: NeighborFact.State, _ address: IPAddress = HandmadeFacts.routers[0]) -> NeighborFact {
    NeighborFact(address: address, state: state, linkAddress: state == .failed ? nil : gateway, interface: "eth0")
}

private let cases: [CauseCase] = [
    .gives(
        FixedNeighbor.self, "nothing comes back over a permanent entry", .blocked, "by a permanent entry",
        HandmadeFacts.silent()
    ) { $0.neighbor = entry(.permanent) },
    .spares(FixedNeighbor.self, "the entry was asked for", .blocked, HandmadeFacts.silent()) {
        $0.neighbor = entry(.reachable)
    },
    .spares(FixedNeighbor.self, "something came back over it", .blocked, HandmadeFacts.blocked()) {
        $0.neighbor = entry(.permanent)
    },
]

@Test("A permanent entry is doubted where nothing ever came back over it", arguments: cases)
func fixedNeighborCauses(_ item: CauseCase) { item.check() }

/// The next hop's address is unresolved, and no packet left.
private func unresolved(requests: Int, hasWire: Bool = true) -> Facts {
    var made = HandmadeFacts.blocked(hasWire: hasWire)
    made.facts.attempts[0].packets = []
    made.facts.neighbor = entry(.failed)
    made.facts.neighborExchange = NeighborExchange(address: HandmadeFacts.routers[0])
    made.facts.neighborExchange?.requests = Array(0..<requests)
    return made.facts
}

@Test("Who is asked and does not answer is told from who is never asked")
func nextHops() {
    let silent = unresolved(requests: 3).diagnose()
    #expect(silent.zones == [.path] && silent.confidence == .proved)
    let unasked = unresolved(requests: 0).diagnose()
    #expect(unasked.zones == [.localEgress] && unasked.confidence == .likely, "\(unasked.zones)")
    #expect(unasked.summary.contains("no request for it left") && unasked.advice.contains { $0.contains("arptables") })
    #expect(Set(unresolved(requests: 0, hasWire: false).diagnose().zones).isSuperset(of: [.path, .localEgress]))
}

@Test("An interface without a route there is this machine's own fault")
func assumedOnLink() {
    var facts = unresolved(requests: 3)
    facts.neighbor = entry(.failed, HandmadeFacts.host)
    facts.neighborExchange?.address = HandmadeFacts.host
    facts.route = RouteFact(kind: .unicast, source: HandmadeFacts.local, interface: "eth1")
    #expect(facts.diagnose().zones.contains(.destination))
    facts.route?.table = 0
    let diagnosis = facts.diagnose()
    #expect(diagnosis.zones == [.localEgress] && diagnosis.mechanism == .noRoute && diagnosis.stage == .route)
    #expect(diagnosis.summary.contains("over eth1"))
}
