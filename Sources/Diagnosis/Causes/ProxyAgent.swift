import Conversations
import PacketWire

/// The connection is up and no SYN of it left this machine: a program here took it, by a rule that redirects it or by
/// a tunnel of its own (a VPN client, a service mesh, an endpoint agent).
enum ProxyAgent: Cause {
    static let supersedes: Set<CauseID> = [
        "Open", "AnsweredByMiddlebox", "ResetAfterHandshake", "ClosedAfterHandshake", "AllPortsOpen",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        let broken: Bool
        switch observations.symptom {
        case .answered: broken = false
        case .broken: broken = true
        default: return nil
        }
        // The tap must be one that the packets would have passed: another port's did.
        guard observations.transport == .tcp, observations.hasWire, !observations.facts.isOffline,
            !observations.facts.capturedWithLoss, observations.facts.route?.kind == .unicast,
            observations.primary?.socket != nil, observations.sentOnWire == 0,
            observations.controls.contains(where: { $0.packets.contains(where: \.fromInitiator) })
        else { return nil }
        let name = observations.name
        return Finding(
            "a program on this machine takes the connection", broken ? .interfered : .degraded, stage: .handshake,
            mechanism: .answeredByMiddlebox, zones: [.localEgress], confidence: .strong,
            summary: "The connection is up although no SYN to \(name) left this machine: a program here takes it"
                + (observations.handshake.synAcks.isEmpty
                    ? "." : ", and answers in the host's name over the loopback."),
            advice: [
                "An open port says nothing about \(name) itself here: look for a redirect (nft list ruleset: redirect, dnat,"
                    + " tproxy; iptables -t nat -S OUTPUT) and for the VPN, proxy or service mesh that made it (ss -ltnp)."
            ])
    }
}
