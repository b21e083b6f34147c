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
        let protocolName = nextHop?.family == .v6 ? "neighbour discovery" : "ARP"
        let asked =
            requests > 0
            ? "\(requests) \(protocolName) request\(requests == 1 ? "" : "s") left and none was answered"
            : isDropped
                ? "the kernel gave up on \(protocolName) and dropped what waited for it"
                : "the kernel's \(protocolName) entry is unresolved"
        let who = nextHop.map(\.description) ?? "the next hop"
        return Finding(
            "the next hop does not answer", .unreachable, stage: .neighbor, mechanism: .noNeighbor,
            zones: (gateway == nil ? [.destination, .path] : [.path])
                + (requests > 0 ? [] : [.localEgress]),
            // A file does not name the next hop: an unanswered neighbour is only taken for it.
            confidence: requests > 0 && (gateway == nil || !observations.facts.isOffline)
                ? .proved : .likely,
            beforeHop: gateway.map { Hop(ttl: 1, address: $0) },
            summary: gateway == nil
                ? "Nobody on this link has the address \(who): \(asked)."
                : "The gateway \(who) does not answer: \(asked), so no \(observations.packetName) could leave.",
            advice: [
                gateway == nil
                    ? "Check that the host is up and on this network (VLAN, Wi-Fi isolation), and that the prefix length here is right."
                    : "Check that the gateway is up and on this network (VLAN, cable), and that the route to it is meant.",
                "Other neighbours on \(observations.facts.route?.interface ?? "the interface") that do answer show whether the link works.",
            ] + observations.routingRuleAdvice)
    }
}
