import Conversations
import PacketWire
import Testing

@testable import Diagnosis

private let stale = MACAddress(rawValue: 0x02_00_00_00_00_99)
private let gateway = MACAddress(rawValue: 0x02_00_00_00_00_01)

/// A silent attempt whose answers came for another link address.
private func misaddressed(_ count: Int, _ flags: TCPFlags? = [.syn, .ack], isICMP: Bool = false) -> HandmadeFacts {
    var made = HandmadeFacts.silent()
    for number in 0..<count {
        made.facts.attempts[0].misaddressed.append(
            MisaddressedAnswer(
                frame: 10 + number, linkDestination: stale, linkSource: gateway, flags: flags, isICMP: isICMP))
    }
    return made
}

private func entry(_ state: NeighborFact.State) -> NeighborFact {
    NeighborFact(
        address: HandmadeFacts.routers[0], state: state, linkAddress: state == .failed ? nil : gateway,
        interface: "eth0")
}

private let cases: [CauseCase] = [
    .gives(
        MisaddressedOnLink.self, "SYN-ACKs for another link address", .blocked,
        "SYN-ACK comes back (3 times at the tap) in a frame for 02:00:00:00:00:99", misaddressed(3)),
    .gives(
        MisaddressedOnLink.self, "a router's errors for another link address", .blocked, "The ICMP error comes back",
        misaddressed(2, nil, isICMP: true)),
    .spares(MisaddressedOnLink.self, "nothing came at all", .blocked, HandmadeFacts.silent()),
    .spares(
        MisaddressedOnLink.self, "a copy for somebody else beside the answer", .open,
        {
            var made = HandmadeFacts.answered()
            made.facts.attempts[0].misaddressed = misaddressed(1).facts.attempts[0].misaddressed
            return made
        }()),
]

@Test("Answers for another link address are told from silence", arguments: cases)
func misaddressedCauses(_ item: CauseCase) { item.check() }

@Test("The neighbour with the sending link address is named, and one answer is only likely")
func misaddressedSender() {
    var facts = misaddressed(3).facts
    facts.neighbor = entry(.reachable)
    let diagnosis = facts.diagnose()
    #expect(diagnosis.zones == [.returnPath] && diagnosis.confidence == .strong && diagnosis.lookAlikes.isEmpty)
    #expect(diagnosis.actor == HandmadeFacts.routers[0])
    #expect(diagnosis.evidence.contains { $0.fact.contains("for another link address") && $0.frames == [10, 11, 12] })
    #expect(misaddressed(1).facts.diagnose().confidence == .likely)
}

@Test("A next hop whose answers are for another link address has not kept silent")
func nextHopAnswersElsewhere() {
    var made = HandmadeFacts.silent()
    made.facts.attempts[0].packets = []
    made.facts.neighbor = entry(.failed)
    made.facts.neighborExchange = NeighborExchange(address: HandmadeFacts.routers[0])
    made.facts.neighborExchange?.requests = [1, 2, 3]
    made.facts.neighborExchange?.misaddressed = 3
    let elsewhere = made.facts.diagnose()
    #expect(elsewhere.verdict == .unreachable && elsewhere.confidence == .strong)
    #expect(elsewhere.zones == [.returnPath, .path])
    #expect(elsewhere.summary.contains("for another link address"))
}
