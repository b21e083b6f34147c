import PacketWire

/// The same packet passes the tap again and again, each time with fewer hops to live: the capture stands in a routing
/// loop (RFC 791 section 3.2 has the TTL against just that).
enum CirclesHere: Cause {
    static let supersedes: Set<CauseID> = [
        "RoutingLoop", "ShortLife", "PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss", "SilentAtHost",
        "CaptureEndsEarly",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard let times = observations.facts.circles else { return nil }
        var actor: IPAddress?
        switch observations.symptom {
        case .silence: break
        case .circling(let refusal): actor = refusal.sender
        default: return nil
        }
        return Finding(
            "a routing loop", .unreachable, stage: .handshake, mechanism: .routingLoop, zones: [.path],
            confidence: .strong, actor: actor,
            summary: "The packets run in a circle: one and the same \(observations.packetName) passes the capture"
                + " \(times + 1) times, each time with a smaller TTL.",
            advice: [
                "Look at the link layer addresses of its copies: the two routers there send"
                    + " \(observations.target.map(\.description) ?? "the address") to each other."
            ],
            whyNotExcluded: "a mirror of that many routers shows the same",
            experiment: "capture on one link only")
    }
}
