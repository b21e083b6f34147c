import Conversations
import PacketWire

/// Two hosts answer for one address: two SYN-ACKs to one SYN that do not agree on their own sequence number, or two
/// link addresses for one neighbour (RFC 5227).
enum DuplicateAddress: Cause {
    static let supersedes: Set<CauseID> = [
        "Open", "AnsweredByMiddlebox", "HandshakeUnheard", "ResetAfterHandshake", "ClosedAfterHandshake", "StaleState",
        "RandomLoss", "RateLimit", "BrokenMember",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        let broken: Bool
        switch observations.symptom {
        case .answered: broken = false
        case .broken: broken = true
        case .reset: return otherHolder(observations)
        default: return nil
        }
        guard observations.transport == .tcp, observations.answersDisagree else { return nil }
        let times = Set(observations.handshake.synAcks.map(\.timeToLive)).sorted()
        return Finding(
            "two hosts answer for one address", .interfered, stage: .handshake, mechanism: .answeredByMiddlebox,
            zones: [.destination, .path], confidence: .strong,
            summary: "One SYN got SYN-ACKs with different sequence numbers (TTL"
                + " \(times.map(String.init).joined(separator: " and "))): two hosts have this address, or something on"
                + " the way answers beside the host." + (broken ? " The connection did not survive it." : ""),
            advice: [
                "Look on the host's network for a second machine with \(observations.target.map(\.description) ?? "the address")"
                    + " (arping, the switch's address table), and ask for boxes on the way that answer by themselves."
            ])
    }

    /// Who refuses may be the wrong one of two. A host with several cards may answer from any of them, though.
    private static func otherHolder(_ observations: Observations) -> Finding? {
        let holders = observations.facts.linkHolders
        guard observations.transport == .tcp, holders.count > 1 else { return nil }
        return Finding(
            "two hosts have the address, and one of them refuses", .interfered, stage: .handshake,
            mechanism: .answeredByMiddlebox, zones: [.destination], confidence: .weak, summary: "",
            whyNotExcluded: "\(holders.map(\.description).joined(separator: " and ")) answer for it on this link",
            experiment: "does arping from a third machine get two answers? Which link address is the host's own?",
            isOnlyLookAlike: true)
    }
}

extension Observations {
    /// A server that answers a repeated SYN repeats its own number; only one that keeps no state makes a new one
    /// (SYN cookies), and then for a later SYN. Where the SYNs are not seen that tells nothing: whose answer is reset
    /// makes a new one for the next of them.
    var answersDisagree: Bool {
        let answers = handshake.synAcks
        guard let first = answers.first, let number = first.tcp?.sequenceNumber else { return false }
        let syns = handshake.syns
        guard !syns.isEmpty || !handshake.isAnswerReset else { return false }
        return answers.contains { other in
            other.tcp?.sequenceNumber != number && !syns.contains { $0.at > first.at && $0.at <= other.at }
        }
    }
}
