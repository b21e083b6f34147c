import PacketWire

/// The target is this machine, and it is its packet filter that answers: a reset or an ICMP error like those of a closed
/// port. The kernel tells that it dropped what asked, or that somebody listens there after all.
enum OwnFilterRejects: Cause {
    static var supersedes: Set<CauseID> { [HostReject.id] }

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.isLocalTarget, !observations.facts.isOffline else { return nil }
        let mechanism: Mechanism
        let answer: String
        switch observations.symptom {
        case .reset: (mechanism, answer) = (.tcpReset, "a reset")
        case .refused(let refusal) where refusal.sender == observations.target:
            (mechanism, answer) = (.icmpReject, refusal.error.phrase)
        default: return nil
        }
        let packet = observations.packetName
        let advice = [
            "Look at the INPUT and OUTPUT rules of this machine (nft list ruleset, iptables -S) for what rejects"
                + " \(observations.transport.rawValue) port \(observations.facts.target.port)."
        ]
        if let drop = observations.dropBySelf {
            return Finding(
                "the host's own firewall rejects it", .blocked, stage: .handshake, mechanism: mechanism,
                zones: [.destination], confidence: .proved, actor: observations.target,
                summary:
                    "This machine is the target, and its packet filter drops the \(packet)"
                    + (observations.leftThisMachine ? " as it arrives" : "")
                    + " (\(drop.phrase)) and answers \(answer).",
                advice: advice)
        }
        guard let listeners = observations.ownListeners, !listeners.atTarget.isEmpty,
            !observations.facts.kernel.watchesDrops
        else { return nil }
        return Finding(
            "the host's own firewall rejects it", .blocked, stage: .handshake, mechanism: mechanism,
            zones: [.destination], confidence: .likely, actor: observations.target,
            summary:
                "This machine is the target and answers the \(packet) with \(answer), though something listens there"
                + " (\(observations.phrase(ofListeners: listeners.atTarget))): its packet filter rejects it.",
            advice: advice,
            whyNotExcluded: "something listens there and is not reached",
            experiment: "as root: the kernel tells what it drops",
            isOnlyLookAlike: observations.mayListenForIPv6Alone)
    }
}
