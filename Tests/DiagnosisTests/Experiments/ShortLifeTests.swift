import Conversations
import PacketWire
import Testing

@testable import Diagnosis

private let routers = HandmadeFacts.routers

/// A packet that died at a router, and the ladder: who said at which TTL that it ran out (by number; nil is silence).
private func expired(at router: Int, ladder: [Int?], control: Bool = true, hasWire: Bool = true) -> Facts {
    var made = HandmadeFacts(hasWire: hasWire)
    made.add(.primary, .icmp(11, 0, from: routers[router]))
    if control { made.add(.control, to: HandmadeFacts.web, at: 350, .synAck()) }
    for (index, router) in ladder.enumerated() {
        let replies = router.map { [HandmadeFacts.Reply.icmp(11, 0, from: routers[$0])] } ?? []
        made.add(.rung(timeToLive: index + 1), at: 400 + Int64(index), replies: replies)
    }
    return made.facts
}

/// Which place the ladder gives to a packet that died, and how surely.
struct Expiry: Sendable, CustomTestStringConvertible {
    var name: String
    var router = 1
    var ladder: [Int?]
    var control = true
    var hasWire = true
    var mechanism: Mechanism
    var zones: [Zone] = [.path]
    var confidence: Confidence
    var testDescription: String { name }

    static let all = [
        Expiry(
            name: "two routers alternate and nothing passes", ladder: [0, 1, 0, 1, 0, nil], control: false,
            mechanism: .routingLoop, confidence: .proved),
        Expiry(
            name: "the second of them is tired in the end", ladder: [0, 1, 0, 1, 0, nil, 0, nil, 0], control: false,
            mechanism: .routingLoop, confidence: .proved),
        Expiry(
            name: "a circle of three", ladder: [0, 1, 2, 0, 1, 2], control: false, mechanism: .routingLoop,
            confidence: .proved),
        Expiry(
            name: "two routers alternate, and another port passes", ladder: [0, 1, 0, 1], mechanism: .routingLoop,
            confidence: .likely),
        Expiry(
            name: "the first router comes again behind the second, and another port passes", ladder: [0, 1, 0, nil],
            mechanism: .routingLoop, confidence: .likely),
        Expiry(
            name: "one router again beside a mute one", router: 0, ladder: [0, nil, 0, nil, 0], control: false,
            mechanism: .routingLoop, confidence: .likely),
        Expiry(
            name: "every second router is mute, and another port passes", ladder: [nil, 1, nil, 1, nil, 1],
            mechanism: .routingLoop, confidence: .likely),
        Expiry(name: "no ladder at all", ladder: [], control: false, mechanism: .routingLoop, confidence: .likely),
        Expiry(
            name: "one router at every TTL, and another port passes", ladder: [0, 1, 1, 1],
            mechanism: .alteredInTransit, confidence: .strong),
        Expiry(
            name: "one router at every TTL, and nothing passes", ladder: [0, 1, 1, nil, 1], control: false,
            mechanism: .alteredInTransit, confidence: .likely),
        Expiry(
            name: "one router now and then, and another port passes", ladder: [nil, 1, nil, 1],
            mechanism: .alteredInTransit, confidence: .likely),
        Expiry(
            name: "without a capture it may be set here", ladder: [0, 1, 1, 1], hasWire: false,
            mechanism: .alteredInTransit, zones: [.path, .localEgress], confidence: .likely),
    ]
}

@Test("One router that comes again is no circle, two that alternate are", arguments: Expiry.all)
func expiries(_ item: Expiry) {
    let facts = expired(at: item.router, ladder: item.ladder, control: item.control, hasWire: item.hasWire)
    let diagnosis = facts.diagnose()
    #expect(diagnosis.mechanism == item.mechanism, "\(diagnosis.summary)")
    #expect(diagnosis.verdict == (item.mechanism == .routingLoop ? .unreachable : .blocked))
    #expect(diagnosis.zones == item.zones && diagnosis.confidence == item.confidence, "\(diagnosis.summary)")
    #expect(!diagnosis.advice.isEmpty && !diagnosis.summary.contains("  "))
}

@Test("A circle of which one router alone speaks is told by where that one stands")
func halfMuteCircle() {
    let diagnosis = expired(at: 1, ladder: [0, 1, nil, nil, 1, nil, nil, 1], control: false).diagnose()
    #expect(diagnosis.summary.contains("stands at hops 2, 5, 8,"), "\(diagnosis.summary)")
    #expect(diagnosis.afterHop == Hop(ttl: 2, address: routers[1]) && diagnosis.zones == [.path])
    for ladder in [[0, 1, nil, 1], [0, 1, nil, 1, nil, nil, 1], [1, 1, 1]] {
        #expect(!expired(at: 1, ladder: ladder, control: false).diagnose().summary.contains("stands at hops"))
    }
}

@Test("The stretch on which the TTL is set anew is named")
func rewrittenBetween() {
    let diagnosis = expired(at: 1, ladder: [0, 1, 1, 1]).diagnose()
    #expect(diagnosis.afterHop == Hop(ttl: 1, address: routers[0]))
    #expect(diagnosis.beforeHop == Hop(ttl: 2, address: routers[1]))
    #expect(diagnosis.evidence.contains { $0.fact == "the SYN gets as far as hop 2 (192.0.2.2)" })
}

@Test("What left with a short TTL is this machine's doing, by a rule or by default", arguments: [true, false])
func startedShort(isRule: Bool) {
    var facts = expired(at: 1, ladder: isRule ? [nil, 1, 1] : [0, 1, 2], control: isRule)
    for index in facts.attempts.indices where !facts.attempts[index].purpose.isRung || isRule {
        for packet in facts.attempts[index].packets.indices where facts.attempts[index].packets[packet].fromInitiator {
            facts.attempts[index].packets[packet].timeToLive = 2
        }
    }
    let diagnosis = facts.diagnose()
    #expect(diagnosis.verdict == .blocked && diagnosis.zones == [.localEgress] && diagnosis.confidence == .proved)
    #expect(diagnosis.mechanism == (isRule ? .alteredInTransit : .icmpReject), "\(diagnosis.summary)")
    #expect(diagnosis.summary.contains("with a TTL of 2") && diagnosis.lookAlikes.isEmpty)
    #expect(diagnosis.advice[0].contains(isRule ? "rule of this machine" : "ip_default_ttl"))
    // A file does not say where it was captured.
    facts.isOffline = true
    let offline = facts.diagnose()
    #expect(offline.zones == [.localEgress, .path] && offline.confidence == .likely)
}
