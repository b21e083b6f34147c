import PacketWire

/// A router cannot forward the packet without leaving the zone of its source address: RFC 4443 section 3.1 code 2. The
/// router is right; the address is the wrong one for this destination.
enum BeyondScope: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard let refusal = observations.routerRefusal, refusal.error.isBeyondScope else { return nil }
        let source = observations.primary?.local?.address ?? observations.facts.route?.source
        let bounds = observations.refusalBounds
        // This machine has a better one, and may not use it: another machine on its link has that, too.
        let duplicate = observations.circumstances.duplicateAddress
        return Finding(
            "the source address has too small a scope", .unreachable, stage: .handshake, mechanism: .icmpReject,
            // Whether this machine has a better one, a file does not say.
            zones: duplicate != nil
                ? [.localEgress, .path] : [.path] + (observations.facts.isOffline ? [.localEgress] : []),
            confidence: .strong,
            afterHop: bounds.after ?? observations.position(of: refusal.sender),
            beforeHop: bounds.before, actor: refusal.sender,
            summary: "The router \(observations.routerPhrase(refusal.sender)) cannot forward a packet from"
                + " \(source.map(\.description) ?? "this source address") to \(observations.name): \(refusal.error.phrase)."
                + (duplicate.map { " This machine's own \($0) is not used: another machine on its link has it, too." }
                    ?? ""),
            advice: (duplicate.map { ["Find out who else has \($0), and give this machine an address of its own."] }
                ?? []) + [
                    "Give this machine an address of the target's scope (ip -6 address), or choose one (--source): a link-local"
                        + " or unique local source does not leave its own network."
                ])
    }
}

extension ICMPError {
    /// ICMPv6 1/2.
    var isBeyondScope: Bool { family == .v6 && type == 1 && code == 2 }
    /// ICMPv6 1/5: the source address failed ingress or egress policy.
    var isSourcePolicy: Bool { family == .v6 && type == 1 && code == 5 }
}
