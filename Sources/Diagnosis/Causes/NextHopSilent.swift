import Conversations
import PacketWire

/// Nobody answers ARP (RFC 826) or neighbour discovery (RFC 4861) for the next hop, so nothing can be sent.
enum NextHopSilent: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        let isDropped = observations.decisiveDrop?.kind == .neighbor
        guard observations.isNextHopUnresolved || isDropped else { return nil }
        switch observations.symptom {
        case .silence, .refused, .localError: break
        default: return nil
        }
        let nextHop =
            observations.facts.neighborExchange?.address ?? observations.facts.route?.gateway ?? observations.target
        let gateway = nextHop == observations.target ? nil : nextHop
        let requests = observations.facts.neighborExchange?.requests.count ?? 0
        // The tap saw answers, and the kernel's entry has failed all the same.
        let isFailed = observations.facts.neighbor?.isUnresolved == true
        let ignored = isFailed ? observations.facts.neighborExchange?.answers.count ?? 0 : 0
        let protocolName = nextHop?.family == .v6 ? "neighbour discovery" : "ARP"
        let misaddressed = observations.facts.neighborExchange?.misaddressed ?? 0
        if misaddressed > 0, observations.facts.neighborExchange?.answers.isEmpty == true {
            return answeredElsewhere(misaddressed, protocolName, nextHop, isGateway: gateway != nil, observations)
        }
        if ignored > 0 { return untaken(ignored, protocolName, nextHop, isGateway: gateway != nil, observations) }
        let isLinkUp = observations.circumstances.link.map { $0.isUp && $0.hasCarrier } ?? true
        // The tap sees every request that leaves, and the kernel asks anew for each attempt.
        let isUnasked =
            observations.hasWire && !observations.facts.isOffline && !observations.facts.capturedWithLoss
            && observations.facts.neighborExchange?.requests.isEmpty == true && isLinkUp && !isDropped
            // Requests are known by the address that they are sent from.
            && observations.primary?.local?.address == observations.facts.route?.source
        if observations.facts.route?.isAssumedOnLink == true {
            return withoutRoute(requests, protocolName, observations)
        }
        let asked =
            requests > 0
            ? "\(requests) \(protocolName) request\(requests == 1 ? "" : "s") left and none was answered"
            : isDropped
                ? "the kernel gave up on \(protocolName) and dropped what waited for it"
                : isUnasked
                    ? "the kernel's \(protocolName) entry is unresolved, and no request for it left"
                    : "the kernel's \(protocolName) entry is unresolved"
        let who = nextHop.map(\.description) ?? "the next hop"
        // The same route leads the control past it: one with several next hops, of which this connection was given a dead one.
        // Nobody need be missing there: the route may be wrong that looks for the target on this link.
        let isOffLink = gateway == nil && !isUnasked && observations.circumstances.targetIsOffLink
        // Nor does a file say of which network this machine is.
        let mayBeOffLink = isOffLink || gateway == nil && observations.facts.isOffline
        let isOneOfSeveral = gateway != nil && observations.hasWayBesides
        if gateway == nil, !isUnasked, !isOffLink, let bridge = observations.circumstances.link, bridge.isBridgeInside {
            return onBridgeInside(bridge, asked, isSeen: requests > 0, observations)
        }
        return Finding(
            "the next hop does not answer", isOneOfSeveral ? .degraded : .unreachable, stage: .neighbor,
            mechanism: .noNeighbor,
            zones: isUnasked
                ? [.localEgress]
                : (isOffLink ? [.localEgress] : []) + (gateway == nil ? [.destination, .path] : [.path])
                    + (isOffLink || requests > 0 && !mayBeOffLink ? [] : [.localEgress])
                    // The answers, too, may be dropped here, where nobody sees them; a link that is down brings none.
                    + (requests > 0 || observations.hasWire || !isLinkUp ? [] : [.localIngress]),
            // A file does not name the next hop: an unanswered neighbour is only taken for it.
            confidence: requests > 0 && (gateway == nil || !observations.facts.isOffline)
                ? isOneOfSeveral || mayBeOffLink ? .strong : .proved : .likely,
            beforeHop: gateway.map { Hop(ttl: 1, address: $0) },
            summary: gateway == nil
                ? "Nobody on this link has the address \(who): \(asked)."
                    + (isOffLink
                        ? " A route of this machine looks for it here, and no address of"
                            + " \(observations.facts.route?.interface ?? "the interface") is of its network." : "")
                : "The gateway \(who) does not answer: \(asked), so no \(observations.packetName) could leave."
                    + (isOneOfSeveral
                        ? " Other connections to the same host get through: of several next hops, this one is silent."
                        : ""),
            advice: [
                gateway == nil
                    ? "Check that the host is up and on this network (VLAN, Wi-Fi isolation), and that the prefix length here is right."
                    : "Check that the gateway is up and on this network (VLAN, cable), and that the route to it is meant.",
                isUnasked
                    ? "Look at this machine's rules for \(protocolName) on the way out (nft list ruleset, arptables -S,"
                        + " ip6tables -S): they may drop its requests."
                    : "Other neighbours on \(observations.facts.route?.interface ?? "the interface") that do answer show whether the link works.",
            ] + observations.routingRuleAdvice)
    }

    /// The route looks for the target on a bridge of this machine's own, where its containers or virtual machines are:
    /// whoever means a host elsewhere has the same network here and there, and the one here hides it.
    private static func onBridgeInside(
        _ bridge: LinkFact, _ asked: String, isSeen: Bool, _ observations: Observations
    ) -> Finding {
        let name = bridge.name.escapedForDisplay
        let who = observations.target?.description ?? "the target"
        let isEmpty = bridge.portKinds?.isEmpty ?? true
        return Finding(
            "a bridge of this machine hides the network", .unreachable, stage: .neighbor, mechanism: .noNeighbor,
            zones: [.localEgress, .destination] + (isEmpty ? [] : [.path])
                + (isSeen || observations.hasWire ? [] : [.localIngress]),
            confidence: isSeen ? .proved : .likely,
            summary: "The route looks for \(who) on \(name), a bridge of this machine itself"
                + (isEmpty ? " without a port" : "") + ", and nobody there has the address: \(asked).",
            advice: [
                "If a container or virtual machine of this machine is meant: is it running, and has it this address"
                    + " (docker ps, virsh list; bridge link show)?",
                "If another host is meant: its network is \(name)'s here as well, which hides it (ip route get \(who), ip address"
                    + " show \(name)). Give \(name) another network (Docker: bip, default-address-pools) or remove it.",
            ] + observations.routingRuleAdvice)
    }

    /// Answers came in, and something between the tap and the kernel's table took them away.
    private static func untaken(
        _ count: Int, _ protocolName: String, _ nextHop: IPAddress?, isGateway: Bool, _ observations: Observations
    ) -> Finding {
        let who = nextHop.map(\.description) ?? "the next hop"
        let filter =
            nextHop?.family == .v6
            ? "INPUT rules that drop ICMPv6 neighbour advertisements (nft list ruleset, ip6tables -S)"
            : "rules for ARP (nft list table arp filter, arptables -L)"
        return Finding(
            "this machine does not take the next hop's answers", .unreachable, stage: .neighbor,
            mechanism: .noNeighbor, zones: [.localIngress], confidence: count > 1 ? .strong : .likely,
            beforeHop: isGateway ? nextHop.map { Hop(ttl: 1, address: $0) } : nil,
            summary: "\(isGateway ? "The gateway \(who)" : who) answers \(protocolName)"
                + " (\(count) answer\(count == 1 ? "" : "s") at the tap), and this machine does not take it: the kernel's entry"
                + " is unresolved, so no \(observations.packetName) could leave.",
            advice: ["Look at this machine's \(filter), and at traffic control on the way in (tc filter show ingress)."]
        )
    }

    /// Answers came in, in frames for another link address.
    private static func answeredElsewhere(
        _ count: Int, _ protocolName: String, _ nextHop: IPAddress?, isGateway: Bool, _ observations: Observations
    ) -> Finding {
        let who = nextHop.map(\.description) ?? "the next hop"
        let own = observations.facts.route?.source?.description ?? "this machine"
        return Finding(
            "the next hop answers another link address", .unreachable, stage: .neighbor, mechanism: .noNeighbor,
            zones: [.returnPath, .path], confidence: count > 1 ? .strong : .likely,
            beforeHop: isGateway ? nextHop.map { Hop(ttl: 1, address: $0) } : nil, actor: nextHop,
            summary: "\(isGateway ? "The gateway \(who)" : who) answers \(protocolName)"
                + " (\(count) answer\(count == 1 ? "" : "s") at the tap) in frames for another link address than this"
                + " machine's, which does not take them: no \(observations.packetName) could leave.",
            advice: [
                "On \(who): look at its entry for \(own) (ip neigh show \(own), arp -n \(own)): an old or a permanent"
                    + " one has the wrong link address."
            ])
    }

    /// No route leads there over the interface that was asked for: then the kernel takes the target itself for a
    /// neighbour (net/ipv4/route.c, ip_route_output_key_hash_rcu).
    private static func withoutRoute(_ requests: Int, _ protocolName: String, _ observations: Observations) -> Finding {
        let interface = observations.facts.route?.interface ?? "this interface"
        let who = observations.target.map(\.description) ?? "the target"
        return Finding(
            "no route leads there over this interface", .unreachable, stage: .route, mechanism: .noRoute,
            zones: [.localEgress], confidence: requests > 0 ? .strong : .likely,
            summary: "No route leads to \(who) over \(interface), so this machine looks for it on the link itself, and"
                + " nobody there answers \(protocolName) for it.",
            advice: [
                "Leave the interface to the routing table, or give it a route there (ip route get \(who) oif \(interface);"
                    + " ip route show dev \(interface))."
            ])
    }
}

extension Observations {
    /// Something else of the same host got through, though no rule of policy routing leads the two apart.
    var hasWayBesides: Bool {
        guard passingControl != nil, !facts.isOffline, routingRule == nil else { return false }
        return facts.route?.table.map { $0 == 254 } ?? false
    }
}
