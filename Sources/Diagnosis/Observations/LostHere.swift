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
        let answers = attempt.drops.count { drop in
            !drop.isOutgoing && drop.isOfThePacket && !drop.isICMP && drop.kind != .unspecified
                && (drop.flags?.contains([.syn, .ack]) ?? true)
        }
        incoming = min(lost - outgoing, answers)
    }
}

extension Attempt {
    /// Tries that this machine dropped before its tap could see them. On the way to itself it may drop what the tap saw.
    func unseenDrops(before end: Instant) -> Int {
        guard local?.address != remote else { return 0 }
        return outgoingDrops.count { $0.at <= end }
    }
}

extension Observations {
    /// Where this machine itself lost everything that was lost; nil where its kernel did not drop as many.
    var localLoss: [Zone]? {
        let outgoing = trials.trials.map(\.lostHere.outgoing).reduce(0, +)
        let incoming = trials.trials.map(\.lostHere.incoming).reduce(0, +)
        guard !isLocalTarget, trials.lost > 0, outgoing + incoming >= trials.lost else { return nil }
        return (outgoing > 0 ? [.localEgress] : []) + (incoming > 0 ? [.localIngress] : [])
    }

    /// Where packets that come and go are lost. Where nobody looks at this machine's own part, there too.
    var lossZones: [Zone] {
        localLoss ?? [.path, .returnPath, .destination] + (hasWire ? [] : [.localIngress])
            + (hasWire || facts.kernel.watchesDrops ? [] : [.localEgress])
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
        for attempt in facts.attempts {
            if let drop = attempt.outgoingDrops.first { return drop }
            if let drop = attempt.drops.first(where: { !$0.isOutgoing && $0.isOfThePacket && $0.isAnswer(transport) }) {
                return drop
            }
        }
        return nil
    }
}
