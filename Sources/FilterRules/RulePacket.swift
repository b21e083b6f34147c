import PacketWire

/// The packet whose way through the rules is walked: what of it is known, and nothing else.
struct RulePacket: Sendable, Hashable {
    var source: IPAddress
    var destination: IPAddress
    var transport: Transport
    var sourcePort: UInt16?
    var destinationPort: UInt16?
    /// Of TCP.
    var flags: TCPFlags
    /// Nil in hooks that have none.
    var inputInterface: String?
    var outputInterface: String?
    /// How connection tracking calls it: `new`, `established`, `invalid`, `untracked`.
    var tracking: String
    /// `local` or `unicast`.
    var destinationType: String
    var sourceType: String
    /// The bridge of which it is a frame right now: which port it takes is not known, and whether connections are tracked
    /// there (net/bridge/netfilter/nf_conntrack_bridge.c) no listing says.
    var bridge: String?

    var isIPv6: Bool { destination.family == .v6 }

    /// A field as far as it is known.
    enum Field: Sendable, Hashable {
        case address(IPAddress)
        case number(UInt64)
        case name(String)
        case flags(UInt64)
        case concatenation([Field])
        /// The packet has no such field: nothing that asks for it can match.
        case absent
        case unknown
    }

    func field(_ selector: Selector) -> Field {
        switch selector {
        case .payload(let name, let field): return payload(name, field)
        case .meta(let key): return meta(key)
        case .tracking("state"): return bridge == nil ? .name(tracking) : .unknown
        case .tracking: return .unknown
        case .routeType(let ofSource): return .name(ofSource ? sourceType : destinationType)
        case .concatenation(let parts): return .concatenation(parts.map(field))
        // No packet of ours is a fragment.
        case .fragmentHeader: return .number(0)
        case .masked, .unknown: return .unknown
        }
    }

    private func payload(_ name: String, _ field: String) -> Field {
        switch (name, field) {
        case ("ip", _) where isIPv6, ("ip6", _) where !isIPv6: return .absent
        case ("ip", "saddr"), ("ip6", "saddr"), ("any", "saddr"): return .address(source)
        case ("ip", "daddr"), ("ip6", "daddr"), ("any", "daddr"): return .address(destination)
        case ("ip", "protocol"), ("ip6", "nexthdr"): return .number(transport.protocolNumber)
        case ("ip", "version"), ("ip6", "version"): return .number(isIPv6 ? 6 : 4)
        // Of the fragment offset only that it is zero.
        case ("ip", "frag-off"): return .number(0)
        case ("ether", "type"): return .name(isIPv6 ? "ip6" : "ip")
        case ("tcp", _) where transport != .tcp, ("udp", _) where transport != .udp: return .absent
        case ("tcp", "sport"), ("udp", "sport"), ("th", "sport"): return port(sourcePort)
        case ("tcp", "dport"), ("udp", "dport"), ("th", "dport"): return port(destinationPort)
        case ("tcp", "flags"): return .flags(UInt64(flags.rawValue))
        case ("icmp", _), ("icmpv6", _), ("sctp", _), ("dccp", _), ("udplite", _), ("esp", _), ("ah", _), ("arp", _),
            ("igmp", _), ("comp", _), ("gre", _):
            return .absent
        default: return .unknown
        }
    }

    private func port(_ port: UInt16?) -> Field { port.map { .number(UInt64($0)) } ?? .unknown }

    private func meta(_ key: String) -> Field {
        switch key {
        case "l4proto": .number(transport.protocolNumber)
        case "nfproto": .name(isIPv6 ? "ipv6" : "ipv4")
        case "protocol": .name(isIPv6 ? "ip6" : "ip")
        // The device is the port, of a frame of a bridge.
        case "iifname", "iif": inputInterface.map { bridge == nil ? .name($0) : .unknown } ?? .absent
        case "oifname", "oif": outputInterface.map { bridge == nil ? .name($0) : .unknown } ?? .absent
        default: .unknown
        }
    }
}

extension Transport {
    /// IANA's protocol numbers.
    fileprivate var protocolNumber: UInt64 { self == .tcp ? 6 : 17 }
}
