import PacketWire

/// Where the target is this machine, its own kernel tells who listens there.
extension Observations {
    /// Of this machine's listeners on the port, those that take what is for the target's address, and those that do not;
    /// nil where the target is another machine, where nobody asked, or where a rule here leads connections elsewhere.
    var ownListeners: (atTarget: [IPAddress], elsewhere: [IPAddress])? {
        guard isLocalTarget, !facts.isOffline, let target, let all = facts.kernel.circumstances.listeners,
            !facts.kernel.translatesDestination
        else { return nil }
        func takes(_ listener: IPAddress) -> Bool {
            if target.isUnspecified { return true }
            // IPv6's may take IPv4's, too.
            if listener.isUnspecified { return listener.family == target.family || listener.family == .v6 }
            return listener == target
        }
        return (all.filter(takes), all.filter { !takes($0) })
    }

    /// An address of IPv4 is asked, and what would take it listens for all of IPv6: for IPv4 as well unless it is told otherwise
    /// (ipv6(7), IPV6_V6ONLY), which the kernel's tables do not say.
    var mayListenForIPv6Alone: Bool {
        guard let listeners = ownListeners?.atTarget, !listeners.isEmpty, let target else { return false }
        return target.family == .v4 && listeners.allSatisfy { $0.family == .v6 }
    }

    /// Where nobody listens here, and the port may be one that a rule leads on.
    var publishedPortAdvice: String {
        "If it is the port of a container or a virtual machine that is meant: is that up, and does it listen there (docker ps,"
            + " iptables -t nat -S, nft list ruleset)? What is led there does not meet the listeners of this machine."
    }

    /// The kernel's word that its packet filter dropped what asked, where the target is this machine: to itself the way out
    /// and the way in are one.
    var dropBySelf: KernelDrop? {
        guard isLocalTarget, !facts.isOffline else { return nil }
        return outgoingDrops.first { $0.kind == .packetFilter }
    }

    /// `127.0.0.1:5432 and [::1]:5432`
    func phrase(ofListeners addresses: [IPAddress]) -> String {
        addresses.prefix(4).map { Endpoint($0, facts.target.port).description }.joined(separator: " and ")
    }
}
