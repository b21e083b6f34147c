import PacketWire

/// This machine's routing has no way there, or says no on purpose: by a route, or by a rule that ends the lookup. The
/// errno tells which: ENETUNREACH, EHOSTUNREACH (unreachable), EACCES (prohibit), EINVAL (blackhole);
/// net/ipv4/fib_semantics.c. A rule that says unreachable gives ENETUNREACH, as if there were no route
/// (net/ipv4/fib_rules.c).
enum LocalRoute: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .localError(let error, atOnce: true) = observations.symptom else { return nil }
        if let rule = observations.routingRule, rule.isRefusal { return refused(by: rule, error, observations) }
        let kind = observations.facts.route?.kind
        let table = observations.routingRule?.tableName
        let of = table.map { " of table \($0)" } ?? ""
        let why: String
        switch kind {
        case .blackhole: why = "a blackhole route\(of) swallows it here"
        case .prohibit: why = "a prohibit route\(of) forbids it here"
        case .unreachable: why = "an unreachable route\(of) rejects it here"
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
            advice: familyAdvice(observations) + separateAdvice(observations) + [
                "Look at the \(family)routing table of this machine (ip route get \(observations.target.map(\.description) ?? "ADDRESS"))"
                    + " and at the VPN or network namespace it should come from."
            ] + observations.routingRuleAdvice)
    }

    /// What is switched off has no routes, whatever the routing tables say.
    private static func familyAdvice(_ observations: Observations) -> [String] {
        guard let names = observations.circumstances.phraseOfLinksWithoutIPv6,
            let first = observations.circumstances.linksWithoutIPv6.first?.escapedForDisplay
        else { return [] }
        return [
            "IPv6 is switched off on \(names). If it should not be: sysctl net.ipv6.conf.\(first).disable_ipv6=0, and find what"
                + " sets it (/etc/sysctl.d, a container's or a VPN's setup); else use the service's IPv4 address."
        ]
    }

    /// Where interfaces belong to VRFs, the way there may be among routes that this socket was never led to.
    private static func separateAdvice(_ observations: Observations) -> [String] {
        let names = Set(observations.circumstances.separateLinks.compactMap(\.vrf)).sorted()
        guard let first = names.first?.escapedForDisplay else { return [] }
        let all = names.map(\.escapedForDisplay).joined(separator: ", ")
        return [
            "Try the VRF (\(all)): --interface \(first) here, 'ip vrf exec \(first)' before an application that knows of none."
        ]
    }

    /// No table was asked: looking at routes would show nothing.
    private static func refused(by rule: RoutingRule, _ error: SocketError, _ observations: Observations) -> Finding {
        let does =
            switch rule.action {
            case .blackhole: "swallows it"
            case .prohibit: "forbids it"
            default: "calls it unreachable"
            }
        return Finding(
            "a routing rule of this machine refuses it", .unreachable, stage: .route, mechanism: .noRoute,
            zones: [.localEgress], confidence: .proved,
            summary: "No packet left this machine: routing rule \(rule.priority) (\(rule)) \(does) here (\(error)).",
            advice: [
                "Look at rule \(rule.priority) of this machine (\(observations.ruleCommand)) and at what made it; it is a"
                    + " rule of policy routing, not a route: ip route shows nothing of it."
            ])
    }
}
