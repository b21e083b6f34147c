import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// What this machine itself refuses, and what a person can do about it.
struct LocalFailureTests {
    @Test(
        "A source port that was asked for and is held is named",
        arguments: [(Transport.tcp, "ss -tanp"), (.udp, "ss -uanp")])
    func heldPort(_ transport: Transport, _ command: String) {
        var made = HandmadeFacts(transport)
        var attempt = Attempt(
            purpose: .primary, kind: transport == .tcp ? .tcp(port: 5432) : .udp(port: 5432),
            remote: HandmadeFacts.host, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .failed(SocketError(linux: 98), atOnce: true), at: .zero)
        made.facts.attempts = [attempt]
        #expect(!made.facts.diagnose().advice.joined().contains(command))
        made.facts.sourcePort = 4_000
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.verdict == .failed && diagnosis.zones == [.localEgress])
        #expect(diagnosis.advice.first?.contains("\(command) 'sport = :4000'") == true, "\(diagnosis.advice)")
    }
}
