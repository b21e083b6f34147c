import Conversations
import PacketWire

/// The answer is in the capture, and the socket never got it: this machine drops it between tap and socket.
enum LocalIngressDrop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, let primary = observations.primary, observations.hasWire else {
            return nil
        }
        let count: Int
        let answer: String
        switch observations.transport {
        case .tcp:
            guard primary.isAnswerIgnored(observations.handshake) else { return nil }
            let accepted = !observations.handshake.synAcks.isEmpty
            count = accepted ? observations.handshake.synAcks.count : observations.handshake.refusals.count
            answer = accepted ? "SYN-ACK" : "reset"
        case .udp:
            count = primary.packets.filter { !$0.fromInitiator && $0.icmpError == nil }.count
            guard count > 0, case .pending = primary.socket?.state else { return nil }
            answer = "answer"
        }
        let live = primary.socket != nil
        return Finding(
            "a local rule drops the answer", .blocked, stage: .handshake, mechanism: .silentDrop,
            // A file may have been taken anywhere: then the answer can also be lost after the tap.
            zones: live ? [.localIngress] : [.localIngress, .returnPath],
            confidence: live ? .proved : .likely,
            summary: live
                ? "The \(answer) arrives at this machine (seen \(count) time\(count == 1 ? "" : "s")) and the socket"
                    + " never gets it: something here drops it on the way in."
                : "The \(answer) passes the place of the capture \(count) time\(count == 1 ? "" : "s") and the client"
                    + " goes on asking: it never gets it.",
            advice: [
                "Look at the INPUT and PREROUTING rules of this machine: is there one that accepts established"
                    + " connections? Is the answer marked INVALID by connection tracking, or refused by the reverse-path filter?"
            ])
    }
}
