import PacketWire

/// The host itself refuses with ICMP: its own packet filter. (For UDP, port unreachable is how a closed port
/// answers: see `PortClosed`. Host unreachable may be no filter's: see `NobodyBehindHost`.)
enum HostReject: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.hostRefusal, refusal.error.refusalMeaning != .hostUnreachable else {
            return nil
        }
        if observations.isTranslatedHere { return nil }
        if observations.transport == .udp, refusal.error.meaning == .portUnreachable { return nil }
        let provenance = observations.provenance(of: refusal.timeToLive)
        if case .nearer = provenance { return nil }
        return Finding(
            "the host's own filter rejects it", .blocked, stage: .handshake, mechanism: .icmpReject,
            zones: [.destination], confidence: provenance == .sameAsHost ? .strong : .likely,
            afterHop: observations.refusalBounds.after, actor: refusal.sender,
            summary: "The host \(refusal.sender) itself rejects the \(observations.packetName) with"
                + " \(refusal.error.phrase): its own packet filter does that, not a closed port.",
            advice: ["Look at the INPUT rules on \(refusal.sender) for port \(observations.facts.target.port)."],
            whyNotExcluded: "",
            experiment: "")
    }
}
