import PacketWire

/// A router on the way has no route: RFC 792 net unreachable, RFC 4443 no route to destination.
enum RouterWithoutRoute: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.routerRefusal, refusal.error.refusalMeaning == .noRoute,
            observations.passingControl == nil
        else { return nil }
        let bounds = observations.refusalBounds
        let target = observations.target.map(\.description) ?? "the address"
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
}
