import Conversations
import PacketWire

/// Something on this machine takes the connection before it leaves: an agent that redirects (a proxy, a service mesh,
/// a security product). The socket is connected, and no SYN was ever on the wire.
enum CapturedLocally: Cause {
    static let supersedes: Set<CauseID> = [
        "Open", "AnsweredByMiddlebox", "HandshakeUnheard", "AllPortsOpen", "ResetAfterHandshake",
        "ClosedAfterHandshake",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        switch observations.symptom {
        case .answered, .broken: break
        default: return nil
        }
        guard observations.transport == .tcp, !observations.isLocalTarget,
            // Of a capture that is nobody's probe, it is not known that it would show the SYN.
            !observations.facts.isOffline || observations.facts.isSavedProbe,
            observations.hasWire, !observations.facts.capturedWithLoss, observations.sentOnWire == 0,
            observations.handshake.synAcks.allSatisfy(observations.isFromThisMachine),
            let primary = observations.primary, let local = primary.local
        else { return nil }
        return Finding(
            "an agent on this machine takes the connection", .interfered, stage: .handshake,
            mechanism: .answeredByMiddlebox, zones: [.localEgress], confidence: .strong, actor: local.address,
            summary: "The connection stands and no packet of it left this machine: something here redirects it, and"
                + " what answers is not \(observations.name).",
            advice: [
                "Look for a redirect in the nat rules of this machine (nft list ruleset, iptables -t nat -S OUTPUT) and"
                    + " for the agent that it leads to (ss -ltnp)."
            ])
    }
}

extension Observations {
    /// It passed no router although the target lies behind one, and another port's SYN was seen to leave: what answers
    /// is on the loopback, where the tap sees it too.
    func isFromThisMachine(_ answer: SeenPacket) -> Bool {
        liesBehindRouter && Self.routersPassed(answer.timeToLive) == 0
            && controls.contains { $0.packets.contains(where: \.fromInitiator) }
    }

    /// The route says so or, where no file has that, packets of the host itself do.
    private var liesBehindRouter: Bool {
        facts.route?.gateway != nil || facts.isOffline && hostTimesToLive.contains { Self.routersPassed($0) > 0 }
    }
}
