import Conversations
import PacketWire

/// What came back for the SYN is the SYN itself, with its two ends exchanged: TCP takes it for a simultaneous open (RFC 9293
/// section 3.5, figure 7), acknowledges its own number, and believes that it is connected. Nobody has answered.
enum Reflected: Cause {
    static let supersedes: Set<CauseID> = [
        "Open", "AnsweredByMiddlebox", "AllPortsOpen", "HandshakeUnheard", "ResetAfterHandshake",
        "ClosedAfterHandshake", "RandomLoss",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        switch observations.symptom {
        case .answered, .broken: break
        default: return nil
        }
        let handshake = observations.handshake
        guard !observations.isLocalTarget, let crossing = handshake.crossingSYNs.first,
            let number = crossing.tcp?.sequenceNumber,
            // Two hosts that open at once each choose a number: by chance they agree once in four thousand million.
            handshake.syns.contains(where: { $0.tcp?.sequenceNumber == number && $0.at <= crossing.at })
        else { return nil }
        return Finding(
            "something sends the packets back", .interfered, stage: .handshake, mechanism: .answeredByMiddlebox,
            zones: [.path, .destination], confidence: .strong,
            summary: "This machine's own SYN came back to it in the name of \(observations.name), and TCP took that for"
                + " a connection: nobody has answered, and whatever is said returns.",
            advice: [
                "Look for what reflects packets: a test loop, a switch or tap in loopback, or a translation rule that"
                    + " exchanges addresses; capture on the host whether anything arrives there."
            ])
    }
}
