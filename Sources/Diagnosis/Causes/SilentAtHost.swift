import Conversations
import PacketWire

/// The capture was made on the far host itself: the packet arrived there, and nothing left in answer. What lies on the
/// way, there or back, has nothing to do with it.
enum SilentAtHost: Cause {
    static var supersedes: Set<CauseID> {
        [PathDrop.id, TreatedOtherwise.id, HostDrop.id, ReturnPathLoss.id, SilentService.id]
    }

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.facts.isCapturedAtTarget, case .silence = observations.symptom, observations.isAnswerDue,
            // An answer that the client asks for again all the same left the host, and so did one that no stack takes.
            observations.primary?.packets.allSatisfy({ $0.fromInitiator || $0.icmpError != nil && !$0.isAboutAnswer })
                ?? true
        else { return nil }
        let port = observations.facts.target.port
        let arrived =
            "The \(observations.packetName) (\(observations.triesPhrase) seen) reached the host, where this capture"
        guard observations.transport == .tcp else {
            return Finding(
                "the host says nothing", .undetermined, stage: .handshake, mechanism: .noReply, zones: [.destination],
                confidence: .likely,
                summary:
                    "\(arrived) was made, and no answer left it: the service is silent, or the host's own rules drop it.",
                advice: ["On the host: ss -lunp 'sport = :\(port)', and the counters of its own rules."])
        }
        return Finding(
            "the host itself drops it", .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.destination],
            confidence: observations.facts.capturedWithLoss || observations.tries < 2 ? .likely : .strong,
            summary: "\(arrived) was made, and neither a SYN-ACK nor a reset left it.",
            advice: [
                "On the host: its own firewall rules (nft list ruleset, iptables -S), reverse-path filter"
                    + " (nstat IpExtInNoRoutes, TcpExtIPReversePathFilter) and full queues (nstat TcpExtListenDrops), for port \(port)."
            ])
    }
}
