import Conversations
import PacketWire

/// A rule of this machine refuses its own packet: the ICMP error, or the reset, never came over the wire.
enum LocalEgressReject: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard !observations.isNextHopUnresolved, observations.ownNeighborFailure == nil else { return nil }
        switch observations.symptom {
        case .refused(let refusal):
            guard observations.isOwn(refusal.sender), observations.target != refusal.sender else { return nil }
            return finding(
                observations, .icmpReject, actor: refusal.sender,
                // The kernel refuses in its own name too when a neighbour has failed. A file cannot ask it, and with
                // several ways the neighbour that was asked about may be another; a rule needs no time.
                isCertain: refusal.error.refusalMeaning != .hostUnreachable
                    || !observations.facts.isOffline && observations.delay(of: refusal).map { $0 < 50_000_000 } ?? true,
                how: "the refusal (ICMP \(refusal.error.name)) comes from its own address \(refusal.sender)")
        case .reset:
            // A reset that our own tap never saw, for a SYN that it never saw either, was made above the tap.
            guard !observations.isLocalTarget,
                observations.hasWire && observations.sentOnWire == 0 || observations.isDroppedOnTheWayOut
            else { return nil }
            // A file may hold one direction only: that it sees this client's packets must show from others.
            let seesClient = observations.controls.contains { $0.packets.contains(where: \.fromInitiator) }
            guard !observations.facts.isOffline || seesClient else { return nil }
            if !observations.isDroppedOnTheWayOut {
                if observations.facts.kernel.translatesDestination {
                    return ledHere(observations)
                        ?? observations.ledElsewhere(.closed, .tcpReset, "a reset comes from there")
                }
                // A rule that refuses drops the packet, and the kernel would have said so.
                if observations.facts.kernel.watchesDrops, observations.isUntouchedByRules {
                    return ledHere(observations)
                        ?? observations.ledElsewhere(.closed, .tcpReset, "a reset comes from there", byRule: false)
                }
            }
            return finding(
                observations, .tcpReset, actor: observations.facts.route?.source,
                isCertain: !observations.facts.isOffline,
                how: "the reset came although no SYN left"
                    + (observations.outgoingDrops.first.map { " (\($0.phrase))" } ?? ""))
        default:
            return nil
        }
    }

    /// The reset passed the tap under the target's address, without a router behind it, and the SYN that it answers never did:
    /// what comes from another machine bears the other address there still, for only behind the tap is it written back. A rule
    /// that rejects does the same, and drops the packet.
    private static func ledHere(_ observations: Observations) -> Finding? {
        let resets = (observations.primary?.packets ?? []).filter {
            !$0.fromInitiator && !$0.isDamaged && $0.tcp?.flags.contains(.rst) ?? false
        }
        guard !resets.isEmpty, !observations.facts.capturedWithLoss,
            resets.allSatisfy(observations.isFromThisMachine), let local = observations.primary?.local
        else { return nil }
        return Finding(
            "it is led to a port of this machine where nobody listens", .blocked, stage: .handshake,
            mechanism: .tcpReset, zones: [.localEgress], confidence: .strong, actor: local.address,
            summary:
                "No \(observations.packetName) left this machine, and a reset comes from this machine itself: something"
                + " here redirects the connection to a port of its own where nobody listens"
                + (observations.facts.kernel.watchesDrops ? "." : ", or rejects it."),
            advice: [
                observations.facts.kernel.destinationTranslator.map {
                    "Look for the agent that \(observations.translatorPhrase($0)) leads to: has it ended (ss -ltnp)?"
                }
                    ?? "Look for a redirect in the nat rules of this machine (nft list ruleset, iptables -t nat -S OUTPUT), and"
                    + " for the agent that it leads to: has it ended (ss -ltnp)?"
            ])
    }

    private static func finding(
        _ observations: Observations, _ mechanism: Mechanism, actor: IPAddress?, isCertain: Bool, how: String
    ) -> Finding {
        Finding(
            "a local rule rejects it", .blocked, stage: .handshake, mechanism: mechanism,
            // A neighbour that failed is on the way.
            zones: isCertain || mechanism == .tcpReset ? [.localEgress] : [.localEgress, .path],
            confidence: isCertain ? .proved : .likely, actor: actor,
            summary:
                "This machine rejects its own \(observations.packetName): \(how)\(observations.localRulePhrase(isOutgoing: true)).",
            advice: [
                observations.localRuleAdvice(isOutgoing: true)
                    ?? "Look for a reject rule in the OUTPUT or POSTROUTING chains of this machine"
                    + " (nft list ruleset, iptables -S), and in its firewall service (ufw, firewalld)."
            ])
    }
}
