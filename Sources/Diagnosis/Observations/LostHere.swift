import Conversations
import PacketWire

/// Packets of one try, or answers to it, that this machine dropped itself: its kernel says so.
struct LostHere: Sendable, Hashable {
    var outgoing = 0
    var incoming = 0

    init() {}

    /// - Parameter lost: how many packets of the attempt brought no answer: a repeated SYN-ACK is no further one.
    init(_ attempt: Attempt, lost: Int) {
        outgoing = min(lost, attempt.outgoingDrops.count)
        // What comes behind the answer that was taken is the far end's repetition, and no loss; nor is what comes when
        // nobody waits for it any more.
        let isConnected = if case .connected? = attempt.socket?.state { true } else { false }
        let end = isConnected ? attempt.socket?.at : attempt.givenUpAt
        let answers = attempt.drops.count { drop in
            !drop.isOutgoing && drop.isOfThePacket && !drop.isICMP
                // What TCP may not accept was never an answer: from a port that is used again it is to the one before.
                && ![.unspecified, .unacceptable, .damaged].contains(drop.kind)
                && (drop.flags?.contains([.syn, .ack]) ?? true) && end.map { drop.at < $0 } ?? true
        }
        // What the tap saw come in and the socket still waits for was lost here, too, whether a reason is known or not.
        incoming = min(max(0, lost - outgoing), max(answers, attempt.ignoredAnswers))
    }
}

extension Attempt {
    /// An answer was seen to come in, and the socket still waits for one.
    var ignoresAnswer: Bool {
        guard case .pending? = socket?.state else { return false }
        guard kind.transport == .udp else { return isAnswerIgnored(handshake) }
        return packets.contains(where: \.isAnswer)
    }

    /// Answers that the tap saw while the socket still waited for one. A host repeats its SYN-ACK, and what comes when the
    /// socket has been closed finds nobody.
    fileprivate var ignoredAnswers: Int {
        let handshake = self.handshake
        guard isAnswerIgnored(handshake), socket != nil else { return 0 }
        guard let end = givenUpAt else { return purpose == .primary ? handshake.synAcks.count : 0 }
        return handshake.synAcks.count { $0.at + Self.lateness < end }
    }

    /// On a busy machine what came last may be in the socket, and the run has not looked yet when it gives up.
    private static let lateness = TimeSpan.milliseconds(100)

    /// Tries that this machine dropped before its tap could see them. On the way to itself it may drop what the tap saw.
    func unseenDrops(before end: Instant) -> Int {
        guard local?.address != remote else { return 0 }
        return outgoingDrops.count { $0.at <= end }
    }
}

extension Observations {
    /// How much this machine itself lost, and where.
    private var lostHere: (count: Int, zones: [Zone]) {
        let outgoing = trials.trials.map(\.lostHere.outgoing).reduce(0, +)
        let incoming = trials.trials.map(\.lostHere.incoming).reduce(0, +)
        return (outgoing + incoming, (outgoing > 0 ? [.localEgress] : []) + (incoming > 0 ? [.localIngress] : []))
    }

    /// Where this machine itself lost everything that was lost; nil where it did not lose as many.
    var localLoss: [Zone]? {
        let lost = lostHere
        guard !isLocalTarget, trials.lost > 0, lost.count >= trials.lost else { return nil }
        return lost.zones
    }

    /// Where packets that come and go are lost. Where nobody looks at this machine's own part, there too.
    var lossZones: [Zone] {
        if let localLoss { return localLoss }
        if let zonesLedTo { return zonesLedTo }
        // What it is known to have lost stands first, and need not be all.
        let known = isLocalTarget ? [] : lostHere.zones
        let others: [Zone] =
            [.path, .returnPath, .destination] + (hasWire && !facts.mayMissAnswers ? [] : [.localIngress])
            + (hasWire || facts.kernel.watchesDrops ? [] : [.localEgress])
        return known + others.filter { !known.contains($0) }
    }

    /// ` This machine's own kernel dropped them: NETFILTER_DROP in nft_do_chain.`; empty where it did not.
    var localLossSentence: String {
        guard localLoss != nil, let drop = localLossDrop else { return "" }
        return " This machine's own kernel dropped them: \(drop.phrase)."
    }

    /// Whom to ask instead of the path; nil where this machine is not to blame.
    var localLossAdvice: String? {
        guard let zones = localLoss else { return nil }
        let chains = zones == [.localIngress] ? "INPUT and PREROUTING" : "OUTPUT and POSTROUTING"
        return "Look at the \(chains) rules of this machine (nft list ruleset, iptables -S), and at its traffic control"
            + " (tc -s qdisc)."
    }

    private var localLossDrop: KernelDrop? {
        let zones = lostHere.zones
        let candidates = facts.attempts.flatMap { attempt in
            zones.contains(.localEgress)
                ? attempt.outgoingDrops
                : attempt.drops.filter { !$0.isOutgoing && $0.isOfThePacket && $0.isAnswer(transport) }
        }
        // A reason that says who it was, before one that says nothing.
        return candidates.first { $0.kind != .unspecified } ?? candidates.first
    }
}

extension Facts {
    /// A file has no socket that says what it got: an answer that passed the tap and was asked for again may have been lost
    /// behind it.
    fileprivate var mayMissAnswers: Bool {
        isOffline && attempts.contains { $0.kind.transport == .tcp && $0.isAnswerIgnored($0.handshake) }
    }
}
