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
}
