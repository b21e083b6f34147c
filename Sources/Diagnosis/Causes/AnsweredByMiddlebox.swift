import Conversations
import PacketWire

/// Something nearer than the host completes the handshake: a SYN proxy, a transparent proxy, a captive portal, an
/// address translation to another machine.
enum AnsweredByMiddlebox: Cause {
    static let supersedes: Set<CauseID> = ["Open", "ResetAfterHandshake", "ClosedAfterHandshake", "AllPortsOpen"]

    static func examine(_ observations: Observations) -> Finding? {
        let broken: Bool
        switch observations.symptom {
        case .answered: broken = false
        case .broken: broken = true
        default: return nil
        }
        guard observations.transport == .tcp, !observations.isLocalTarget,
            let synAck = observations.handshake.synAcks.first
        else { return nil }
        guard case .nearer(let hop) = observations.provenance(of: synAck.timeToLive) else {
            return observations.facts.isAnswerOdd && observations.path.isEmpty
                ? .untested("something nearer completes the handshake") : nil
        }
        let end = observations.path.targetEnd
        let byLadder = end.map { observations.path.controlPasses($0.ttl) } ?? false
        let actor = observations.path.hop(at: hop)?.address
        let place = actor.map { "\($0) (hop \(hop))" } ?? "hop \(hop)"
        // A proxy that has reached its own far side opens the window; until then it holds the client still.
        let isHeld = synAck.tcp?.window == 0 && !observations.hasWindowUpdate
        let dead = broken || isHeld
        return Finding(
            "something nearer completes the handshake", dead ? .interfered : .degraded, stage: .handshake,
            mechanism: .answeredByMiddlebox, zones: [.path],
            confidence: byLadder ? .proved : .strong,
            afterHop: observations.refusalBounds.after, beforeHop: observations.refusalBounds.before, actor: actor,
            summary: "The handshake is completed about at \(place), not by the host: "
                + (byLadder
                    ? "a SYN that lives \(end?.ttl ?? 0) hops is answered, and the control's packets with that"
                        + " TTL do not reach the host."
                    : "the SYN-ACK's TTL is \(synAck.timeToLive), and the host's own packets have passed more routers.")
                + (isHeld ? " It offers no window: what is behind it has not answered." : ""),
            advice: [
                "An open port says nothing about \(observations.name) itself here: ask whoever runs"
                    + " \(actor?.description ?? "the box at hop \(hop)")"
                    + " what it proxies, and probe from behind it."
            ])
    }
}

extension Observations {
    /// After a SYN-ACK without a window the far end opened it.
    var hasWindowUpdate: Bool {
        guard let synAck = handshake.synAcks.first else { return false }
        return primary?.packets.contains { packet in
            guard !packet.fromInitiator, packet.at > synAck.at, let header = packet.tcp else { return false }
            return header.window > 0 && !header.flags.contains(.rst)
        } ?? false
    }
}
