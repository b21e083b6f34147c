/// A resolver answers and refuses, or cannot serve: RFC 1035 section 4.1.1 codes 2 and 5.
enum ResolverRefused: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .unresolved(let resolution) = observations.symptom,
            case .refused(let code) = resolution.outcome
        else { return nil }
        let answer = resolution.systemServers.first { $0.outcome == resolution.outcome }
        guard answer?.obstacle == nil else { return nil }
        let server = answer?.server
        return Finding(
            "the resolver refuses", .failed, stage: .resolve, mechanism: .resolverRefused, zones: [.resolver],
            confidence: server == nil ? .likely : .proved, actor: server,
            summary: "The resolver \(server.map { "\($0) " } ?? "")answers \(code) for"
                + " \(observations.facts.target.host), so there is no address to try.",
            advice: [
                "REFUSED means that this client may not ask that resolver: use the one meant for this network.",
                "SERVFAIL means that the resolver could not find out: ask its owner to look at the zone and at DNSSEC.",
            ])
    }
}
