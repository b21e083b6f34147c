import PacketWire

/// The name leads to 0.0.0.0 or ::, which no host has: resolvers and hosts files that block names answer so. What is sent
/// there stays on this machine, so that whatever came of it says nothing of the name's host.
enum NobodysAddress: Cause {
    static var supersedes: Set<CauseID> { Set(CauseID.all).subtracting([id]) }

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.isNobodysAddress, let resolution = observations.facts.resolution,
            let address = observations.target
        else { return nil }
        let servers = resolution.systemServers.filter { answer in
            if case .addresses(let addresses) = answer.outcome { addresses.contains(address) } else { false }
        }
        let isFromHostsFile = servers.isEmpty && resolution.systemServers.contains { $0.outcome != .silent }
        let who = servers.isEmpty ? "" : ", says \(servers.map(\.server.description).joined(separator: " and "))"
        return Finding(
            "the name leads to an address that nobody has", .blocked, stage: .resolve, mechanism: .nameNotFound,
            zones: isFromHostsFile ? [.localEgress] : servers.isEmpty ? [.resolver, .localEgress] : [.resolver],
            confidence: servers.isEmpty ? .likely : .strong, actor: servers.first?.server,
            summary: "The name \(observations.facts.target.host) leads to \(address), which is nobody's address\(who):"
                + " those that block names answer so.",
            advice: [
                servers.isEmpty
                    ? "Look for the name in the hosts file of this machine, and ask its resolver for it."
                    : "Ask whoever runs the resolver for its list of blocked names, or compare another resolver (--resolver).",
                "If the name's owner gave it that address, the service is meant to be unreachable.",
            ],
            whyNotExcluded: "the owner of a name may give it that address as well",
            experiment: "ask another resolver: --resolver ADDRESS")
    }
}

extension Observations {
    /// A name led to it; who writes such an address means this machine.
    var isNobodysAddress: Bool { facts.resolution != nil && target?.isUnspecified ?? false }
}
