import Conversations
import PacketWire
import Testing

@testable import Diagnosis

private let host = HandmadeFacts.host

@Test("Host unreachable from the host itself is no packet filter's", arguments: [Int64(3_050), 4])
func nobodyBehind(after: Int64) {
    var made = HandmadeFacts()
    made.add(.primary, sends: after > 1_000 ? 3 : 1, .icmp(3, 1, from: host, timeToLive: 61, after: after))
    made.add(.control, to: HandmadeFacts.web, at: 20, .synAck())
    let diagnosis = made.facts.diagnose()
    #expect(diagnosis.verdict == (after > 1_000 ? .unreachable : .blocked), "\(diagnosis.summary)")
    #expect(diagnosis.mechanism == (after > 1_000 ? .noNeighbor : .icmpReject))
    #expect(diagnosis.zones.first == .destination && diagnosis.actor == host)
    #expect(diagnosis.confidence == (after > 1_000 ? .strong : .likely))
    #expect(!diagnosis.summary.contains("packet filter"))
}
