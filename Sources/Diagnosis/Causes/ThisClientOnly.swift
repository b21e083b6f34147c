import Conversations
import PacketWire

/// In a file: the same port serves another client at the same time. The host is up and its service takes connections; what
/// stops this client's hangs on whose they are.
enum ThisClientOnly: Cause {
    static let supersedes: Set<CauseID> = [
        "PathDrop", "HostDrop", "ReturnPathLoss", "TreatedOtherwise", "PortClosed", "HostRefusesAlike",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard let other = observations.facts.servedBeside, observations.facts.isOffline,
            !observations.facts.isSavedProbe, observations.transport == .tcp
        else { return nil }
        let own = observations.primary?.local?.address.description ?? "this client"
        switch observations.symptom {
        case .silence where observations.isLostOutside:
            return Finding(
                "something stops this client only", .blocked, stage: .handshake, mechanism: .silentDrop,
                zones: [.path, .destination, .returnPath], confidence: .likely,
                summary:
                    "The \(observations.packetName) of \(own) (\(observations.triesPhrase) sent) gets no answer, and"
                    + " \(other) is served at the same port at that time: what stops it hangs on the client, by a rule on"
                    + " its address, its own way there, or the way back to it.",
                advice: [
                    "Ask why this client only: look for rules that name \(own) or its network, at the host and on the way, and"
                        + " whether the host has a route back to it. On the host: does tcpdump see its \(observations.packetName)?"
                ],
                whyNotExcluded: "another client is served",
                experiment: "try from another address of this client's network")
        case .reset(let reply):
            // Who resets nearer than the host is another matter.
            if case .nearer = observations.provenance(of: reply.timeToLive) { return nil }
            return Finding(
                "something refuses this client only", .blocked, stage: .handshake, mechanism: .tcpReset,
                zones: [.destination, .path], confidence: .likely, afterHop: observations.refusalBounds.after,
                summary:
                    "\(own) is refused with a reset, and \(other) is served at the same port at that time: something"
                    + " listens there, and a rule on the client's address, or one of several machines behind the address,"
                    + " refuses.",
                advice: [
                    "Ask why this client only: look for rules and access lists that name \(own) or its network, at the host"
                        + " and on the way, and whether a balancer leads it to another member."
                ],
                whyNotExcluded: "another client is served",
                experiment: "try from another address of this client's network")
        default: return nil
        }
    }
}
