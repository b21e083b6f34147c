import Conversations
import PacketWire

/// In a file: the SYN is answered, and again and again, and the client says nothing more. The answer is lost behind the
/// place of the capture, or what completes the handshake before it; or nobody ever meant to complete it: scanners do not,
/// nor do floods with sources that are not theirs. Or the client resets it: it has given up meanwhile, or never asked.
/// No connection came about, whatever the port is.
enum HandshakeUnfinished: Cause {
    static let supersedes: Set<CauseID> = ["Open"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered = observations.symptom, observations.facts.isOffline, observations.transport == .tcp,
            observations.primary?.socket == nil,
            !observations.facts.isSavedProbe || !observations.handshake.isAnswerReset
        else { return nil }
        let handshake = observations.handshake
        if handshake.syns.isEmpty, handshake.isAnswerReset { return strange(observations) }
        // Copies that a mirror port makes come at once; who repeats an answer waits a second (RFC 6298 section 2.1).
        guard let first = handshake.synAcks.first, let last = handshake.synAcks.last,
            last.at - first.at >= .milliseconds(500) || isLeft(handshake, observations),
            handshake.acknowledgement == nil,
            handshake.synsAfterAnswer == 0, handshake.responderBytes == 0,
            handshake.initiatorClosed == nil || handshake.isAnswerReset
        else { return nil }
        guard let syn = handshake.syns.last else { return unheard(observations) }
        let isReset = handshake.isAnswerReset
        let isAtClient = syn.timeToLive.routersPassed == 0
        let times = handshake.synAcks.count == 1 ? "once" : "\(handshake.synAcks.count) times"
        return Finding(
            "the handshake is never completed", .undetermined, stage: .handshake,
            mechanism: isReset ? .tcpReset : .noReply,
            zones: isAtClient ? [.localIngress, .localEgress] : [.returnPath, .localIngress, .path, .localEgress],
            confidence: .weak,
            summary: isReset
                ? "The SYN-ACK passes the place of the capture \(times), and the client resets it in the end and"
                    + " completes nothing: it has given up, or something has refused it before the answer came."
                : "The SYN-ACK passes the place of the capture \(times) and nothing of the client completes the"
                    + " handshake: the answer is lost behind it, or what completes it before; or the client never meant"
                    + " to, as scanners and floods do.",
            advice: [
                isReset
                    ? "Capture at the client: what comes between its SYN and its reset? A reset or an ICMP error there is not the host's."
                    : "Does the client know of the connection? Capture there: does the SYN-ACK arrive, and does an ACK leave?",
                "Many of these from many addresses are a SYN flood: SYN cookies hold no state for them (RFC 4987).",
            ])
    }

    /// The SYN-ACK came once, for a host with SYN cookies repeats none (RFC 4987 section 3.6), and the client, whose SYN was
    /// seen, says nothing to it for so long.
    private static func isLeft(_ handshake: TCPHandshake, _ observations: Observations) -> Bool {
        guard let last = handshake.synAcks.last, !handshake.syns.isEmpty, handshake.initiatorClosed == nil,
            !observations.facts.capturedWithLoss, !observations.facts.isSavedProbe
        else { return false }
        return observations.facts.observedUntil - last.at >= .seconds(3)
    }

    /// The capture has the host's direction alone, and the host says its SYN-ACK again and again, and nothing else: it hears
    /// nothing that completes the handshake, or does not take it (tcp_check_req, where the accept queue is full).
    private static func unheard(_ observations: Observations) -> Finding? {
        guard observations.isAnswerAlone, observations.sentOnWire == 0, let primary = observations.primary,
            primary.packets.allSatisfy({ $0.tcp?.flags.contains(.syn) ?? false })
        else { return nil }
        return Finding(
            "the handshake is never completed", .undetermined, stage: .handshake, mechanism: .noReply,
            zones: [.returnPath, .localIngress, .path, .localEgress, .destination], confidence: .weak,
            summary:
                "The host sends its SYN-ACK \(observations.handshake.synAcks.count) times and nothing else: it hears nothing that"
                + " completes the handshake, or does not take it. Of the other direction the capture has nothing.",
            advice: [
                "Capture where both directions pass, or at the client: does the SYN-ACK arrive, and does an ACK leave?",
                "Many of these from many addresses are a SYN flood: SYN cookies hold no state for them (RFC 4987).",
            ])
    }

    /// An answer to a SYN that the capture does not hold, which the client will not have: another was asked, or nobody.
    private static func strange(_ observations: Observations) -> Finding {
        Finding(
            "an answer that nobody here asked for", .undetermined, stage: .handshake, mechanism: .tcpReset,
            zones: [.path, .returnPath, .destination], confidence: .weak,
            summary:
                "\(observations.name) sends a SYN-ACK to which the capture holds no SYN, and the client resets it: it asked"
                + " another address or port and takes this for a stranger's (hairpin NAT, direct server return), or somebody"
                + " else asked in its name.",
            advice: [
                "Look for a SYN from the same port of the client to another address: its number is one less than what the SYN-ACK acknowledges.",
                "Ask whoever translates addresses whether the answers pass the same box on their way back.",
            ])
    }
}

extension TCPHandshake {
    /// The client has no such connection, or none any more: it answers the SYN-ACK with a reset that acknowledges nothing
    /// (RFC 9293 section 3.10.7.1), and never completed the handshake.
    var isAnswerReset: Bool {
        guard acknowledgement == nil, !synAcks.isEmpty, responderBytes == 0, let end = initiatorClosed?.tcp else {
            return false
        }
        return end.flags.intersection([.rst, .ack]) == .rst
    }
}
