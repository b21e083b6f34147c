import Conversations
import FilterRules
import PacketWire

/// The answer is in the capture, and the socket never got it: this machine drops it between tap and socket.
enum LocalIngressDrop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        if case .reset = observations.symptom { return unbelievedReset(observations) }
        if let drop = observations.decisiveDrop, !drop.isOutgoing { return dropped(drop, observations) }
        guard case .silence = observations.symptom, let primary = observations.primary else { return nil }
        guard observations.hasWire else { return unseen(observations) }
        let count: Int
        let answer: String
        switch observations.transport {
        case .tcp:
            guard primary.isAnswerIgnored(observations.handshake) else { return nil }
            let accepted = !observations.handshake.synAcks.isEmpty
            count = accepted ? observations.handshake.synAcks.count : observations.handshake.refusals.count
            answer = accepted ? "SYN-ACK" : "reset"
        case .udp:
            count = primary.packets.count(where: \.isAnswer)
            guard count > 0, case .pending = primary.socket?.state else { return nil }
            answer = "answer"
        }
        let live = primary.socket != nil
        // The client's packets have passed routers on the way to the tap: so would the answer, behind it.
        let isFarFromClient =
            primary.packets.first(where: \.fromInitiator).map { $0.timeToLive.routersPassed > 0 } ?? false
        return Finding(
            "a local rule drops the answer", .blocked, stage: .handshake, mechanism: .silentDrop,
            // A file may have been taken anywhere: then the answer can also be lost after the tap.
            zones: live
                ? [.localIngress] : isFarFromClient ? [.returnPath, .localIngress] : [.localIngress, .returnPath],
            confidence: live ? .proved : .likely,
            summary: live
                ? "The \(answer) arrives at this machine (seen \(count) time\(count == 1 ? "" : "s")) and the socket"
                    + " never gets it: something here drops it on the way in\(observations.localRulePhrase(isOutgoing: false))."
                : "The \(answer) passes the place of the capture \(count) time\(count == 1 ? "" : "s") and the client"
                    + " goes on asking: it never gets it.",
            advice: !live && isFarFromClient
                ? [
                    "Follow the answer from here to the client: which way does it take, and is there a firewall on it that never"
                        + " saw the SYN, or a router without a route back to \(primary.packets.first(where: \.fromInitiator)?.source.description ?? "the client")?",
                    "Capture at the client: does the answer arrive there?",
                ]
                : [
                    observations.localRuleAdvice(isOutgoing: false)
                        ?? "Look at the INPUT and PREROUTING rules of this machine: is there one that accepts established"
                        + " connections? Is the answer marked INVALID by connection tracking, or refused by the reverse-path filter?"
                ])
    }

    /// The kernel names its reason. Those that say more than "a rule" are causes of their own.
    private static func dropped(_ drop: KernelDrop, _ observations: Observations) -> Finding? {
        guard [.packetFilter, .securityModule].contains(drop.kind) else { return nil }
        return Finding(
            "a local rule drops the answer", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localIngress], confidence: .proved,
            summary: observations.sentence(about: drop) + " The socket never gets it."
                + observations.localRuleSentence(isOutgoing: false),
            advice: [
                drop.kind == .securityModule
                    ? "Look at the log of this machine's security module (SELinux, AppArmor): it refuses the packet."
                    : observations.localRuleAdvice(isOutgoing: false)
                        ?? "Look at the INPUT and PREROUTING rules of this machine: is there one that accepts established"
                        + " connections? Is the answer marked INVALID by connection tracking?"
            ])
    }

    /// Without a capture, the kernel's own counts: packets that were received and delivered to nobody.
    private static func unseen(_ observations: Observations) -> Finding? {
        // A packet that still waits for its next hop's link address has no answer. And where a router's answer to one
        // of these packets came in, answers are let in.
        guard !observations.isNextHopUnresolved,
            observations.path.lastAnswering == nil || !observations.isStoppedShortOfHost,
            let packets = observations.undeliveredPackets
        else { return nil }
        return Finding(
            "a local rule drops the answer", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localIngress], confidence: .weak,
            summary: "Packets come in that are delivered to nobody.",
            whyNotExcluded: "\(packets) packets came in meanwhile that this machine delivered to nobody",
            experiment: "probe again with permission to capture (stallpoint doctor says how)",
            isOnlyLookAlike: true)
    }

    /// In a file, a SYN sent again long after a reset: either the client never got it, or it does not believe the
    /// first one. Windows tries again half a second after each reset; who heard nothing waits the initial
    /// retransmission timeout of a second (RFC 6298 section 2.1).
    private static func unbelievedReset(_ observations: Observations) -> Finding? {
        guard observations.facts.isOffline, observations.primary?.socket == nil,
            let reset = observations.handshake.refusals.first,
            let again = observations.handshake.syns.first(where: { $0.at > reset.at }),
            (again.at - reset.at).nanoseconds >= 900_000_000
        else { return nil }
        return Finding(
            "the client never gets the reset", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localIngress, .returnPath], confidence: .weak,
            summary: "The reset passes the place of the capture, and the client goes on asking as if it never got it.",
            whyNotExcluded: "the client sends its SYN again a retransmission timeout after the reset",
            experiment: "probe from the client itself: its socket says whether the reset arrives",
            isOnlyLookAlike: true)
    }
}
