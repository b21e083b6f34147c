/// A resolver answers and refuses, or cannot serve: RFC 1035 section 4.1.1 codes 2 and 5.
enum ResolverRefused: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .unresolved(let resolution) = observations.symptom,
            case .refused(let code) = resolution.outcome
        else { return nil }
        let answer = resolution.systemServers.first { $0.outcome == resolution.outcome }
        guard answer?.obstacle == nil else { return nil }
        let server = answer?.server
        // What one server says once it may say for a moment only, or somebody on the way in its name.
        let agreeing = Set(resolution.systemServers.filter { $0.outcome == resolution.outcome }.map(\.server)).count
        return Finding(
            "the resolver refuses", .failed, stage: .resolve, mechanism: .resolverRefused, zones: [.resolver],
            confidence: agreeing > 1 ? .strong : .likely, actor: server,
            summary: "The resolver \(server.map { "\($0) " } ?? "")answers \(code) for"
                + " \(observations.facts.target.host), so there is no address to try.",
            advice: [
                "REFUSED means that this client may not ask that resolver: use the one meant for this network.",
                "SERVFAIL means that the resolver could not find out: ask its owner to look at the zone and at DNSSEC.",
                "Ask once more, and another resolver: SERVFAIL may pass, and a box on the way may answer in the resolver's name.",
            ])
    }
}
