import PacketWire

extension PathView {
    /// Where the target's packets run out of TTL under the target's own address, though others get to the target with no more:
    /// it is there, and this port goes on, to a machine behind it. A port forward of a router, or the published port of a
    /// container (net/netfilter/nf_nat_core.c, nf_nat_icmp_reply_translation).
    var portHandedOnAt: Int? {
        guard let host else { return nil }
        let named = hops.filter { if case .timeExceeded(host) = $0.target { true } else { false } }
        guard named.count == 1, let place = named.first?.ttl else { return nil }
        let isReached = hops.contains { hop in
            if case .reached = hop.control { hop.ttl <= place } else { false }
        }
        return isReached || forwardingTarget == place ? place : nil
    }
}

extension Observations {
    /// ` 192.0.2.1, or a router before it, hands the port on to another machine.`; empty where nothing shows that.
    var handedOnSentence: String {
        guard path.portHandedOnAt != nil, let target else { return "" }
        return " \(target), or a router before it, hands the port on to another machine."
    }

    var handedOnAdvice: String? {
        guard path.portHandedOnAt != nil, let target else { return nil }
        return
            "Find out where \(transport.rawValue) port \(facts.target.port) of \(target) leads (a port forward, the published port"
            + " of a container: nft list ruleset, iptables -t nat -S, docker ps), and look there, and at the FORWARD rules of"
            + " whoever hands it on."
    }
}
