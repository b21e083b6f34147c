import PacketWire

/// The name does not exist, or has no address of the families asked for. RFC 1035 section 4.1.1, RFC 2308.
enum NameNotFound: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .unresolved(let resolution) = observations.symptom else { return nil }
        let what: String
        switch resolution.outcome {
        case .noSuchName: what = "does not exist"
        case .noAddress: what = "exists and has no address of the family asked for"
        case .addresses, .records, .leadsOn, .silent, .refused: return nil
        }
        let servers = resolution.systemServers.filter { $0.outcome == resolution.outcome }.map(\.server.description)
        let who = servers.isEmpty ? "the system's resolver" : servers.joined(separator: " and ")
        return Finding(
            "the name \(what)", .failed, stage: .resolve, mechanism: .nameNotFound, zones: [.resolver],
            confidence: servers.isEmpty ? .likely : .proved,
            summary: "The name \(observations.facts.target.host) \(what), says \(who); no packet was sent to it.",
            advice: [
                "Check the spelling, and the search domains in the resolver configuration; try the full name with a final dot.",
                "If it should exist: ask whoever runs the zone, or try the resolver that the working machines use.",
            ])
    }
}
