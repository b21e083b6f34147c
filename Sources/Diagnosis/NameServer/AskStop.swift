import Conversations
import PacketWire

/// How a way to ask a DNS server ends without an answer, and where that can be.
struct AskStop {
    var mechanism: Mechanism
    var zones: [Zone]
    var lookAlikes: [LookAlike] = []

    /// Nil where it was answered.
    init?(_ ask: NameServerFacts.Ask, _ facts: Facts) {
        // What a capture lost it does not show to be absent.
        let hasWire = facts.witnesses.contains(.wire) && !facts.capturedWithLoss
        let neverLeft = hasWire && ask.wasSeenLeaving == false
        switch ask.result {
        case .answered: return nil
        case .silent where ask.hasConnected:
            (mechanism, zones) = (.noReply, [.destination, .path, .returnPath])
        case .silent:
            mechanism = .silentDrop
            // The tap is behind this machine's filters on the way out, and before them on the way in.
            if neverLeft {
                zones = [.localEgress]
            } else if ask.transport == .tcp, ask.wasSeenAnswered {
                zones = [.localIngress]
            } else {
                zones = [.path, .destination, .returnPath] + (hasWire ? [] : [.localEgress, .localIngress])
            }
        case .refused(let error) where Self.isForbidden(error, facts):
            (mechanism, zones) = (.permission, [.localEgress])
        case .refused(let error):
            let isNobody = error?.isNamed("ECONNREFUSED") ?? false
            if neverLeft {
                (mechanism, zones) = (isNobody && ask.transport == .tcp ? .tcpReset : .icmpReject, [.localEgress])
                return
            }
            mechanism = isNobody ? .noListener : .icmpReject
            zones = (isNobody ? [.destination, .path] : [.path, .destination]) + (hasWire ? [] : [.localEgress])
            if isNobody {
                lookAlikes = [
                    LookAlike(
                        cause: "a firewall refuses \(ask.transport == .tcp ? "TCP" : "UDP") in the server's name",
                        whyNotExcluded: "a refusal says nothing of who sent it",
                        experiment: "stallpoint probe \(ask.transport == .tcp ? "tcp" : "udp")://\(facts.target.place)")
                ]
            }
        case .closed(let isReset):
            (mechanism, zones) = (isReset ? .tcpReset : .closedByPeer, [.destination, .path])
        case .foreign:
            (mechanism, zones) = (.protocolMismatch, [.destination, .path])
        }
    }
}

extension AskStop {
    /// This machine itself refuses. EACCES is what ICMPv6 says as well (net/ipv6/icmp.c, tab_unreach: prohibited, policy
    /// failed, route rejected).
    private static func isForbidden(_ error: SocketError?, _ facts: Facts) -> Bool {
        if error?.isNamed("EACCES") ?? false, case .v6? = facts.target.address { return false }
        return error?.isNamed("EPERM", "EACCES") ?? false
    }
}

extension Target {
    /// Address and port, or what was asked for.
    package var place: String { endpoint?.description ?? host }
}
