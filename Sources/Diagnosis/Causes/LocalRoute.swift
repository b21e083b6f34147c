import PacketWire

/// This machine's routing table has no way there, or says no on purpose. The errno tells which:
/// ENETUNREACH, EHOSTUNREACH (unreachable), EACCES (prohibit), EINVAL (blackhole); net/ipv4/fib_semantics.c.
enum LocalRoute: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .localError(let error, atOnce: true) = observations.symptom else { return nil }
        let kind = observations.facts.route?.kind
        let why: String
        switch kind {
        case .blackhole: why = "a blackhole route swallows it here"
        case .prohibit: why = "a prohibit route forbids it here"
        case .unreachable: why = "an unreachable route rejects it here"
        case .some(.none): why = "there is no route to it"
        case .unicast, .local, .broadcast, .multicast: return nil
        case nil:
            guard error.isNamed("ENETUNREACH") else { return nil }
            why = "there is no route to it"
        }
        let family = observations.target.map { "\($0.family.rawValue) " } ?? ""
        return Finding(
            "this machine has no route", .unreachable, stage: .route, mechanism: .noRoute, zones: [.localEgress],
            confidence: .proved,
            summary: "No packet left this machine: \(why) (\(error)).",
            advice: [
                "Look at the \(family)routing table of this machine (ip route get \(observations.target.map(\.description) ?? "ADDRESS"))"
                    + " and at the VPN or network namespace it should come from."
            ])
    }
}
