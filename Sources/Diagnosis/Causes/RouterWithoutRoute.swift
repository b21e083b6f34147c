import PacketWire

/// A router on the way has no route: RFC 792 net unreachable, RFC 4443 no route to destination.
enum RouterWithoutRoute: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.routerRefusal, refusal.error.refusalMeaning == .noRoute,
            observations.passingControl == nil
        else { return nil }
        let bounds = observations.refusalBounds
        let target = observations.target.map(\.description) ?? "the address"
        if observations.speaksForIPv4(refusal.sender) { return translated(observations, refusal, target) }
        return Finding(
            "a router has no route", .unreachable, stage: .handshake, mechanism: .noRoute, zones: [.path],
            confidence: .strong, afterHop: bounds.after ?? observations.position(of: refusal.sender),
            beforeHop: bounds.before, actor: refusal.sender,
            summary: "The router \(observations.routerPhrase(refusal.sender)) has no route to \(target):"
                + " \(refusal.error.phrase).",
            advice: ["Ask whoever runs \(refusal.sender) for the route to \(target); check that the address is right."],
            whyNotExcluded: "",
            experiment: "")
    }

    /// A translator makes IPv4's host unreachable the same error as net unreachable (RFC 7915 section 4.2): only the time
    /// that it took still tells them apart.
    private static func translated(
        _ observations: Observations, _ refusal: Answer.Refusal, _ target: String
    ) -> Finding {
        let late = observations.isLate(refusal)
        let bounds = observations.refusalBounds
        return Finding(
            "a router behind the translator has no way", .unreachable, stage: .handshake,
            mechanism: late ? .noNeighbor : .noRoute, zones: late ? [.destination, .path] : [.path, .destination],
            confidence: .likely, afterHop: bounds.after ?? observations.position(of: refusal.sender),
            beforeHop: bounds.before, actor: refusal.sender,
            summary:
                "\(observations.routerPhrase(refusal.sender)), a router behind a translator to IPv4 (NAT64), has no way"
                + " to \(target): \(refusal.error.phrase), which stands for IPv4's host unreachable as well"
                + (late ? ", and comes after the seconds that a failed address resolution takes." : "."),
            advice: [
                "Check that the IPv4 host (the last 32 bits of the address) is up; ask whoever runs the translator for its route."
            ],
            whyNotExcluded: "a translated error does not say which of the two it was",
            experiment: "ask from a host with IPv4")
    }
}
