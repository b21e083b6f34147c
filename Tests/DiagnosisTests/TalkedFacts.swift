import Conversations
import Diagnosis
import PacketWire

extension Facts {
    /// A probe by the socket alone whose connection stands after 10 ms and was held to its end, and what was said on it.
    static func talked(
        to address: IPAddress, port: UInt16 = 443, _ request: ApplicationRequest = ApplicationRequest(usesTLS: true),
        make: (inout ApplicationFacts) -> Void = { _ in }
    ) -> Facts {
        var facts = Facts(
            target: Target(input: "x", host: "web.lab", address: address, port: port, transport: .tcp),
            witnesses: [.socket])
        facts.request = request
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: port), remote: address, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(10))
        attempt.socket?.aftermath = .held
        attempt.socket?.isEndAcknowledged = true
        facts.attempts = [attempt]
        var application = ApplicationFacts()
        make(&application)
        facts.application = application
        return facts
    }
}
