import Conversations
import PacketWire

/// In a file: the SYN is answered, and again and again, and the client says nothing more. The answer is lost behind the
/// place of the capture, or what completes the handshake before it; or nobody ever meant to complete it: scanners do not,
/// nor do floods with sources that are not theirs. No connection came about, whatever the port is.
enum HandshakeUnfinished: Cause {
    static let supersedes: Set<CauseID> = ["Open"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered = observations.symptom, observations.facts.isOffline, observations.transport == .tcp,
            observations.primary?.socket == nil
        else { return nil }
        let handshake = observations.handshake
        // Copies that a mirror port makes come at once; who repeats an answer waits a second (RFC 6298 section 2.1).
        guard let syn = handshake.syns.last, let first = handshake.synAcks.first, let last = handshake.synAcks.last,
            last.at - first.at >= .milliseconds(500), handshake.acknowledgement == nil,
            handshake.synsAfterAnswer == 0, handshake.initiatorClosed == nil, handshake.responderBytes == 0
        else { return nil }
        let isAtClient = syn.timeToLive.routersPassed == 0
        let times = handshake.synAcks.count
        return Finding(
            "the handshake is never completed", .undetermined, stage: .handshake, mechanism: .noReply,
            zones: isAtClient ? [.localIngress, .localEgress] : [.returnPath, .localIngress, .path, .localEgress],
            confidence: .weak,
            summary:
                "The SYN-ACK passes the place of the capture \(times) times and nothing of the client completes the"
                + " handshake: the answer is lost behind it, or what completes it before; or the client never meant to,"
                + " as scanners and floods do.",
            advice: [
                "Does the client know of the connection? Capture there: does the SYN-ACK arrive, and does an ACK leave?",
                "Many of these from many addresses are a SYN flood: SYN cookies hold no state for them (RFC 4987).",
            ])
    }
}
