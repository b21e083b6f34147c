import Conversations
import PacketWire

/// The answers belong to an older connection with the same ports: the far end, or a box with a state table,
/// remembers it. Another source port works.
enum StaleState: Cause {
    static let supersedes: Set<CauseID> = [
        "Open", "UnacceptableAnswer", "PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss", "RandomLoss",
        "RateLimit",
        "BrokenMember",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        let handshake = observations.handshake
        let old = handshake.challenges + handshake.strayAnswers
        guard observations.transport == .tcp, !old.isEmpty, !observations.isLocalTarget else { return nil }
        let others = observations.trials.trials.filter { $0.round == 1 }
        guard !others.isEmpty else { return .untested("an older connection with the same ports is remembered") }
        guard others.contains(where: \.isAnswered) else { return nil }
        let opened = observations.isAnswered
        let number = old.compactMap { $0.tcp?.acknowledgementNumber }.first.map { " (acknowledging \($0))" } ?? ""
        return Finding(
            "an older connection with the same ports is remembered", opened ? .degraded : .blocked, stage: .handshake,
            mechanism: .alteredInTransit,
            zones: [.path, .returnPath, .destination] + (observations.hasWire ? [] : [.localIngress]),
            confidence: .strong,
            summary:
                "What comes back belongs to an older connection with the same ports\(number), and from other"
                + " source ports it works: the host, or a box with a state table, still remembers that"
                + " connection.",
            advice: [
                "Use another source port, or wait until the old state has timed out; look for ports that are"
                    + " used again too soon (NAT with few ports, a fixed source port)."
            ])
    }
}
