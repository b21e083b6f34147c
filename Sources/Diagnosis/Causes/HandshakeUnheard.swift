import Conversations
import PacketWire

/// The handshake looks complete from here, and the far end has not heard its last packet: it repeats its SYN-ACK, and
/// does not acknowledge the end of our side. A box that has state of one direction only drops our packets, or the
/// host ignores them because its accept queue is full (net/ipv4/tcp_minisocks.c, tcp_check_req).
enum HandshakeUnheard: Cause {
    static let supersedes: Set<CauseID> = ["Open"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered = observations.symptom, observations.transport == .tcp, let primary = observations.primary
        else { return nil }
        // Another hello was heard on a connection that began like this one.
        guard observations.facts.application?.hellos.contains(where: \.tls.isRead) != true else { return nil }
        let handshake = observations.handshake
        // Where SYNs are lost, what follows them is, too.
        guard !observations.trials.isMixed else { return nil }
        let repeated = handshake.acknowledgement.map { ack in handshake.synAcks.count { $0.at > ack.at } } ?? 0
        // A host that has not heard it would have said so again (Linux after 1 and 3 s), unless it keeps no state of
        // those it has answered: SYN cookies, RFC 4987 section 3.6.
        if observations.hasWire, repeated == 0, let silence = observations.facts.application?.silence,
            silence >= .seconds(3)
        {
            return nil
        }
        if let socket = primary.socket {
            guard socket.isEndAcknowledged == false, socket.bytesReceived == 0 else { return nil }
        } else {
            // In a file: more answers than questions, and the last a good while after its acknowledgement.
            guard handshake.synAcks.count > handshake.syns.count, handshake.responderBytes == 0,
                let ack = handshake.acknowledgement, let last = handshake.synAcks.last,
                last.at - ack.at >= .milliseconds(500)
            else { return nil }
        }
        // Who offers no window holds the client still on purpose: a SYN proxy, a tar pit.
        let isHeld = primary.socket?.isWindowShut == true
        // The tap shows whether the acknowledgement left.
        let left = observations.hasWire && handshake.acknowledgement != nil
        var zones: [Zone] = [.path, .destination]
        if !left, !isHeld { zones = observations.hasWire ? [.localEgress] : zones + [.localEgress] }
        return Finding(
            "the far end does not hear the end of the handshake", .interfered, stage: .handshake,
            mechanism: isHeld ? .answeredByMiddlebox : .silentDrop,
            zones: observations.isLocalTarget ? [.destination] : zones,
            confidence: repeated > 0 ? .strong : .likely,
            summary: isHeld
                ? "The SYN-ACK came and offers no window, not for a byte: something holds the client still, and nothing"
                    + " shows that the handshake was heard."
                : "The SYN-ACK came and everything this machine sent after it went unheard: "
                    + (repeated > 0
                        ? "the SYN-ACK is repeated \(repeated) time\(repeated == 1 ? "" : "s")"
                        : "nothing is acknowledged") + ", as if the handshake had not been completed.",
            advice: [
                "On the host: is the accept queue of the service full (ss -ltn, Recv-Q against Send-Q;"
                    + " nstat TcpExtListenOverflows)?",
                "If not, ask whoever runs the firewalls on the way whether they see both directions of"
                    + " \(observations.name): one that knows only half of a connection drops the rest.",
            ],
            whyNotExcluded: "a full accept queue and a box that drops our packets look the same from here",
            experiment: "look at the listener's queue on the host")
    }
}
