import Conversations
import PacketWire
import Testing

@testable import Diagnosis

private typealias Reply = HandmadeFacts.Reply

/// An attempt and an open port beside it that answer with one TTL, and an echo with another.
private func beside(
    _ reply: Reply, web: Reply, echo: UInt8 = 61, ends: (target: Int, echo: Int)? = nil
) -> HandmadeFacts {
    var made = HandmadeFacts()
    made.add(.primary, reply)
    made.add(.control, to: HandmadeFacts.web, at: 10, web)
    made.add(.control, to: .echo, at: 11, .echo(echo))
    guard let ends else { return made }
    for hop in 1...4 {
        let exceeded = hop < 4 ? Reply.icmp(11, 0, from: HandmadeFacts.routers[hop - 1]) : reply
        if hop <= ends.target {
            made.add(.rung(timeToLive: hop), at: 30 + Int64(hop), replies: [hop < ends.target ? exceeded : reply])
        }
        made.add(
            .controlRung(timeToLive: hop), to: .echo, at: 40 + Int64(hop),
            replies: [hop < ends.echo ? exceeded : .echo(echo)])
    }
    return made
}

@Test("Where echoes alone come from elsewhere, a ladder of them tells a longer way back from one that takes every port")
func echoAlone() {
    let longer = beside(.synAck(), web: .synAck(), echo: 58)
    #expect(longer.facts.isEchoAlone)
    let guessed = longer.facts.diagnose()
    #expect(guessed.verdict == .interfered && guessed.confidence == .likely, "\(guessed.summary)")
    #expect(guessed.zones == [.path, .destination])
    #expect(beside(.synAck(), web: .synAck(), echo: 58, ends: (4, 4)).facts.diagnose().verdict == .open)
    let portal = beside(.synAck(64), web: .synAck(64), ends: (1, 4)).facts.diagnose()
    #expect(portal.verdict == .interfered && portal.zones == [.path] && portal.confidence == .proved)
    // Another port of the host comes from where its echoes do.
    #expect(!beside(.synAck(63), web: .synAck(61)).facts.isEchoAlone)
    #expect(beside(.synAck(63), web: .synAck(61)).facts.diagnose().confidence == .strong)
}

@Test(
    "A reset from one router nearer than echoes may be the last router's for every port, and one from its own distance is no forgery"
)
func resetBesideEcho() {
    let own = beside(.reset(), web: .reset(), echo: 58, ends: (4, 4)).facts.diagnose()
    #expect(own.verdict == .closed && own.zones == [.destination], "\(own.summary)")
    let either = beside(.reset(62), web: .reset(62), ends: (4, 4)).facts.diagnose()
    #expect(either.verdict == .closed && Set(either.zones) == [.path, .destination], "\(either.summary)")
    let guessed = beside(.reset(64), web: .reset(64)).facts.diagnose()
    #expect(guessed.confidence == .likely && Set(guessed.zones) == [.path, .destination], "\(guessed.summary)")
    let forged = beside(.reset(64), web: .reset(64), ends: (2, 4)).facts.diagnose()
    #expect(forged.mechanism == .tcpReset && forged.zones == [.path] && forged.confidence == .strong)
}
