import Conversations
package import FilterRules
package import PacketWire

/// What stops the words behind a handshake, where somebody says so: this machine's own kernel, or whoever refuses them on
/// the wire. Nobody has to guess then.
package enum RequestStop: Hashable {
    /// This machine dropped segments with words on their way out, or those that answer on the way in; the one rule that
    /// comes into question, where it is known.
    case dropped(KernelDrop, count: Int, by: LocalRule? = nil)
    /// The words never left, and a reset came: it was made on this machine.
    case resetHere
    /// The words never left, says the socket, and nobody says why.
    case heldBack
    /// What answers them passes the tap of this machine again and again, and its TCP never takes it.
    case unheard(repeats: Int)
    /// What answers them comes so many times, and never whole: its checksum is wrong, and no TCP takes that.
    case damaged(count: Int)
    /// An ICMP error answers them.
    case refused(ICMPError, by: IPAddress, frame: Int, isOwn: Bool)

    /// Nil where nobody says anything.
    ///
    /// - Parameter isMidAnswer: part of the answer came. Of a long one not every segment is pushed.
    init?(_ end: DialogueEnd, _ facts: Facts, isMidAnswer: Bool = false) {
        guard let primary = facts.attempts.first else { return nil }
        let isOwn = { (address: IPAddress) in address == primary.local?.address || address == facts.route?.source }
        if let stop = Self.refusal(among: primary.packets, isOwn: isOwn) {
            self = stop
            return
        }
        let drops = primary.drops.filter { drop in
            drop.isOfThePacket && drop.kind.isRefusal
                && (drop.bearsWords || isMidAnswer && !drop.isOutgoing && drop.flags == .ack && !drop.isICMP)
        }
        let isWatched =
            facts.witnesses.contains(.wire) && !facts.capturedWithLoss
            && primary.packets.contains { $0.fromInitiator && $0.tcp?.flags.contains(.syn) ?? false }
        let hasLeft = primary.packets.contains { $0.fromInitiator && $0.payloadLength > 0 }
        if case .reset = end, isWatched, !hasLeft, ResetOrigin(primary.packets).isOwn {
            self = .resetHere
        } else if case .reset = end, primary.socket?.isHeldBack == true {
            self = .resetHere
        } else if let drop = drops.first(where: \.isOutgoing), Self.isLost(end) || isWatched && !hasLeft {
            self = .dropped(drop, count: drops.count(where: \.isOutgoing), by: facts.kernel.candidate(for: drop))
        } else if case .silence = end, let drop = drops.first(where: { !$0.isOutgoing }) {
            self = .dropped(drop, count: drops.count { !$0.isOutgoing }, by: facts.kernel.candidate(for: drop))
        } else if case .silence = end, primary.damagedWords > 1 {
            self = .damaged(count: primary.damagedWords)
        } else if case .silence = end, primary.socket?.isHeldBack == true {
            self = .heldBack
        } else {
            return nil
        }
    }

    /// Words that the far end said unasked, and that this machine dropped on their way in, by a rule or because they are
    /// damaged.
    init?(keptFrom facts: Facts) {
        switch RequestStop(.silence(.zero, isAcknowledged: true), facts) {
        case .dropped(let drop, let count, let rule)? where !drop.isOutgoing:
            self = .dropped(drop, count: count, by: rule)
        case .damaged(let count)?: self = .damaged(count: count)
        default: return nil
        }
    }

    /// Nothing shows that the words arrived: what is dropped once and sent again is no reason for what the far end does.
    private static func isLost(_ end: DialogueEnd) -> Bool {
        switch end {
        case .silence(_, let isAcknowledged): isAcknowledged != true
        case .closed(let isAcknowledged): isAcknowledged == false
        case .reset: false
        }
    }

    /// Of a capture's packets.
    ///
    /// - Parameter isOwn: whether an address is that of whoever asked.
    static func refusal(among packets: [SeenPacket], isOwn: (IPAddress) -> Bool) -> RequestStop? {
        let answered = packets.lastIndex { !$0.fromInitiator && $0.payloadLength > 0 } ?? -1
        let refusal = packets.suffix(from: answered + 1).first { $0.quotesWords }
        guard let refusal, let error = refusal.icmpError else { return nil }
        return .refused(error, by: refusal.source, frame: refusal.frame, isOwn: isOwn(refusal.source))
    }

    /// - Parameter what: `the ClientHello for example.com`.
    package func problem(_ what: String, of target: Target, stage: Stage) -> ApplicationFinding.Problem {
        var problem = ApplicationFinding.Problem(
            verdict: .interfered, stage: stage, mechanism: .silentDrop, zones: [.localEgress], confidence: .strong,
            summary: "The connection was opened, and ", advice: [Self.lookHere])
        switch self {
        case .dropped(let drop, let count, let rule):
            let times = count == 1 ? "" : ", \(count) times"
            if !drop.isOutgoing { problem.zones = [.localIngress] }
            problem.summary +=
                drop.isOutgoing
                ? "this machine's kernel drops \(what) on its way out\(times): \(drop.phrase)."
                : "this machine's kernel drops what answers \(what) on the way in\(times): \(drop.phrase)."
            if let rule {
                problem.summary += " That may be \(rule.place) (\(rule.text.escapedForDisplay))."
            }
        case .resetHere:
            problem.mechanism = .tcpReset
            problem.summary += "\(what) was answered by a reset and never left this machine: a rule here rejects it."
        case .heldBack:
            problem.summary += "\(what) never left this machine: its kernel holds it, and a rule here may be why."
        case .unheard(let repeats):
            problem.zones = [.localIngress]
            problem.summary +=
                "what answers \(what) arrives here, is sent again \(repeats) times, and this machine never acknowledges it:"
                + " something here drops it on the way in."
        case .damaged(let count):
            problem.mechanism = .alteredInTransit
            (problem.zones, problem.confidence) = ([.returnPath, .path, .destination], .likely)
            problem.summary +=
                "what answers \(what) arrives \(count) times with a wrong checksum: this machine's TCP is right not to take it."
            problem.advice = [
                "Compare with a capture at the host: what leaves it whole is damaged on the way (tunnels, offloading, a box that rewrites)."
            ]
        case .refused(let error, let sender, let frame, isOwn: true):
            (problem.mechanism, problem.actor) = (.icmpReject, sender)
            problem.summary += "this machine itself rejects \(what): \(error.name) from \(sender) (frame \(frame))."
        case .refused(let error, let sender, let frame, isOwn: false):
            (problem.mechanism, problem.actor) = (.icmpReject, sender)
            problem.zones = sender == target.address ? [.destination, .path] : [.path]
            if sender == target.address { problem.confidence = .likely }
            problem.summary += "\(sender) rejects \(what): \(error.name) (frame \(frame))."
            problem.advice = ["Ask whoever runs \(sender) for the rule that rejects what is said to \(target.place)."]
        }
        return problem
    }

    private static let lookHere =
        "Look at the rules of this machine that read payload (nft list ruleset, iptables -S), and for a product that does."
}

extension DropKind {
    /// Somebody wanted it dropped.
    fileprivate var isRefusal: Bool {
        switch self {
        case .packetFilter, .trafficControl, .program, .securityModule: true
        case .reversePath, .ipsecPolicy, .neighbor, .damaged, .unacceptable, .unspecified: false
        }
    }
}

extension KernelDrop {
    /// A segment with payload: those without are not pushed.
    fileprivate var bearsWords: Bool { !isICMP && flags?.isSuperset(of: [.psh, .ack]) ?? false }
}

extension Attempt {
    /// How often segments with words came in with a wrong checksum, where none came whole behind them: by the wire, or by
    /// the kernel that dropped them.
    fileprivate var damagedWords: Int {
        let words = packets.filter { !$0.fromInitiator && $0.tcp != nil && $0.payloadLength > 0 }
        if let last = words.lastIndex(where: { !$0.isDamaged }) { return words.count - last - 1 }
        return max(words.count, drops.count { !$0.isOutgoing && $0.kind == .damaged && $0.bearsWords })
    }
}

extension SeenPacket {
    /// An ICMP error, but "too big", that quotes a segment behind the handshake.
    fileprivate var quotesWords: Bool {
        guard let error = icmpError, error.isFatalToAttempt, !error.isTimeExceeded, let flags = quote?.flags else {
            return false
        }
        return flags.isDisjoint(with: [.syn, .rst, .fin]) && flags.contains(.ack)
    }
}
