import Conversations
import PacketWire

/// A refusal, and after it the host's own SYN-ACK: two answers to one SYN, of which the first one killed it. The
/// host is there and willing; somebody on the way speaks in its place without holding the packet up.
enum InjectedRefusal: Cause {
    static let supersedes: Set<CauseID> = [
        "ForgedReset", "ForgedICMP", "PathReject", "HostReject", "PortClosed", "HostRefusesAlike", "RouterWithoutRoute",
        "HostAbsent", "IntermittentRefusal",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard let primary = observations.primary, primary.endedBeforeAnswer(observations.handshake),
            let synAck = observations.handshake.synAcks.first,
            !primary.isAcceptedAgain(observations.handshake)
        else { return nil }
        let refusal: (mechanism: Mechanism, what: String, actor: IPAddress?, timeToLive: UInt8)
        if let reset = observations.handshake.refusals.first(where: { $0.at <= synAck.at }) {
            let hop = Observations.routersPassed(reset.timeToLive) + 1
            let differs = reset.timeToLive != synAck.timeToLive
            refusal = (
                .tcpReset, "a reset (TTL \(reset.timeToLive))",
                differs ? observations.path.hop(at: hop)?.address : nil, reset.timeToLive
            )
        } else if let error = observations.handshake.icmpErrors.first, let icmp = error.icmpError {
            refusal = (.icmpReject, "\(icmp.phrase) from \(error.source)", error.source, error.timeToLive)
        } else {
            return nil
        }
        let holders = observations.facts.linkHolders
        if holders.count > 1, observations.transport == .tcp {
            return Finding(
                "two hosts answer for one address", .blocked, stage: .handshake, mechanism: refusal.mechanism,
                zones: [.destination, .path], confidence: .likely,
                summary:
                    "Two answers came to one SYN: first \(refusal.what), which ended the attempt, then a SYN-ACK"
                    + " (TTL \(synAck.timeToLive)). \(holders.map(\.description).joined(separator: " and ")) answer for the"
                    + " address on this link: two hosts have it, or something on the link refuses in its name.",
                advice: [
                    "Look for a second machine with \(observations.target.map(\.description) ?? "the address") (arping, the"
                        + " switch's address table): which link address is the host's own?"
                ])
        }
        return Finding(
            "a forged refusal beside the host's own answer", .blocked, stage: .handshake, mechanism: refusal.mechanism,
            zones: [.path], confidence: .strong,
            afterHop: nil, actor: refusal.actor,
            summary:
                "Two answers came to one SYN: first \(refusal.what), which ended the attempt, then the"
                + " host's own SYN-ACK (TTL \(synAck.timeToLive)). The port is open; something on the way"
                + " refuses in its name.",
            advice: [
                "Ask whoever runs the way to \(observations.name) for a box that listens in and sends"
                    + " refusals (intrusion prevention, a filter on the side)."
            ])
    }
}

extension Attempt {
    /// What was refused was sent again, and that one was accepted: one answer to each SYN, and not two to one. A refusal
    /// that finds the kernel busy with the socket ends nothing (net/ipv4/tcp_ipv4.c, tcp_v4_err). Where the host echoes no
    /// time stamps, an answer right behind the second SYN is taken for one to that.
    func isAcceptedAgain(_ handshake: TCPHandshake) -> Bool {
        guard endedBeforeAnswer(handshake), let synAck = handshake.synAcks.first,
            let refused = (handshake.refusals + handshake.icmpErrors).map(\.at).min(),
            let again = handshake.syns.last(where: { $0.at > refused && $0.at <= synAck.at })
        else { return false }
        if synAck.tcp?.options.timestamps != nil { return handshake.namesRepeatedSYN }
        return synAck.at - again.at < .milliseconds(300)
    }
}
