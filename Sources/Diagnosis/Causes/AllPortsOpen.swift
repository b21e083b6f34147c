import Conversations
import PacketWire

/// A port that nobody uses accepts as well: something answers for every port, and an open one means nothing.
enum AllPortsOpen: Cause {
    static let supersedes: Set<CauseID> = ["Open"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered = observations.symptom, !observations.isLocalTarget else { return nil }
        let tries = observations.attempts(of: .unusedPort)
        guard let decoy = tries.first(where: { if case .reached = $0.answer { true } else { false } }) else {
            return nil
        }
        let port = decoy.kind.port.map(String.init) ?? "?"
        return Finding(
            "something answers for every port", .degraded, stage: .handshake, mechanism: .answeredByMiddlebox,
            // An agent of this machine, which takes all before it leaves, looks no different where nothing is seen to leave.
            zones: [.path, .destination] + (observations.leftThisMachine ? [] : [.localEgress]), confidence: .strong,
            afterHop: observations.refusalBounds.after, beforeHop: observations.refusalBounds.before,
            summary:
                "The handshake completes, and so it does on port \(port), which nobody uses: something"
                + " answers for every port, and that this one is open says nothing about a service.",
            advice: [
                "Send what the service should answer, and look whether it does; ask for a proxy, a tar pit"
                    + " or an intrusion"
                    + " prevention system in front of \(observations.target.map(\.description) ?? "the host")."
            ])
    }
}
