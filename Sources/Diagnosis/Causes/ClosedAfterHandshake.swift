import Conversations
import PacketWire

/// The handshake completed and the far end closed soon after, without a byte.
enum ClosedAfterHandshake: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .broken(.closed(let moment, _)) = observations.symptom else { return nil }
        return Finding(
            "closed right after the handshake", .interfered, stage: .application, mechanism: .closedByPeer,
            // A proxy on the way without a backend does the same; its distance only the wire shows.
            zones: observations.hasWire ? [.destination] : [.destination, .path], confidence: .likely,
            actor: observations.target,
            summary:
                "The handshake completed; then the far end closed the connection \(observations.soonAfterHandshake(moment)), without a byte.",
            advice: [
                "Look at the service's own access list (TCP wrappers, allowed hosts) and its log on \(observations.target.map(\.description) ?? "the host").",
                "If a load balancer or a container proxy stands in front: has it a healthy backend?",
            ])
    }
}

extension Observations {
    /// `at once`, or `300 ms later`: who waits for something first waits longer than the path takes.
    func soonAfterHandshake(_ moment: Instant) -> String {
        guard let primary, let connected = primary.socket?.at ?? handshake.acknowledgement?.at else { return "at once" }
        let roundTrip = connected - primary.startedAt
        let span = moment - connected
        return span < roundTrip + .milliseconds(50) ? "at once" : "\(span.words) later"
    }
}
