import Diagnosis
import HostNetwork
import PacketWire

extension Circumstances {
    /// As this machine tells them now, for a target that did not answer.
    init(of facts: Facts) {
        self.init()
        let interfaces = (try? Interface.all()) ?? []
        func fact(_ interface: Interface) -> LinkFact {
            let master = interfaces.first { $0.index == interface.master }
            return LinkFact(
                name: interface.name, kind: interface.kind, isUp: interface.flags.contains(.up),
                hasCarrier: interface.isRunning, mtu: interface.mtu, vrf: master?.kind == "vrf" ? master?.name : nil,
                portKinds: interface.kind == "bridge"
                    ? interfaces.filter { $0.master == interface.index }.map(\.kind) : nil)
        }
        if let name = facts.route?.interface { link = interfaces.first { $0.name == name }.map(fact) }
        idleLinks = interfaces.filter { interface in
            if interface.isLoopback { return !interface.flags.contains(.up) }
            return !interface.isRunning && !(fact(interface).isTunnel && interface.addresses.isEmpty)
        }.prefix(16).map(fact)
        separateLinks = interfaces.lazy.map(fact).filter { $0.vrf != nil }.prefix(16).map(\.self)
        if facts.target.address?.family == .v6 {
            linksWithoutIPv6 = interfaces.prefix(64).filter(\.isWithoutIPv6).map(\.name)
        }
        let source = facts.attempts.first?.local?.address ?? facts.route?.source
        sourceIsDeprecated = interfaces.flatMap(\.addresses).contains { $0.address == source && $0.isDeprecated }
        let own = interfaces.first { $0.name == facts.route?.interface }?.addresses ?? []
        if facts.target.address?.family == .v6 { duplicateAddress = own.first(where: \.isDuplicate)?.address }
        if let target = facts.target.address, let route = facts.route, route.kind == .unicast, route.gateway == nil {
            let family = own.filter { $0.address.family == target.family && !$0.address.isLinkLocal }
            targetIsOffLink =
                !family.isEmpty && !target.isLinkLocal
                && !family.contains { target.isWithin($0.address, $0.prefixLength) }
        }
        asksForECN = KernelLimits.asksForECN()
        namespace = KernelLimits.networkNamespace().map { NetworkNamespaceFact(name: $0.name, isFirst: $0.isFirst) }
        connectionTable = KernelLimits.trackedConnections().map { ConnectionTableFact(count: $0.count, most: $0.most) }
        if facts.target.transport == .tcp, let remote = facts.target.endpoint, let source, facts.isUnansweredOutside {
            standingConnections = KernelLimits.connections(to: remote, from: source)
        }
        if facts.route?.kind == .local {
            listeners = Listeners.addresses(on: facts.target.port, facts.target.transport)
        }
        addErrors(of: facts)
    }

    /// What only certain errors ask for: reading every socket takes a while on a busy machine.
    private mutating func addErrors(of facts: Facts) {
        guard case .localError(let error, _)? = facts.attempts.first?.answer else { return }
        // Without a route no address of this machine is to be had, whatever its ports.
        let isRouted = facts.route.map { $0.kind != .none } ?? true
        if error.isNamed("EADDRNOTAVAIL", "EAGAIN"), isRouted, let remote = facts.target.endpoint,
            let range = KernelLimits.localPorts()
        {
            let (held, there) = KernelLimits.sockets(to: remote, facts.target.transport, within: range)
            localPorts = LocalPortsFact(range: range, held: held, heldToDestination: there)
        }
        if error.isNamed("EPERM", "EACCES") { controlGroup = KernelLimits.controlGroup() }
    }
}

extension Facts {
    /// Silence or a reset from somewhere else: reading every socket is for those who got no connection.
    fileprivate var isUnansweredOutside: Bool {
        guard route?.kind != .local else { return false }
        switch attempts.first?.answer {
        case .silence, .reset: return true
        default: return false
        }
    }
}
