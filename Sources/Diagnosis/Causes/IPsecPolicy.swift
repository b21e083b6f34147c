import PacketWire

/// An IPsec policy of this machine (RFC 4301 section 4.4.1) does not let the packet or its answer pass in the clear:
/// a VPN that is down, or its kill switch.
enum IPsecPolicy: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let drop = observations.decisiveDrop, drop.kind == .ipsecPolicy else { return nil }
        return Finding(
            "an IPsec policy drops it", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [drop.isOutgoing ? .localEgress : .localIngress], confidence: .proved,
            summary: observations.sentence(about: drop) + " An IPsec policy of this machine does not let it pass"
                + (drop.isOutgoing ? "." : " without protection."),
            advice: [
                "Look for the policy that matches this flow (ip xfrm policy), and whether its associations are up"
                    + " (ip xfrm state): a VPN that is down, or its kill switch, leaves one behind."
            ])
    }
}
