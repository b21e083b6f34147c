import PacketWire

/// The host itself says that a host is unreachable: it hands the packet on, to a container or a machine behind it, and
/// finds nobody there. After the seconds of a failed address resolution that is what happened; at once, a rule of its
/// own may say the same.
enum NobodyBehindHost: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.hostRefusal, refusal.error.refusalMeaning == .hostUnreachable else {
            return nil
        }
        if observations.isTranslatedHere { return nil }
        let provenance = observations.provenance(of: refusal.timeToLive)
        if case .nearer = provenance, !observations.isTranslatorsNeighborFailure { return nil }
        let late = observations.isLate(refusal)
        let port = "\(observations.transport.rawValue) port \(observations.facts.target.port)"
        return Finding(
            late ? "nobody has the address behind the host" : "the host refuses to hand it on",
            late ? .unreachable : .blocked, stage: .handshake, mechanism: late ? .noNeighbor : .icmpReject,
            zones: [.destination] + (observations.mayBeTranslatedHere(refusal) ? [.localEgress] : []),
            confidence: late && provenance == .sameAsHost ? .strong : .likely,
            afterHop: observations.refusalBounds.after, actor: refusal.sender,
            summary: "The host \(refusal.sender) answers the \(observations.packetName) with \(refusal.error.phrase)"
                + (late
                    ? ", after the seconds that a failed address resolution takes: it hands \(port) on to another"
                        + " address, and nobody has that."
                    : " at once: it hands \(port) on to an address that it cannot reach, or a rule of its own says so."),
            advice: [
                "On \(refusal.sender): where does it forward \(port) (nft list ruleset, iptables -t nat -S), and is that"
                    + " container or machine up (ip neigh)?"
            ])
    }
}

extension Observations {
    /// The target lies behind a router, and the error in its name has passed none: where nobody saw the packet leave, a nat
    /// rule of this machine may have led it elsewhere, and this machine itself be what finds nobody there.
    fileprivate func mayBeTranslatedHere(_ refusal: Answer.Refusal) -> Bool {
        !hasWire && !facts.isOffline && !isLocalTarget && facts.route?.gateway != nil
            && provenance(of: refusal.timeToLive) != .sameAsHost
            && refusal.timeToLive.map { Self.routersPassed($0) == 0 } ?? true
    }

    /// A router on the way writes another destination over the packets: its errors about them, and those of everybody
    /// behind it, bear the target's address (net/netfilter/nf_nat_core.c, nf_nat_icmp_reply_translation). One that comes
    /// after the seconds of a failed address resolution is the last router's before that other destination.
    var isTranslatorsNeighborFailure: Bool {
        guard let refusal = hostRefusal, isNeighborFailure(refusal), let target,
            case .nearer(let hop) = provenance(of: refusal.timeToLive)
        else { return false }
        return path.hops.contains { $0.ttl <= hop && $0.target == .timeExceeded(target) }
    }
}
