import Conversations
import PacketWire

/// In a file: a request over UDP is answered from a port of the server's own choice (TFTP, RFC 1350 section 4), and the client
/// neither takes the transfer up nor refuses it. The answers are lost behind the place of the capture: a stateful filter that
/// does not know the protocol stops them, for nobody has asked that port anything.
enum TransferUntaken: Cause {
    static let supersedes: Set<CauseID> = ["Open"]

    static func examine(_ observations: Observations) -> Finding? {
        guard let answers = observations.facts.untakenAnswers, let primary = observations.primary else { return nil }
        let isFarFromClient =
            primary.packets.first(where: \.fromInitiator).map { $0.timeToLive.routersPassed > 0 } ?? false
        return Finding(
            "the client never gets the answer", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: isFarFromClient ? [.returnPath, .localIngress] : [.localIngress, .returnPath],
            confidence: .likely,
            summary:
                "The answer passes the place of the capture \(answers) times, from another port as it should, and the client"
                + " takes nothing of it up: it never gets it.",
            advice: [
                "Behind this place: does a stateful filter, the client's own included, know this protocol (nf_conntrack_tftp)?"
                    + " To one that does not, an answer from another port belongs to nothing.",
                "Capture at the client: does the answer arrive there?",
            ])
    }
}
