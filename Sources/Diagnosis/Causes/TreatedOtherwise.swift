import PacketWire

/// A router on the way treats this port otherwise than the control's: it leads it along another way, writes another source over
/// it to which nobody has a way back, or sets its TTL anew. From there on every packet of it is lost alike, however long it was
/// to live, and the control's hops are not its own: a look-alike of each drop between two routers, because nothing of the port
/// comes back that could tell. So is a firewall that knows connections, and did not see this one's SYN: answers and errors of a flow that it has no state for are invalid to it
/// (net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_inet_error), and it lets those of the control's flow pass.
enum TreatedOtherwise: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.isLostOutside, !observations.isLocalTarget,
            case .between(let after, _) = observations.silencePlace
        else { return nil }
        let router = after?.address.map(\.description) ?? "the first router"
        return Finding(
            "\(router) leads this port another way, gives it another source (SNAT), or sets its TTL anew,"
                + " or what comes back of it is dropped for want of state",
            .blocked, stage: .handshake,
            mechanism: .silentDrop, zones: [.path], confidence: .weak, afterHop: after, summary: "",
            whyNotExcluded:
                "nothing of this port is answered from behind \(router): how far it gets from there, and over whom,"
                + " only packets of another port tell; answers and errors go to the source that a translation wrote, and"
                + " are lost where no route leads to that; a stateful firewall that has not seen its SYN, on the way back or"
                + " by a rule that spares it tracking, drops routers' errors about it as well",
            experiment:
                "ask whoever runs \(router) for routes by port (ip rule), translations of the source (SNAT, masquerade),"
                + " rules that set the TTL or track nothing (notrack); a capture on the host shows whether it comes that"
                + " far",
            isOnlyLookAlike: true)
    }
}
