import Conversations
import Diagnosis
import PacketWire

extension Facts {
    /// A probe whose connection to a proxy stands, and what was said there.
    static func proxied(_ input: String, port: UInt16, usesTLS: Bool, _ application: ApplicationFacts) -> Facts {
        let address = IPAddress("192.0.2.8")
        var facts = Facts(
            target: Target(input: input, host: "proxy", address: address, port: port, transport: .tcp),
            witnesses: [.socket])
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: port), remote: address, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected)
        attempt.socket?.aftermath = .held
        facts.attempts = [attempt]
        facts.request = ApplicationRequest(usesTLS: usesTLS, path: usesTLS ? "/" : nil)
        facts.application = application
        return facts
    }
}
