import Conversations
import PacketWire

/// Where a silence begins, as far as the two ladders tell.
enum SilencePlace: Hashable {
    /// The control passes a router at which the target's own packets do not arrive any more.
    case between(after: Hop?, before: Hop)
    /// Both get as far; only the control is answered by the host.
    case lastStretch(after: Hop?, host: Hop?)
    /// Something else of the host is answered, and no ladder was walked: the host is there, and the way unknown.
    case anywhere
    /// Nothing of the host got through: the last answering hop is all there is.
    case beyond(after: Hop?)
}

extension Observations {
    var silencePlace: SilencePlace {
        let after = path.lastAnswering
        guard let differential = path.differential else {
            guard passingControl != nil else { return .beyond(after: after) }
            return path.isEmpty ? .anywhere : .lastStretch(after: after, host: nil)
        }
        switch differential.control {
        case .timeExceeded(let address) where address == target && path.forwardingTarget != nil:
            return .lastStretch(after: after, host: Hop(ttl: differential.ttl, address: address))
        case .timeExceeded(let address):
            return .between(after: after, before: Hop(ttl: differential.ttl, address: address))
        case .reached(let address, _):
            // At a position before this one the target's packet may have been answered, by a refusal for example.
            return .lastStretch(
                after: after, host: path.controlEnd(past: after) ?? Hop(ttl: differential.ttl, address: address))
        case .notAsked, .silence, .refused:
            return .beyond(after: after)
        }
    }

    /// In a file: the packets passed routers on their way to the tap, and none stands between that and the host.
    var isTapNearHost: Bool {
        guard facts.isOffline, case .anywhere = silencePlace,
            let there = primary?.packets.first(where: \.fromInitiator)?.timeToLive,
            let back = passingControl?.packets.first(where: { !$0.fromInitiator && $0.icmpError == nil })?.timeToLive
        else { return false }
        return there.routersPassed > 0 && back.routersPassed == 0
    }

    /// Every place that a silence beyond the last answering hop allows; without a capture this machine's own way in
    /// is one of them.
    var silenceZones: [Zone] {
        if isStoppedShortOfHost, errorsOfWay != .lost, errorsOfWay != .elsewhere { return [.path] }
        return [.path, .destination, .returnPath] + (hasWire ? [] : [.localIngress])
    }

    /// Every place that the silence of some source ports allows. That the others leave this machine says nothing of these:
    /// a rule or a route of its own may look at the port, too.
    func memberZones(_ failing: [UInt16]) -> [Zone] {
        guard !hasWire, !facts.kernel.watchesDrops, silenceBounds.after == nil else { return silenceZones }
        let hasLeft = facts.attempts.contains { attempt in
            guard case .rung = attempt.purpose, case .timeExceeded = attempt.answer else { return false }
            return attempt.local.map { failing.contains($0.port) } ?? false
        }
        return hasLeft ? silenceZones : [.path, .destination, .returnPath, .localIngress, .localEgress]
    }

    /// The hops between which the silence begins, as far as the ladders tell; none where it is not known that these lie on
    /// the way of what fails.
    var silenceBounds: (after: Hop?, before: Hop?) {
        guard isLadderOfWhatFails else { return (nil, nil) }
        return switch silencePlace {
        // Where errors are lost on the way back, or the next router is on another way, the last one that is heard is all
        // there is.
        case .between(let after, _) where errorsOfWay == .lost || errorsOfWay == .elsewhere: (after, nil)
        case .between(let after, let before): (after, before)
        case .lastStretch(let after, let host): (after, host)
        case .anywhere: (nil, nil)
        case .beyond(let after): (after, nil)
        }
    }

    /// Some packets of the very same kind get through: each source port may have a way of its own.
    var mayHangOnPort: Bool { trials.isMixed || passes(.variant(.unchanged)) }

    /// Load balancing leads each flow along one of several ways, and hops that were asked from another port than fails
    /// may lie on another. So they must be of one flow, and that one fail before the host, or of a port that is known to.
    private var isLadderOfWhatFails: Bool {
        !mayHangOnPort || path.isOfFailing || isOneFlowToDifferential && isStoppedShortOfHost
    }

    /// Every hop up to the one at which only the control is answered was asked by packets of one flow, that one too.
    private var isOneFlowToDifferential: Bool {
        guard let end = path.differential?.ttl else { return false }
        let ports = facts.attempts.compactMap { attempt -> UInt16? in
            guard case .rung(let timeToLive) = attempt.purpose, timeToLive <= end else { return nil }
            return attempt.local?.port ?? 0
        }
        return Set(ports).count == 1 && ports[0] != 0
    }

    /// The hops lie on one way that is known to fail: they were asked by packets of one flow, or so many connections fail
    /// that ways which only some of them take are no explanation.
    var isWayKnown: Bool {
        guard !path.hasSeveralWays else { return false }
        return isOneFlowToDifferential || path.isOfFailing || trials.unanswered.count >= (mayHangOnPort ? 8 : 3)
    }

    /// The control's ladder is one of echo requests: routers and filters there may answer those, and let no TCP whose TTL
    /// runs out come to them at all.
    var isControlEchoAlone: Bool {
        let control = facts.attempts.filter { $0.purpose.isRung && $0.purpose.isControl }
        return transport == .tcp && !control.isEmpty && control.allSatisfy { $0.kind == .echo }
    }

    /// The stall is before a router that the control passes: neither the host nor the way back is to blame.
    var isStoppedShortOfHost: Bool {
        if case .between = silencePlace { true } else { false }
    }

    /// Packets of the target's kind that went unanswered past the last answering hop, the primary's included.
    var unansweredTries: Int {
        let after = path.lastAnswering?.ttl ?? 0
        return tries + path.unansweredTries.filter { $0.key > after }.map(\.value).reduce(0, +)
    }

    /// The packet was sent in more than one moment. A datagram is the probe's own to repeat, which it does within a second,
    /// and only the wire counts that.
    var isTriedAgain: Bool {
        guard tries < 2 else { return true }
        guard transport == .udp, let primary else { return false }
        return facts.observedUntil - primary.startedAt >= .seconds(1)
    }

    /// `nothing comes back from beyond hop 3 (192.0.2.10)`.
    var silencePhrase: String {
        switch silencePlace {
        case .between(let after, let before):
            let from = after.map { " after \(phrase($0)) and" } ?? ""
            let doubt = isLadderOfWhatFails ? "" : ", as far as packets from other ports tell,"
            return "is swallowed\(doubt)\(from) before \(phrase(before)), which"
                + " \(controlPhrase ?? "the control") passes"
        case .lastStretch(let after, _):
            let from = after.map { "after \(phrase($0))" } ?? (isFoundOnLink ? "on the link" : "on the way there")
            return "gets no answer: it is lost \(from), at the host, or on the way back;"
                + " \(controlPhrase ?? "a control") gets through"
        case .anywhere where isTapNearHost:
            return "gets no answer: it came as far as the host's own network, and is lost at the host, or right before"
                + " or behind it; \(controlPhrase ?? "a control") gets through"
        case .anywhere:
            return "gets no answer: it is lost on the way, at the host, or on the way back;"
                + " \(controlPhrase ?? "a control") gets through"
        case .beyond where facts.isOffline && path.isEmpty:
            return "gets no answer, and nothing else of the host answers this client in this capture"
        case .beyond where isFoundOnLink && path.lastAnswering == nil:
            return
                "gets no answer. The host's address is on this link, and \(linkProtocolName) for it is answered; nothing"
                + " else of it answers"
        case .beyond(let after):
            let from = after.map { "Its last sign of life is \(phrase($0))" } ?? "No hop answers it"
            return "gets no answer. \(from), and nothing else of the host answers either"
        }
    }
}
