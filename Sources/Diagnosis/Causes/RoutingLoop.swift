import PacketWire

/// The packets run in a circle until their TTL is used up: RFC 792 time exceeded for a packet with a full TTL.
enum RoutingLoop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .circling(let refusal) = observations.symptom else { return nil }
        let repeated = observations.path.loopingAddresses
        let circle =
            repeated.isEmpty
            ? "" : " The path repeats \(repeated.map(\.description).joined(separator: " and "))."
        // The loop begins where the first of the repeating routers first stands.
        let first = observations.path.hops.first { hop in
            hop.target.address.map(repeated.contains) ?? false
        }
        let entry = first.map { Hop(ttl: $0.ttl, address: $0.target.address) }
        return Finding(
            "a routing loop", .unreachable, stage: .handshake, mechanism: .routingLoop, zones: [.path],
            confidence: .proved, afterHop: entry, actor: refusal.sender,
            summary: "The packets run in a circle: \(refusal.sender) says that the TTL ran out for a"
                + " \(observations.packetName) that started with the full one.\(circle)",
            advice: [
                "Tell whoever runs \(repeated.isEmpty ? refusal.sender.description : repeated.map(\.description).joined(separator: " and "))"
                    + " that they send \(observations.target.map(\.description) ?? "the address") to each other."
            ])
    }
}
