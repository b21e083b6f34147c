import Conversations
import PacketWire

/// The handshake completed and the far end closed soon after, without a byte.
enum ClosedAfterHandshake: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .broken(.closed(let moment, _)) = observations.symptom else { return nil }
        if observations.isEndDisowned { return disowned(moment, observations) }
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

    /// The client has no such connection any more, and the place of the capture saw nothing of how it ended there.
    private static func disowned(_ moment: Instant, _ observations: Observations) -> Finding {
        Finding(
            "the client had lost the connection before it was closed", .interfered, stage: .application,
            mechanism: .tcpReset, zones: [.path, .localEgress, .destination], confidence: .likely,
            summary:
                "The handshake completed; the far end closed the connection \(observations.soonAfterHandshake(moment)), without a"
                + " byte, and the client resets that: it did not know the connection any more, and what ended it there did"
                + " not pass this capture.",
            advice: [
                "Capture at the client: what came to it behind the SYN-ACK? A reset there that this capture has not is of"
                    + " somebody in between, who answers what the client said first."
            ])
    }
}

extension Observations {
    /// In a file: the far end's FIN is answered by a reset without an acknowledgement, as of one who has no such connection
    /// (RFC 9293 section 3.10.7.1), and the client had said nothing of an end.
    fileprivate var isEndDisowned: Bool {
        guard facts.isOffline, !facts.isSavedProbe, let fin = handshake.fins.first, let end = handshake.initiatorClosed,
            end.at >= fin.at
        else { return false }
        return end.tcp?.flags.intersection([.rst, .ack, .fin]) == .rst
    }

    /// `at once`, or `300 ms later`: who waits for something first waits longer than the path takes.
    func soonAfterHandshake(_ moment: Instant) -> String {
        guard let primary, let connected = primary.socket?.at ?? handshake.acknowledgement?.at else { return "at once" }
        let roundTrip = connected - primary.startedAt
        let span = moment - connected
        return span < roundTrip + .milliseconds(50) ? "at once" : "\(span.words) later"
    }
}
