import Conversations
import PacketWire

/// The last router asked for the host's link address and nobody answered: host unreachable after the three
/// tries of its ARP or neighbour discovery (net/ipv4/arp.c, net/ipv6/ndisc.c: about three seconds).
enum HostAbsent: Cause {
    static let neighborFailureNanoseconds: Int64 = 800_000_000
    /// Three tries of a second each. A filter whose answers a limit holds back for so long is none that anybody has.
    fileprivate static let threeTriesNanoseconds: Int64 = 2_900_000_000
    /// By then they are over, and the word of it has come, even from afar.
    static let threeTries = TimeSpan.milliseconds(3_200)

    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.routerRefusal, refusal.error.refusalMeaning == .hostUnreachable else {
            return nil
        }
        if let control = observations.controlPhrase {
            return observations.isNeighborFailure(refusal) ? otherWay(observations, refusal, control) : nil
        }
        let late = observations.isLate(refusal)
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

    /// Something else of the host is answered: this port takes another way, by a rule that looks at it, or is led on to
    /// another host, and there nobody answers.
    private static func otherWay(
        _ observations: Observations, _ refusal: Answer.Refusal, _ control: String
    ) -> Finding {
        // The ladder's packets may have been told the same.
        let isShort = observations.isStoppedShortOfHost || observations.path.endsShort
        let port = "\(observations.transport.rawValue) port \(observations.facts.target.port)"
        return Finding(
            "the way of this port ends at a next hop that nobody has", .unreachable, stage: .handshake,
            mechanism: .noNeighbor, zones: isShort ? [.path] : [.path, .destination],
            confidence: .likely,
            afterHop: observations.refusalBounds.after ?? observations.position(of: refusal.sender),
            actor: refusal.sender,
            summary: "The router \(observations.routerPhrase(refusal.sender)) cannot find where it sends \(port):"
                + " \(refusal.error.phrase), after the seconds that a failed address resolution takes. \(control)"
                + " gets through, so the port has a way of its own.",
            advice: [
                "Ask whoever runs \(refusal.sender) for routing rules that look at the port (ip rule) or for where it hands"
                    + " \(port) on to, and whether that machine is up (ip neigh, show arp)."
            ],
            whyNotExcluded: "host unreachable is also what some filters are told to answer",
            experiment: "probe again: a filter answers at once")
    }
}

extension Observations {
    /// The refusal took longer than any way there and back.
    func isLate(_ refusal: Answer.Refusal) -> Bool {
        delay(of: refusal).map { $0 >= HostAbsent.neighborFailureNanoseconds } ?? false
    }

    /// "Host unreachable" after the time of three questions. Where other packets to the host get through the whole time must
    /// have passed: a router that rejects says so late, too, when it has used up its answers for a while.
    func isNeighborFailure(_ refusal: Answer.Refusal) -> Bool {
        guard refusal.error.refusalMeaning == .hostUnreachable, let delay = delay(of: refusal) else { return false }
        return delay
            >= (passingControl == nil ? HostAbsent.neighborFailureNanoseconds : HostAbsent.threeTriesNanoseconds)
    }
}
