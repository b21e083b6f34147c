import PacketWire

/// Whether routers' errors come back by the way of the ports that fail. A ladder of such a port ends where its packets do, or
/// where what is said of them is lost on the way back, together with the host's own answers.
enum ErrorsOfWay: Hashable {
    /// What gets through took the same way there, and the router past the last hop was heard.
    case heard
    /// It took the same way to the host and back, and that router, who is heard by another, was not.
    case lost
    /// What gets through elsewhere does not by that way, either: all of it ends there.
    case dead
    /// What gets through took other ways as well: the router past the last hop may lie on those alone.
    case elsewhere
    /// Nothing else is known to have taken that way.
    case unknown
}

extension Observations {
    /// Nil where the hops of the failing ports are not compared with those of another way.
    var errorsOfWay: ErrorsOfWay? {
        guard isStoppedShortOfHost, let last = path.lastAnswering else { return nil }
        guard path.isOfMembers else { return mayHangOnPort && path.controlTakesOtherWays ? .elsewhere : nil }
        let others = facts.attempts.filter { $0.purpose.isControl && $0.purpose.isRung && $0.kind != primary?.kind }
        let beside = others.filter { attempt in
            guard attempt.purpose == .controlRung(timeToLive: last.ttl), case .timeExceeded(let error) = attempt.answer
            else { return false }
            return error.sender == last.address
        }
        let onWay = others.filter { attempt in
            beside.contains { $0.kind == attempt.kind && $0.local?.port == attempt.local?.port }
        }
        let next = onWay.filter { $0.purpose == .controlRung(timeToLive: last.ttl + 1) }
        if next.contains(where: { $0.answer != .silence }) { return .heard }
        let through = onWay.filter { $0.purpose.timeToLive.map { $0 > last.ttl + 1 } ?? false }
        if next.isEmpty || through.isEmpty { return .unknown }
        return through.contains(where: \.isPassing) ? .lost : .dead
    }
}
