import PacketWire

/// What a drop reason says about who dropped a packet.
///
/// The names are those of include/net/dropreason-core.h. A name that is not here, from a kernel that is not yet
/// written, is `unspecified`: it is printed, and decides nothing by itself.
enum DropKind: Hashable {
    /// netfilter: nftables, iptables, or the connection tracking between them.
    case packetFilter
    /// Reverse-path filter: the route back to the source leads through another interface.
    case reversePath
    /// No IPsec policy allows it, or none of its associations fits.
    case ipsecPolicy
    /// A queue or classifier of traffic control.
    case trafficControl
    /// A BPF program: of the control group, of XDP, of a socket.
    case program
    /// A security module (SELinux, AppArmor, Smack).
    case securityModule
    /// Nobody answers ARP or neighbour discovery.
    case neighbor
    /// A damaged packet: a checksum or a header is wrong.
    case damaged
    /// TCP knows the connection and may not accept this: a sequence number, a missing signature, a hop limit.
    case unacceptable
    /// No fault, or none that the name tells.
    case unspecified
}

extension KernelDrop {
    var kind: DropKind {
        // What waits for an address of IPv6 that nobody has is dropped without a reason, and there.
        if let place, ["neigh_invalidate", "ndisc_error_report", "arp_error_report"].contains(place) {
            return .neighbor
        }
        return switch reason {
        case "NETFILTER_DROP": .packetFilter
        case "IP_RPFILTER": .reversePath
        case "XFRM_POLICY": .ipsecPolicy
        case "TC_EGRESS", "TC_INGRESS", "QDISC_DROP", "QDISC_OVERLIMIT", "QDISC_CONGESTED", "CAKE_FLOOD",
            "FQ_BAND_LIMIT", "FQ_HORIZON_LIMIT", "FQ_FLOW_LIMIT", "DUALPI2_STEP_DROP":
            .trafficControl
        case "BPF_CGROUP_EGRESS", "SOCKET_FILTER", "XDP": .program
        case "SECURITY_HOOK": .securityModule
        case "NEIGH_FAILED", "NEIGH_CREATEFAIL", "NEIGH_DEAD": .neighbor
        case "TCP_CSUM", "UDP_CSUM", "IP_CSUM", "IP_INHDR", "ICMP_CSUM", "SKB_CSUM", "HDR_TRUNC", "PKT_TOO_SMALL":
            .damaged
        case "TCP_MD5NOTFOUND", "TCP_MD5UNEXPECTED", "TCP_MD5FAILURE", "TCP_AONOTFOUND", "TCP_AOUNEXPECTED",
            "TCP_AOKEYNOTFOUND", "TCP_AOFAILURE", "TCP_AUTH_HDR", "TCP_MINTTL", "TCP_RFC7323_PAWS",
            "TCP_INVALID_SEQUENCE", "TCP_INVALID_END_SEQUENCE", "TCP_INVALID_ACK_SEQUENCE", "TCP_ACK_UNSENT_DATA",
            "TCP_FLAGS", "TCP_INVALID_SYN", "TCP_RFC7323_TSECR":
            .unacceptable
        default: .unspecified
        }
    }

    /// The packet itself ended there, not the copy that another capture or a full packet socket was to have.
    var isOfThePacket: Bool {
        reason != "PACKET_SOCK_ERROR" && !["packet_rcv", "tpacket_rcv", "packet_rcv_spkt"].contains(place)
    }

    /// It would have ended the wait for an answer.
    func isAnswer(_ transport: Transport) -> Bool {
        guard transport == .tcp, !isICMP else { return true }
        return flags?.contains(.rst) == true || flags?.contains([.syn, .ack]) == true
    }

    /// The same thing once more.
    func isLike(_ other: KernelDrop) -> Bool {
        reason == other.reason && place == other.place && isOutgoing == other.isOutgoing
            && interface == other.interface && flags == other.flags && isICMP == other.isICMP
    }

    /// `SYN-ACK`, `reset`, `datagram`: what was dropped.
    func packetName(_ transport: Transport) -> String {
        if isICMP { return "ICMP message" }
        guard let flags else { return transport == .tcp ? "segment" : "datagram" }
        if flags.contains(.rst) { return "reset" }
        if flags.contains([.syn, .ack]) { return "SYN-ACK" }
        if flags.contains(.syn) { return "SYN" }
        return flags.contains(.fin) ? "FIN" : "segment"
    }

    /// `NETFILTER_DROP in nft_do_chain`.
    var phrase: String { place.map { "\(reason) in \($0)" } ?? reason }
}
