import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// A target beside the silent one, and what a router says of it, and when.
private func neighbor(_ address: String, from router: IPAddress, after milliseconds: Int64, code: UInt8 = 1) -> Facts {
    var made = HandmadeFacts()
    made.add(.primary, sends: 4, .icmp(3, code, from: router, timeToLive: 62, after: milliseconds))
    made.facts.target.address = IPAddress(address)
    return made.facts
}

private func words(_ neighbors: Facts..., amend: (inout HandmadeFacts) -> Void = { _ in }) -> String {
    var made = HandmadeFacts.silent()
    amend(&made)
    for neighbor in neighbors { made.facts.learnMissing(from: neighbor) }
    let diagnosis = made.facts.diagnose()
    // What is said of another host makes nobody surer of this one.
    #expect(diagnosis.verdict == .blocked && diagnosis.confidence == .weak)
    return diagnosis.lookAlikes.map { "\($0.whyNotExcluded) \($0.experiment)" }.joined(separator: "\n")
}

private let last = HandmadeFacts.routers[2]

@Test("A silent host beside one that a router misses may be missing, too")
func missingBeside() {
    let said = words(neighbor("203.0.113.14", from: last, after: 3_070))
    #expect(said.contains("192.0.2.6 says that 203.0.113.14 beside it is missing"))
    #expect(said.contains("probe 203.0.113.10 alone"))
}

@Test(
    "What another target's answer does not say of this one is not said",
    arguments: [
        ("another network", neighbor("203.0.114.14", from: last, after: 3_070)),
        ("a filter, which answers at once", neighbor("203.0.113.14", from: last, after: 4)),
        ("the neighbour itself", neighbor("203.0.113.14", from: IPAddress("203.0.113.14")!, after: 3_070)),
        ("prohibited", neighbor("203.0.113.14", from: last, after: 3_070, code: 13)),
        ("the same address", neighbor("203.0.113.10", from: last, after: 3_070)),
        ("IPv6", neighbor("2001:db8:5::14", from: last, after: 3_070)),
    ])
func notBeside(_ name: String, _ other: Facts) {
    #expect(!words(other).contains("beside it"), "\(name)")
}

@Test("Only the last router on the way knows its own network")
func otherRouter() {
    func ladder(_ made: inout HandmadeFacts) {
        for (hop, router) in HandmadeFacts.routers.enumerated() {
            made.add(.rung(timeToLive: hop + 1), at: 350, .icmp(11, 0, from: router))
        }
    }
    #expect(words(neighbor("203.0.113.14", from: last, after: 3_070), amend: ladder).contains("beside it"))
    let first = HandmadeFacts.routers[0]
    #expect(!words(neighbor("203.0.113.14", from: first, after: 3_070), amend: ladder).contains("beside it"))
}
