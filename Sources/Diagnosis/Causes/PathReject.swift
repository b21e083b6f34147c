import PacketWire

/// A filter on the way answers with an ICMP error of its own: RFC 1812 section 5.2.7.1, RFC 4443 section 3.1.
enum PathReject: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.routerRefusal, !refusal.error.isBeyondScope else { return nil }
        if observations.isTranslatedHere, observations.facts.kernel.translatesDestination {
            let isClosed = refusal.error.meaning == .portUnreachable
            return observations.ledElsewhere(
                isClosed ? .closed : .blocked, isClosed ? .noListener : .icmpReject,
                "\(refusal.sender) answers \(refusal.error.phrase)")
        }
        let meaning = refusal.error.refusalMeaning
        let control = observations.controlPhrase
        let claimsRouting = meaning == .noRoute || meaning == .hostUnreachable
        // "No route" and "host unreachable" are lies where the same host answers otherwise.
        if claimsRouting, control == nil || observations.isNeighborFailure(refusal) {
            return lookAlike(observations, refusal)
        }
        var bounds = observations.refusalBounds
        // Who lets some of them through does so to the ladder's, which then get farther than the one that is refused.
        let place = observations.position(of: refusal.sender)
        if let place, let after = bounds.after, after.ttl > place.ttl { bounds = (place, nil) }
        let mayBeHosts = observations.refusalMayBeHosts
        // Whoever finds fault with a header, or has no room, filters nothing.
        let isCertain = meaning != .other && !mayBeHosts && !(claimsRouting && observations.isLate(refusal))
        let router = observations.routerPhrase(refusal.sender)
        return Finding(
            "a filter on the way rejects it", .blocked, stage: .handshake, mechanism: .icmpReject,
            zones: mayBeHosts ? [.path, .destination] : [.path],
            // Seconds are what an address resolution takes, or a router that has no answer to spend for a while.
            confidence: isCertain ? .strong : .likely,
            afterHop: bounds.after ?? place,
            beforeHop: bounds.before, actor: refusal.sender,
            summary: "\(router) rejects the \(observations.packetName) with \(refusal.error.phrase)"
                + (claimsRouting
                    ? ", although \(control ?? "another port") gets through: it is a filter's answer." : ".")
                + (mayBeHosts
                    ? " That may also be another address of the host's own, where nothing listens on the port." : ""),
            advice: [
                "Ask whoever runs \(refusal.sender) for the rule that rejects \(observations.name)"
                    + (observations.primary?.local.map { " from \($0.address)" } ?? "") + "."
            ]
                + (refusal.error.isSourcePolicy
                    ? ["It refuses the source address: try another of this machine's (--source, -i)."] : []))
    }

    private static func lookAlike(_ observations: Observations, _ refusal: Answer.Refusal) -> Finding {
        Finding(
            "a filter answers with a routing error", .blocked, stage: .handshake, mechanism: .icmpReject,
            zones: [.path], confidence: .weak, actor: refusal.sender,
            summary: "\(refusal.sender) rejects it.",
            whyNotExcluded: "filters can be told to answer \(refusal.error.name)"
                + (observations.passingControl == nil ? ", and no other port of the host got through" : ""),
            experiment: observations.passingControl == nil
                ? "find a port of the same host that answers: if one does, the refusal is a filter's"
                : "ask whether \(refusal.sender) has routing rules that look at the port",
            isOnlyLookAlike: true)
    }
}
