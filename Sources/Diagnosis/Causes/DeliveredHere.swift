import PacketWire

/// The packet never leaves: a route that a mark or a rule chooses delivers it to this machine itself (`ip route add
/// local`), as transparent proxies have it, and it comes in again over loopback.
enum DeliveredHere: Cause {
    static let supersedes: Set<CauseID> = [
        "LocalEgressDrop", "LocalEgressReject", "LocalIngressDrop", "NeverSent", "PathDrop", "TreatedOtherwise",
        "HostDrop",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard !observations.isLocalTarget, !observations.leftThisMachine, let primary = observations.primary,
            primary.loopedBack > 0
        else { return nil }
        let end: String
        let mechanism: Mechanism
        switch observations.symptom {
        case .silence: (mechanism, end) = (.silentDrop, "nothing here takes it")
        case .reset: (mechanism, end) = (.tcpReset, "nothing listens for it here, so this machine itself resets it")
        default: return nil
        }
        return Finding(
            "a route of this machine delivers it here", .blocked, stage: .handshake, mechanism: mechanism,
            zones: [.localEgress], confidence: .strong,
            summary: "The \(observations.packetName) for \(observations.name) never left: this machine delivers it to"
                + " itself (seen \(primary.loopedBack) time\(primary.loopedBack == 1 ? "" : "s") on the loopback), and \(end).",
            advice: [
                "Look for a local route in a table of its own (\(observations.ruleCommand); ip route show table all type"
                    + " local) and for the rule that marks packets for it (nft list ruleset, iptables -t mangle -S): a"
                    + " transparent proxy that is gone may have left both."
            ])
    }
}
