import PacketWire

/// Behind a translator between the families (NAT64), IPv4 hosts and routers bear IPv6 addresses of one prefix, and what
/// they say by ICMP is translated as well.
extension Observations {
    /// The sender bears an IPv4 address in the same prefix as the target: it is a router of the IPv4 network behind a
    /// translator. RFC 6052 section 2.2 has the address in the last 32 bits of a prefix of 96; what could be no host's
    /// there is a number that somebody gave a host of an ordinary network.
    func speaksForIPv4(_ sender: IPAddress) -> Bool {
        guard case .v6(let sender) = sender, case .v6(let target)? = target, sender != target else { return false }
        return sender.rawValue >> 32 == target.rawValue >> 32 && sender.bearsHost && target.bearsHost
    }
}

extension IPv6Address {
    /// The last 32 bits are an IPv4 address that a host may have: neither "this network" nor loopback, a group or beyond
    /// (RFC 6890).
    fileprivate var bearsHost: Bool {
        let first = UInt8(truncatingIfNeeded: rawValue >> 24)
        return first > 0 && first < 224 && first != 127
    }
}
