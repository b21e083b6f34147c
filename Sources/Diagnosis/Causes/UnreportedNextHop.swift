import Conversations
import PacketWire

/// A router sends this port, and not what else goes to the host, to a next hop that nobody has. It says so only when three
/// questions for that one have gone unanswered (net/ipv4/arp.c, net/ipv6/ndisc.c), and until then it is a silence like any
/// other: a look-alike of whatever was not watched for so long.
enum UnreportedNextHop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.isLostOutside, !observations.isLocalTarget,
            !observations.facts.isOffline, observations.passingControl != nil, let primary = observations.primary,
            observations.facts.observedUntil - primary.startedAt < HostAbsent.threeTries
        else { return nil }
        let zones: [Zone]
        switch observations.silencePlace {
        case .between(let after?, _) where after.ttl > 0: zones = [.path]
        case .lastStretch(let after?, _) where after.ttl > 0: zones = [.path, .destination]
        default: return nil
        }
        return Finding(
            "the way of this port ends at a next hop that nobody has", .unreachable, stage: .handshake,
            mechanism: .noNeighbor, zones: zones, confidence: .weak, summary: "",
            whyNotExcluded: "a router says \"host unreachable\" for a next hop that is down only after three seconds",
            experiment: "wait longer (--timeout 4)", isOnlyLookAlike: true)
    }
}
