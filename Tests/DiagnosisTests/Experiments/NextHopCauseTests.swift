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
    .gives(
        FixedNeighbor.self, "nothing comes back over a device that asks nobody", .blocked, "(NOARP)",
        HandmadeFacts.silent()
    ) { $0.neighbor = entry(.noARP) },
    .spares(FixedNeighbor.self, "a device that has no link addresses", .blocked, HandmadeFacts.silent()) {
        $0.neighbor = entry(.noARP)
        $0.neighbor?.linkAddress = nil
    },
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

/// This machine refuses in its own name, after so many milliseconds, and the neighbour of its route is well.
private func ownRefusal(after milliseconds: Int64, drop reason: String? = nil, others: [Bool] = []) -> Facts {
    var made = HandmadeFacts(hasWire: reason != nil)
    made.add(.primary, .icmp(3, 1, from: HandmadeFacts.local, timeToLive: 64, after: milliseconds))
    made.facts.attempts[0].packets.removeAll(where: \.fromInitiator)
    made.facts.neighbor = entry(.reachable)
    if let reason {
        made.facts.kernel.watchesDrops = true
        made.facts.attempts[0].drops = [
            KernelDrop(
                reason: reason, place: nil, isOutgoing: true, flags: .syn, at: .zero + .milliseconds(milliseconds))
        ]
    }
    made.burst(others)
    return made.facts
}

@Test("A next hop of several that is silent is told from a rule that says host unreachable")
func oneOfSeveralNextHops() {
    let dropped = ownRefusal(after: 3_080, drop: "NEIGH_FAILED").diagnose()
    #expect(dropped.verdict == .unreachable && dropped.mechanism == .noNeighbor && dropped.confidence == .likely)
    #expect(dropped.zones == [.path, .localEgress] && dropped.summary.contains("own, 198.51.100.1, is known"))
    let others = ownRefusal(after: 3_080, drop: "NEIGH_FAILED", others: [true, false, true]).diagnose()
    #expect(others.verdict == .degraded && others.summary.contains("Other source ports get through"))
    let unprivileged = ownRefusal(after: 3_080).diagnose()
    #expect(unprivileged.mechanism == .noNeighbor && unprivileged.zones == [.path, .localEgress])
    // A rule needs no time.
    let rule = ownRefusal(after: 1, drop: "NETFILTER_DROP").diagnose()
    #expect(rule.mechanism == .icmpReject && rule.zones == [.localEgress] && rule.confidence == .proved)
    let quick = ownRefusal(after: 1).diagnose()
    #expect(quick.mechanism == .icmpReject && quick.zones == [.localEgress] && quick.confidence == .proved)
    // Whoever was asked for before may fail at any moment.
    let between = ownRefusal(after: 400).diagnose()
    #expect(between.mechanism == .icmpReject && between.zones == [.localEgress, .path])
}

@Test("Where another next hop leads the control past a link that is down, it is one of several", arguments: [254, 99])
func linkOfSeveral(table: UInt32) {
    var facts = unresolved(requests: 0)
    facts.kernel.circumstances.link = LinkFact(name: "eth1", hasCarrier: false)
    facts.route?.table = table
    let diagnosis = facts.diagnose()
    #expect(diagnosis.verdict == (table == 254 ? .degraded : .unreachable), "\(diagnosis.summary)")
    #expect(diagnosis.zones == [.localEgress, .path] && diagnosis.confidence == .strong, "\(diagnosis.zones)")
    #expect(diagnosis.summary.contains("of several next hops, this one is down") == (table == 254))
    #expect(diagnosis.advice.contains { $0.contains("ignore_routes_with_linkdown") } == (table == 254))
    facts.attempts.removeAll { $0.purpose == .control }
    #expect(facts.diagnose().verdict == .unreachable, "nothing shows that there is another")
}

@Test("What gets through by another next hop makes no loss of a link that is down")
func linkOfSeveralIsNoLoss() {
    var made = HandmadeFacts.blocked()
    made.burst([true, false, false, true, false, true, false, false])
    made.burst([false, false, true, true, false, false, true, false], round: 2, at: 1_500)
    for index in made.facts.attempts.indices where made.facts.attempts[index].answer == .silence {
        made.facts.attempts[index].packets = []
    }
    #expect(made.facts.diagnose().mechanism == .loss)
    made.facts.kernel.circumstances.link = LinkFact(name: "eth1", hasCarrier: false)
    made.facts.route?.table = 254
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .noNeighbor, "\(diagnosis.summary)")
    #expect(diagnosis.zones == [.localEgress, .path], "\(diagnosis.zones)")
}

@Test("Where the same route leads the control past a silent gateway, it is one of several")
func gatewayOfSeveral() {
    var facts = unresolved(requests: 3)
    #expect(facts.diagnose().verdict == .unreachable)
    facts.route?.table = 254
    let diagnosis = facts.diagnose()
    #expect(diagnosis.verdict == .degraded && diagnosis.confidence == .strong && diagnosis.zones == [.path])
    #expect(diagnosis.summary.contains("of several next hops, this one is silent"))
    // A table of its own leads the target elsewhere.
    facts.route?.table = 100
    #expect(facts.diagnose().verdict == .unreachable)
    facts.route?.table = 254
    facts.attempts.removeAll { $0.purpose == .control }
    #expect(facts.diagnose().verdict == .unreachable)
}

@Test("A route that looks for the target on a link that is not its own may be the fault itself")
func targetOffLink() {
    var facts = unresolved(requests: 3)
    facts.neighbor = entry(.failed, HandmadeFacts.host)
    facts.neighborExchange?.address = HandmadeFacts.host
    facts.route = RouteFact(kind: .unicast, source: HandmadeFacts.local, interface: "eth0")
    let near = facts.diagnose()
    #expect(near.zones == [.destination, .path] && near.confidence == .proved)
    facts.kernel.circumstances.targetIsOffLink = true
    let far = facts.diagnose()
    #expect(far.zones == [.localEgress, .destination, .path] && far.confidence == .strong)
    #expect(far.summary.contains("no address of eth0 is of its network"), "\(far.summary)")
}

@Test("A bridge of this machine that has the target's network hides it: this machine is not ruled out")
func bridgeInside() {
    var facts = unresolved(requests: 3)
    facts.neighbor = entry(.failed, HandmadeFacts.host)
    facts.neighborExchange?.address = HandmadeFacts.host
    facts.route = RouteFact(kind: .unicast, source: HandmadeFacts.local, interface: "docker0")
    func diagnosis(_ ports: [String?]?) -> TargetDiagnosis {
        facts.kernel.circumstances.link = LinkFact(name: "docker0", kind: "bridge", portKinds: ports)
        return facts.diagnose()
    }
    let empty = diagnosis([])
    #expect(empty.zones == [.localEgress, .destination] && empty.confidence == .proved)
    #expect(empty.summary.contains("on docker0, a bridge of this machine itself without a port"), "\(empty.summary)")
    #expect(empty.advice.contains { $0.contains("If another host is meant") && $0.contains("docker0") })
    // Where this machine is a container, its own cable is a veth.
    let virtual = diagnosis(["veth"])
    #expect(virtual.zones == [.localEgress, .destination, .path] && !virtual.summary.contains("without a port"))
    // Behind hardware is a network, and what is no bridge is one.
    #expect(diagnosis(["veth", nil]).zones == [.destination, .path])
    #expect(diagnosis(nil).zones == [.destination, .path])
    // Who sees no packets has only the kernel's entry.
    facts = unresolved(requests: 0)
    facts.witnesses.remove(.wire)
    facts.neighbor = entry(.failed, HandmadeFacts.host)
    facts.neighborExchange = nil
    facts.route = RouteFact(kind: .unicast, source: HandmadeFacts.local, interface: "docker0")
    let unprivileged = diagnosis([])
    #expect(unprivileged.zones == [.localEgress, .destination, .localIngress] && unprivileged.confidence == .likely)
}

@Test("Whose own address is a duplicate sends from one of too small a scope")
func duplicateOwnAddress() throws {
    let own = try #require(IPAddress("2001:db8:1::2"))
    let router = try #require(IPAddress("fe80::1"))
    var made = HandmadeFacts()
    made.add(.primary, .icmp(3, 1, from: router))
    made.facts.attempts[0].packets.removeAll { !$0.fromInitiator }
    made.facts.attempts[0].socket?.notices = [
        ICMPNotice(
            error: ICMPError(family: .v6, type: 1, code: 2), sender: router, timeToLive: 64,
            at: .zero + .milliseconds(4))
    ]
    let plain = made.facts.diagnose()
    #expect(plain.zones == [.path] && plain.summary.contains("cannot forward"), "\(plain.summary)")
    made.facts.kernel.circumstances.duplicateAddress = own
    let duplicate = made.facts.diagnose()
    #expect(duplicate.zones == [.localEgress, .path] && duplicate.summary.contains("2001:db8:1::2 is not used"))
}
