public import PacketWire

/// Another target of the same run, of which a router says that nobody on its network has the address.
///
/// A router spends few ICMP errors on one asker (Linux: net.ipv4.icmp_ratelimit, net.ipv6.icmp.ratelimit; RFC 4443 section
/// 2.4 f). Of several missing hosts that are asked for at once it names some, and the others are as silent as filtered ones.
public struct MissingHost: Sendable, Hashable {
    public var address: IPAddress
    public var router: IPAddress

    public init(_ address: IPAddress, saidBy router: IPAddress) {
        self.address = address
        self.router = router
    }
}

extension Facts {
    /// Takes over what a router says of a neighbour of this target's: of the same /24, or the same /64.
    package mutating func learnMissing(from other: Facts) {
        guard missingBeside == nil, let address = target.address, let theirs = other.target.address,
            theirs != address, theirs.isBeside(address), case .refused(let refusal)? = other.attempts.first?.answer,
            refusal.error.refusalMeaning == .hostUnreachable, refusal.sender != theirs,
            Observations(other).isNeighborFailure(refusal)
        else { return }
        missingBeside = MissingHost(theirs, saidBy: refusal.sender)
    }
}

extension Observations {
    /// The words of the last router that is known on the way, where any is known.
    var missingBesidePhrase: String? {
        guard let missing = facts.missingBeside, path.lastAnswering.map({ $0.address == missing.router }) ?? true
        else { return nil }
        return
            "nothing of the host answers, and \(missing.router) says that \(missing.address) beside it is missing: of"
            + " several that are asked for at once a router names only some"
    }
}

extension IPAddress {
    /// Of the same network, as networks mostly are cut.
    fileprivate func isBeside(_ other: IPAddress) -> Bool {
        switch (self, other) {
        case (.v4(let own), .v4(let theirs)): own.rawValue >> 8 == theirs.rawValue >> 8
        case (.v6(let own), .v6(let theirs)): own.rawValue >> 64 == theirs.rawValue >> 64
        case (.v4, .v6), (.v6, .v4): false
        }
    }
}
