import Conversations
import PacketWire

/// The handshake completed on this side, and an ICMP error that quotes what followed it broke the connection: somebody
/// lets a SYN pass and rejects the rest. The error is a hard one as long as the socket's error queue is asked for
/// (net/ipv4/tcp_ipv4.c, tcp_v4_err).
enum RefusedAfterHandshake: Cause {
    static let supersedes: Set<CauseID> = ["Open", "IgnoredRefusal", "HandshakeUnheard", "RandomLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .tcp, !observations.isLocalTarget else { return nil }
        guard let socket = observations.primary?.socket else {
            guard case .answered = observations.symptom, let (packet, error) = observations.refusalBehindHandshake,
                observations.isLastHeard(packet)
            else { return nil }
            return refused(packet, error, observations)
        }
        switch observations.symptom {
        case .localError(let error, atOnce: false) where socket.isErrorBehindHandshake:
            return unseen(error, observations)
        case .answered: break
        default: return nil
        }
        // Either the error ended it, or it counted as a soft one and nothing was heard any more.
        let isEnded = if case .failed = socket.state { true } else { false }
        // What was said behind the handshake has a verdict of its own.
        guard
            isEnded
                || observations.facts.application == nil && socket.isEndAcknowledged == false
                    && socket.bytesReceived == 0,
            let (packet, error) = observations.refusalBehindHandshake
        else { return nil }
        return refused(packet, error, observations)
    }

    private static func refused(
        _ packet: SeenPacket, _ error: ICMPError, _ observations: Observations
    ) -> Finding {
        let isOwn = observations.isOwn(packet.source)
        let isHost = packet.source == observations.target
        return Finding(
            "what follows the handshake is rejected", .interfered, stage: .handshake, mechanism: .icmpReject,
            zones: isOwn ? [.localEgress] : isHost ? [.destination, .path] : [.path],
            confidence: isHost ? .likely : .strong, afterHop: observations.position(of: packet.source),
            actor: packet.source,
            summary:
                "The SYN-ACK came, and \(observations.routerPhrase(packet.source)) rejects what follows it with"
                + " \(error.phrase): the SYN may pass and the connection may not.",
            advice: [
                isOwn
                    ? observations.localRuleAdvice(isOutgoing: true)
                        ?? "Look for a reject rule in the OUTPUT or POSTROUTING chains of this machine (nft list ruleset, iptables -S)."
                    : "Ask whoever runs \(packet.source) for the rule that rejects \(observations.name) behind the SYN: a"
                        + " filter that has not seen the SYN-ACK takes what follows for no connection of its own."
            ])
    }

    /// The socket's own word alone: the kernel tells neither who rejects it nor with which message.
    private static func unseen(_ error: SocketError, _ observations: Observations) -> Finding {
        Finding(
            "what follows the handshake is rejected", .interfered, stage: .handshake, mechanism: .icmpReject,
            zones: [.path, .destination] + (observations.hasWire ? [] : [.localEgress]), confidence: .likely,
            summary: "The SYN-ACK came, and what followed it was rejected at once (\(error)): the SYN may pass and the"
                + " connection may not.",
            advice: [
                "Probe again with a capture (stallpoint doctor says how): it shows who rejects it. A filter that has not"
                    + " seen the SYN-ACK takes what follows for no connection of its own."
            ])
    }
}

extension Observations {
    /// In a file: the far end said nothing any more once that had come, or its SYN-ACK once more.
    fileprivate func isLastHeard(_ refusal: SeenPacket) -> Bool {
        handshake.responderBytes == 0
            // What was said behind the handshake has a verdict of its own.
            && primary?.packets.contains { $0.fromInitiator && $0.payloadLength > 0 } == false
            && primary?.packets.contains { packet in
                !packet.fromInitiator && packet.at > refusal.at && packet.tcp.map { !$0.flags.contains(.syn) } ?? false
            } == false
    }

    /// An ICMP error about what this side sent behind the SYN-ACK.
    fileprivate var refusalBehindHandshake: (SeenPacket, ICMPError)? {
        guard let synAck = handshake.synAcks.first else { return nil }
        for packet in handshake.icmpErrors where packet.at >= synAck.at {
            // A quote too short for the flags came too late to be the SYN's.
            guard let error = packet.icmpError, error.isFatalToAttempt, !error.isTimeExceeded,
                packet.quote?.flags?.contains(.syn) != true
            else { continue }
            return (packet, error)
        }
        return nil
    }
}
