import Diagnosis
import HostNetwork
import PacketWire

/// Asks the kernel for the route of one flow, as connect() will ask for it, and finds the rule that decides.
///
/// Where a machine has no other rules than the three that every one has, addresses are all that counts, and nothing
/// more is asked.
struct RouteWitness {
    /// One flow: what the socket is told to be, and what it became.
    struct Flow {
        var destination: IPAddress
        var port: UInt16
        var transport: Transport
        var source: IPAddress?
        var sourcePort: UInt16?
        var interface: String?
        /// This end, once the kernel has chosen it.
        var local: Endpoint?

        var isBound: Bool { source != nil || sourcePort != nil }
    }

    /// The rules of each family that has others than the default ones.
    private let rules: [IPFamily: [RoutingRule]]

    init() {
        var found: [IPFamily: [RoutingRule]] = [:]
        for family in IPFamily.allCases {
            guard let list = try? PolicyRule.all(family).map(RoutingRule.init), list.contains(where: { !$0.isDefault })
            else { continue }
            found[family] = list
        }
        rules = found
    }

    /// The route of a flow; nil where the kernel does not tell.
    func route(of flow: Flow) -> RouteFact? {
        guard let rules = rules[flow.destination.family] else {
            return (try? Route.lookup(to: flow.destination, from: flow.source, interface: flow.interface))
                .map(RouteFact.init)
        }
        guard let (answer, lookup) = ask(flow) else { return nil }
        var fact = RouteFact(answer)
        // The kernel does not repeat the source that it was asked with.
        if case .route = answer, fact.source == nil { fact.source = lookup.named }
        fact.rule = rule(of: rules, flow, answer, lookup)
        return fact
    }

    /// Whether the route should be asked for again when the socket has its own end: a rule looks at the source port,
    /// or the source decides after all.
    func needsLocal(_ route: RouteFact?, _ family: IPFamily) -> Bool {
        guard let rules = rules[family] else { return false }
        let looksAtPort = rules.flatMap(\.selectors).contains { selector in
            if case .sourcePorts = selector { true } else { false }
        }
        return looksAtPort || route?.error != nil
    }

    /// The marks that rules send somewhere else, and where this flow would go with each: who marks a packet is no rule of
    /// routing, and no lookup of an unmarked flow shows it.
    func markedRoutes(of flow: Flow) -> [MarkedRoute] {
        let rules = rules[flow.destination.family] ?? []
        var marks: [UInt32] = []
        for case .mark(let mark, _) in rules.filter({ !$0.isInverted }).flatMap(\.selectors)
        where mark != 0 && !marks.contains(mark) && marks.count < 8 {
            marks.append(mark)
        }
        return marks.compactMap { mark in
            var question = RouteFlow(flow.transport, sourcePort: flow.local?.port, destinationPort: flow.port)
            question.mark = mark
            guard
                let answer = try? Route.lookup(
                    to: flow.destination, from: flow.local?.address, interface: flow.interface, flow: question)
            else { return nil }
            return MarkedRoute(mark: mark, route: RouteFact(answer))
        }
    }

    /// What the decisive lookup was asked with.
    private struct Lookup {
        var source: IPAddress?
        var port: UInt16?

        /// The source that is put into the question: an unspecified one asks for none.
        var named: IPAddress? { source == .v4(.any) || source == .v6(.any) ? nil : source }
    }

    /// As connect() does. IPv4 looks once without a source to find one, and again with it and with the port
    /// (include/net/route.h, ip_route_connect and ip_route_newports). IPv6 keeps what it found without a source, and
    /// looks again only where that was an error (net/ipv6/ip6_output.c, ip6_dst_lookup_tail); its TCP has no port yet.
    private func ask(_ flow: Flow) -> (Route.Answer, Lookup)? {
        let isIPv6 = flow.destination.family == .v6
        var lookup = Lookup(source: flow.source, port: flow.local?.port ?? flow.sourcePort)
        if isIPv6, flow.transport == .tcp, !flow.isBound { lookup.port = 0 }
        if !isIPv6, lookup.source == nil { lookup.source = flow.local?.address }
        guard var answer = answer(flow, lookup) else { return nil }
        guard lookup.source == nil else { return (answer, lookup) }
        switch answer {
        case .route(let route):
            if isIPv6 {
                lookup.source = .v6(.any)
            } else if let chosen = route.source {
                lookup.source = chosen
                guard let final = self.answer(flow, lookup) else { return nil }
                answer = final
            }
        case .refused:
            if isIPv6 {
                lookup.source = flow.local?.address
                guard lookup.source != nil else { break }
                guard let final = self.answer(flow, lookup) else { return nil }
                answer = final
            } else {
                lookup.source = .v4(.any)
                // A datagram socket has its port before it asks, a stream afterwards (net/ipv4/af_inet.c).
                if flow.transport == .tcp { lookup.port = lookup.port ?? 0 }
            }
        }
        return (answer, lookup)
    }

    private func answer(_ flow: Flow, _ lookup: Lookup) -> Route.Answer? {
        try? Route.lookup(
            to: flow.destination, from: lookup.named, interface: flow.interface, flow: question(flow, lookup))
    }

    private func question(_ flow: Flow, _ lookup: Lookup) -> RouteFlow {
        RouteFlow(flow.transport, sourcePort: lookup.port, destinationPort: flow.port)
    }

    private func rule(
        of rules: [RoutingRule], _ flow: Flow, _ answer: Route.Answer, _ lookup: Lookup
    ) -> RoutingRule? {
        // The zone of such an address binds the socket to an interface that is not known here.
        guard !flow.destination.isLinkLocal || flow.interface != nil else { return nil }
        let question = question(flow, lookup)
        let seen = RoutingFlow(
            from: lookup.source, sourcePort: lookup.port, to: flow.destination, port: flow.port, flow.transport,
            user: question.user, boundInterface: flow.interface, isInVRF: flow.interface.flatMap(Self.isInVRF))
        let told: RoutingWalk.Answer
        switch answer {
        case .route(let route):
            let suppresses = rules.contains { $0.suppressedPrefixLength != nil }
            let length: UInt8? =
                suppresses
                ? (try? Route.prefixLength(
                    to: flow.destination, from: lookup.named, interface: flow.interface, flow: question)) ?? nil : nil
            told = .route(table: route.table, prefixLength: length)
        case .refused(let errno): told = .refused(SocketError(system: errno))
        }
        return RoutingWalk(rules).decisive(for: seen, told) { table in
            guard case .refused(let error) = told else { return nil }
            return Self.refuses(table, flow.destination, error)
        }
    }

    /// Whether a table holds a route there that gives this error. No route gives ENETUNREACH
    /// (net/ipv4/fib_semantics.c, fib_props; net/ipv6/route.c, ip6_rt_type_to_error).
    private static func refuses(_ table: UInt32, _ destination: IPAddress, _ error: SocketError) -> Bool? {
        let type: UInt8
        switch error.name {
        case "EINVAL": type = 6
        case "EHOSTUNREACH": type = 7
        case "EACCES": type = 8
        case "ENETUNREACH": return false
        default: return nil
        }
        guard let types = try? Route.deadEnds(in: table, for: destination) else { return nil }
        guard types.contains(type) else { return false }
        // A throw route may stand before it: then the next rule was asked.
        return types.contains(9) ? nil : true
    }

    private static func isInVRF(_ name: String) -> Bool? {
        guard let interfaces = try? Interface.all(), let own = interfaces.first(where: { $0.name == name }) else {
            return nil
        }
        return own.kind == "vrf" || interfaces.contains { $0.index == own.master && $0.kind == "vrf" }
    }
}

extension ProbeRequest {
    /// The flow of a target's attempt, before it has an end of its own.
    func flow(to target: Target, _ address: IPAddress) -> RouteWitness.Flow {
        RouteWitness.Flow(
            destination: address, port: target.port, transport: target.transport, source: sourceAddress,
            sourcePort: sourcePort, interface: interface)
    }
}
