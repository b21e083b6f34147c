import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// How long a connection stood that ended without a word.
struct SoonAfterHandshakeTests {
    private static let address = IPAddress("203.0.113.1") ?? .v4(.any)

    private func summary(roundTrip: Int64, _ aftermath: (Instant) -> SocketOutcome.Aftermath, after: Int64) -> String {
        var facts = Facts(
            target: Target(input: "x", host: "x", address: Self.address, port: 5432, transport: .tcp),
            witnesses: [.socket])
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 5432), remote: Self.address, startedAt: .zero)
        let connected = Instant.zero + .milliseconds(roundTrip)
        attempt.socket = SocketOutcome(state: .connected, at: connected)
        attempt.socket?.aftermath = aftermath(connected + .milliseconds(after))
        facts.attempts = [attempt]
        return facts.diagnose().summary
    }

    @Test(
        "What comes as soon as the path allows came at once; what was waited for says how long",
        arguments: [(1, 1, "at once"), (1, 300, "300 ms later"), (400, 401, "at once"), (400, 800, "800 ms later")]
            as [(Int64, Int64, String)])
    func soon(_ roundTrip: Int64, _ after: Int64, _ words: String) {
        let closed = summary(roundTrip: roundTrip, { .closed(at: $0, bytesBefore: 0) }, after: after)
        #expect(closed.contains("closed the connection \(words), without a byte"), "\(closed)")
        let reset = summary(
            roundTrip: roundTrip, { .reset(at: $0, SocketError(linux: 104), bytesBefore: 0) }, after: after)
        #expect(reset.contains("a reset came \(words)"), "\(reset)")
    }

    @Test("Who resets from nearer than the host is asked, and not the host's service", arguments: [61, 63])
    func whoIsAsked(timeToLive: Int) {
        var made = HandmadeFacts()
        made.add(.primary, .synAck(61), .reset(UInt8(timeToLive), after: 20))
        made.facts.attempts[0].socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(8))
        made.facts.attempts[0].socket?.aftermath = .reset(
            at: .zero + .milliseconds(20), SocketError(linux: 104), bytesBefore: 0)
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.zones == (timeToLive == 61 ? [.destination] : [.path]), "\(diagnosis.summary)")
        #expect(diagnosis.advice.contains { $0.contains("TCP wrappers") } == (timeToLive == 61))
        #expect(diagnosis.advice.contains { $0.contains("the host did not send it") } == (timeToLive == 63))
    }

    @Test("An address of many is said to be one", arguments: [RouteFact.Kind.broadcast, .multicast, .unicast])
    func addressOfMany(kind: RouteFact.Kind) {
        var made = HandmadeFacts()
        made.add(.primary, sends: 0)
        made.facts.route = RouteFact(kind: kind, source: HandmadeFacts.local, interface: "eth0")
        made.facts.attempts[0].socket = SocketOutcome(
            state: .failed(SocketError(linux: kind == .unicast ? 22 : 101), atOnce: true), at: .zero)
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.verdict == (kind == .unicast ? diagnosis.verdict : .failed), "\(diagnosis.summary)")
        #expect(diagnosis.summary.contains("TCP connects to one host") == (kind != .unicast), "\(diagnosis.summary)")
    }
}
