/// A resolver answers and refuses, or cannot serve: RFC 1035 section 4.1.1 codes 2 and 5, or an ICMP refusal.
enum ResolverRefused: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .unresolved(let resolution) = observations.symptom,
            case .refused(let code) = resolution.outcome
        else { return nil }
        let server = resolution.systemServers.first { $0.outcome == resolution.outcome }?.server
        let cut = resolution.systemServers.first { $0.wasCut && $0.outcome == resolution.outcome }
        return Finding(
            "the resolver refuses", .failed, stage: .resolve, mechanism: .resolverRefused, zones: [.resolver],
            confidence: server == nil ? .likely : .proved, actor: server,
            summary: "The resolver \(server.map { "\($0) " } ?? "")answers \(code) for"
                + " \(observations.facts.target.host), so there is no address to try.",
            advice: (cut.map {
                ["Let TCP to port 53 of \($0.server) pass, as RFC 7766 asks: the answer does not fit a datagram."]
            } ?? [])
                + [
                    "REFUSED means that this client may not ask that resolver: use the one meant for this network.",
                    "SERVFAIL means that the resolver could not find out: ask its owner to look at the zone and at DNSSEC.",
                ])
    }
}
