import PacketWire

/// The last router asked for the host's link address and nobody answered: host unreachable after the three
/// tries of its ARP or neighbour discovery (net/ipv4/arp.c, net/ipv6/ndisc.c: about three seconds).
enum HostAbsent: Cause {
    static let neighborFailureNanoseconds: Int64 = 800_000_000

    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.routerRefusal, refusal.error.refusalMeaning == .hostUnreachable,
            observations.passingControl == nil
        else { return nil }
        let late = observations.delay(of: refusal).map { $0 >= neighborFailureNanoseconds } ?? false
        let bounds = observations.refusalBounds
        let router = observations.routerPhrase(refusal.sender)
        let target = observations.target.map(\.description) ?? "the host"
        return Finding(
            "nobody has the address behind the last router", .unreachable, stage: .handshake,
            mechanism: late ? .noNeighbor : .noRoute, zones: late ? [.destination, .path] : [.path, .destination],
            confidence: late ? .strong : .likely, afterHop: bounds.after ?? observations.position(of: refusal.sender),
            beforeHop: bounds.before, actor: refusal.sender,
            summary: late
                ? "The router \(router) cannot find \(target), or the next router to it, on its own network: \(refusal.error.phrase), after the"
                    + " seconds that a failed address resolution takes."
                : "The router \(router) says that it has no way to \(target): \(refusal.error.phrase).",
            advice: [
                "Check that \(target) is up and has this address; ask whoever runs \(refusal.sender) whether it sees the host"
                    + " (ip neigh, show arp)."
            ],
            whyNotExcluded: "host unreachable is also what some filters are told to answer",
            experiment: "try another port of the same host: if one answers, the refusal is a filter")
    }
}
