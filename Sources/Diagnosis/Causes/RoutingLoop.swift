import PacketWire

/// The packets run in a circle until their TTL is used up: RFC 792 time exceeded for a packet with a full TTL.
enum RoutingLoop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .circling(let refusal) = observations.symptom, !observations.hasShortLife else { return nil }
        let members = observations.path.circle
        let names = members.map(\.description).joined(separator: " and ")
        // The loop begins where the first of the repeating routers first stands.
        let first = observations.path.hops.first { hop in
            hop.target.address.map(members.contains) ?? false
        }
        let halfMute = members.isEmpty ? observations.path.halfMuteCircle : nil
        let entry = first.map { Hop(ttl: $0.ttl, address: $0.target.address) } ?? halfMute?.first
        let how =
            "\(refusal.sender) says that the TTL ran out for a \(observations.packetName) that started with the full one."
        return Finding(
            "a routing loop", .unreachable, stage: .handshake, mechanism: .routingLoop, zones: [.path],
            // Whatever else of the host gets through takes the same routes, unless these look at ports.
            confidence: !members.isEmpty && observations.passingControl == nil ? .proved : .likely,
            afterHop: entry, actor: refusal.sender,
            summary: members.isEmpty
                ? "The packets seem to run in a circle: \(how) "
                    + (halfMute.map { circle in
                        "The same router stands at hops \(circle.places.map(String.init).joined(separator: ", ")), and what lies between says nothing."
                    } ?? "No two routers were seen to repeat.")
                : "The packets run in a circle: \(how) The path repeats \(names).",
            advice: [
                members.isEmpty
                    ? "Ask whoever runs \(refusal.sender) where it sends \(observations.target.map(\.description) ?? "the address"),"
                        + " and for rules before it that set the TTL."
                    : "Tell whoever runs \(names) that they send"
                        + " \(observations.target.map(\.description) ?? "the address") to each other."
            ],
            whyNotExcluded: "no two routers were seen to repeat, nor one to answer for every TTL",
            experiment: "walk the ladder again, slowly")
    }
}
