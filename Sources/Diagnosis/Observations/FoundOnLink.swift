import Conversations
import PacketWire

extension Observations {
    /// The target is on this machine's own link and has answered for its address: it is up, no router stands before it, and
    /// what drops is itself, or what joins the link. Where a control needs more than one hop, somebody else answered in its
    /// place (proxy ARP, RFC 1027).
    var isFoundOnLink: Bool {
        guard !facts.isOffline, !isLocalTarget, let target, let route = facts.route, route.kind == .unicast,
            route.gateway == nil, path.differential.map({ $0.ttl == 1 }) ?? true,
            !controls.contains(where: { $0.answer.hostDistance ?? 1 > 1 })
        else { return false }
        // An entry that is stale was right once.
        if let neighbor = facts.neighbor, neighbor.address == target, neighbor.state == .reachable { return true }
        return facts.neighborExchange.map { $0.address == target && !$0.answers.isEmpty } ?? false
    }

    /// How the target was found: `ARP`.
    var linkProtocolName: String { target?.family == .v6 ? "neighbour discovery" : "ARP" }

    /// Who may filter between this machine and a target on its link.
    static let whoeverJoinsLink =
        "whoever runs what joins the link (switches, access points, bridges of a hypervisor and their security groups)"
}
