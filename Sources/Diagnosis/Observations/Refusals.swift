import Conversations
public import PacketWire

/// What an ICMP error claims, in the terms that decide between a filter and a fault of routing.
public enum RefusalMeaning: Sendable, Hashable {
    /// Says outright that somebody forbids it, or names a port or protocol, which no router looks at.
    case filter
    /// "No route", with which a router says that it has none.
    case noRoute
    /// "Host unreachable": the last router's failed address resolution, or a route that says so.
    case hostUnreachable
    /// Anything else: source quench, parameter problem, beyond scope.
    case other
}

extension ICMPError {
    /// What a refusal by a router amounts to: RFC 1812 section 5.2.7.1, RFC 4443 section 3.1. No router looks at
    /// ports or protocols for routing, so who names them filters.
    public var refusalMeaning: RefusalMeaning {
        switch meaning {
        case .networkUnreachable: .noRoute
        case .hostUnreachable: .hostUnreachable
        case .protocolUnreachable, .portUnreachable, .administrativelyProhibited, .rejectedByPolicy: .filter
        default: .other
        }
    }

    /// `ICMP 3/13 (communication administratively prohibited)`.
    var phrase: String {
        "\(family == .v4 ? "ICMP" : "ICMPv6") \(type)/\(code) (\(name))"
    }
}

extension Observations {
    /// The refusal of the primary attempt, when its sender is neither this machine nor the target.
    var routerRefusal: Answer.Refusal? {
        guard case .refused(let refusal) = symptom, refusal.sender != target, !isOwn(refusal.sender),
            !refusal.error.isOfMissingFragments
        else { return nil }
        return refusal
    }

    /// The refusal of the primary attempt, when it bears the target's own address.
    var hostRefusal: Answer.Refusal? {
        guard case .refused(let refusal) = symptom, refusal.sender == target, !refusal.error.isOfMissingFragments
        else { return nil }
        return refusal
    }

    /// A datagram's port is closed, says an address that is not the host's and that no ladder shows on the way: a router
    /// that filters, or the host by another address of its own, as routers answer for themselves.
    var refusalMayBeHosts: Bool {
        guard transport == .udp, let refusal = routerRefusal, refusal.error.meaning == .portUnreachable else {
            return false
        }
        return position(of: refusal.sender) == nil
    }

    /// The positions between which a refused packet was stopped, where a ladder was walked.
    var refusalBounds: (after: Hop?, before: Hop?) {
        let after = path.lastAnswering
        guard let end = path.targetEnd, end.ttl > (after?.ttl ?? 0) else { return (after, nil) }
        return (after, Hop(ttl: end.ttl, address: end.control.address))
    }

    /// The position at which `sender` stands on the path, where a ladder shows it.
    func position(of sender: IPAddress) -> Hop? {
        path.hops.first { hop in
            for answer in [hop.target, hop.control] {
                if case .timeExceeded(sender) = answer { return true }
            }
            return false
        }.map { Hop(ttl: $0.ttl, address: sender) }
    }

    /// The router that refuses, in words.
    func routerPhrase(_ sender: IPAddress) -> String {
        position(of: sender).map { "\(sender) (hop \($0.ttl))" } ?? "\(sender)"
    }

    /// How long the refusal took; a router that waits for ARP or neighbour discovery needs seconds.
    func delay(of refusal: Answer.Refusal) -> Int64? {
        guard let at = refusal.at, let start = primary?.startedAt else { return nil }
        return (at - start).nanoseconds
    }
}
