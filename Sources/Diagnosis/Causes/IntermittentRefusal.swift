import Conversations
import PacketWire

/// Refused at first and accepted a moment later: a limit that rejects, or several machines behind one address.
enum IntermittentRefusal: Cause {
    static let supersedes: Set<CauseID> = [
        "ForgedReset", "ForgedICMP", "PathReject", "HostReject", "PortClosed", "HostRefusesAlike", "RouterWithoutRoute",
        "HostAbsent",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        let mechanism: Mechanism
        switch observations.symptom {
        case .reset: mechanism = .tcpReset
        case .refused: mechanism = .icmpReject
        default: return nil
        }
        guard observations.transport == .tcp, !observations.isLocalTarget else { return nil }
        let again = observations.attempts(of: .rerun)
        // Who says "unreachable" after seconds has asked for a link address, and would again.
        if case .refused(let refusal) = observations.symptom, let delay = observations.delay(of: refusal),
            delay >= HostAbsent.neighborFailureNanoseconds
        {
            return nil
        }
        guard !again.isEmpty else { return .untested("it is refused only now and then") }
        let passed = again.filter { if case .reached = $0.answer { true } else { false } }.count
        guard passed > 0 else { return nil }
        return Finding(
            "it is refused only now and then", .degraded, stage: .handshake, mechanism: mechanism,
            zones: [.path, .destination],
            // In a file nobody tried again at once, and a service may have been down for a while.
            confidence: observations.facts.isOffline ? .likely : .strong,
            summary: (observations.facts.isOffline
                ? "It is refused, and \(passed) of \(again.count) other connections of this client to the same port got"
                    + " through, some of them later: "
                : "Refused at first, and \(passed) of \(again.count) tries a moment later got through: ")
                + "a limit that rejects, or several machines behind one address of which not all accept"
                + (observations.facts.isOffline ? ", or a service that was down for a while." : "."),
            advice: [
                "Ask whoever runs \(observations.name), and a load balancer in front of it, whether all"
                    + " members are healthy and whether new connections are limited."
            ],
            whyNotExcluded: "the outcome changes", experiment: "try more often")
    }
}
