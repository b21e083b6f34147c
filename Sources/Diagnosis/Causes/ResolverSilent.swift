import PacketWire

/// No configured resolver answers: it is down, or port 53 is filtered on the way there or back. Names are looked up before
/// any packet is watched: whether the question left this machine, or an answer came to it, nobody saw.
enum ResolverSilent: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .unresolved(let resolution) = observations.symptom, resolution.outcome == .silent else {
            return nil
        }
        let servers = resolution.systemServers.map(\.server.description)
        // Its first answer came, and was cut.
        if let cut = resolution.systemServers.first(where: \.wasCut) {
            return Finding(
                "the resolver is silent over TCP", .failed, stage: .resolve, mechanism: .resolverSilent,
                zones: [.path, .returnPath, .resolver, .localEgress, .localIngress], confidence: .likely,
                summary:
                    "The resolver \(cut.server) answers, but what it says of \(observations.facts.target.host) does not fit"
                    + " a datagram, and asked again over TCP it is silent.",
                advice: [
                    "Let TCP to port 53 pass, as RFC 7766 asks: stallpoint probe \(Endpoint(cut.server, 53))",
                    "Probe the target by its address meanwhile, if you know it.",
                ],
                whyNotExcluded: "silence looks the same whether the resolver takes no TCP or port 53/tcp is filtered",
                experiment: "probe the resolver's port 53 over TCP")
        }
        let host = observations.facts.target.host
        if let half = resolution.halfSilent {
            return Finding(
                "the resolver is silent for one family", .failed, stage: .resolve, mechanism: .resolverSilent,
                zones: [.resolver, .path, .returnPath, .localEgress, .localIngress], confidence: .likely,
                actor: half.server,
                summary:
                    "The resolver \(half.server) answers for \(host) (\(half.outcome.phrase)) and is silent for"
                    + " \(half.unanswered.phrase): the system waits for both answers, and gives up.",
                advice: half.halfSilentAdvice,
                whyNotExcluded: "silence looks the same whether the resolver or a filter on the way drops one type",
                experiment:
                    "ask for the type by itself: stallpoint probe dns://\(half.server)/\(host)?type=\(half.unanswered[0])"
            )
        }
        if let odd = resolution.systemServers.first(where: { $0.foreign != nil }), let foreign = odd.foreign {
            return Finding(
                "what the resolver sends is no answer", .failed, stage: .resolve, mechanism: .protocolMismatch,
                zones: [.resolver, .path], confidence: .likely, actor: odd.server,
                summary:
                    "What comes from the resolver \(odd.server) for \(host) is no answer: \(foreign). The system goes on"
                    + " waiting, and has no address to try.",
                advice: [
                    "Ask it by hand and look at the bytes: stallpoint probe -w FILE dns://\(odd.server)/\(host)",
                    "Probe the target by its address meanwhile, if you know it.",
                ],
                whyNotExcluded: "who sends from the resolver's port, it or a box on the way, is not seen from here",
                experiment: "ask the same resolver over TCP, and another resolver over UDP")
        }
        return Finding(
            "the resolver is silent", .failed, stage: .resolve, mechanism: .resolverSilent,
            zones: [.resolver, .path, .returnPath, .localEgress, .localIngress],
            confidence: .weak,
            summary:
                "No resolver answers (\(servers.isEmpty ? "none could be asked" : servers.joined(separator: ", ")))"
                + ", so \(observations.facts.target.host) has no address to try.",
            advice: [
                "Probe the resolver itself: stallpoint probe \(servers.first ?? "RESOLVER"):53/udp",
                "Probe the target by its address meanwhile, if you know it.",
            ],
            whyNotExcluded: "silence looks the same whether the resolver is down or port 53 is filtered",
            experiment: "ask the same resolver over TCP, and another resolver over UDP")
    }
}
