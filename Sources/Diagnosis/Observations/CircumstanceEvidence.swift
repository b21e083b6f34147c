import Conversations
import PacketWire

/// What surrounds the connection on this machine, as evidence: only what bears on what was seen.
extension Observations {
    var circumstances: Circumstances { facts.kernel.circumstances }

    var circumstanceEvidence: [Evidence] {
        localRuleEvidence + counterEvidence + linkEvidence + addressEvidence + limitEvidence
    }

    /// A symptom for which this machine itself may be the reason.
    private var isUnanswered: Bool {
        switch symptom {
        case .answered, .broken, .unresolved: false
        default: true
        }
    }

    // MARK: Counters

    /// Counters that fit our unanswered packets.
    var counterEvidence: [Evidence] {
        guard case .silence = symptom, tries > 0 else { return [] }
        let isIgnored = ignoresAnswer
        let undelivered =
            (hasWire && !isIgnored ? nil : undeliveredPackets).map {
                Evidence(
                    .kernel, "\($0) packets came in that were delivered to nobody",
                    detail: "dropped between the interface and the socket; other people's may be among them")
            }
        let packets = UInt64(
            isIgnored ? primary?.packets.filter { !$0.fromInitiator && $0.icmpError == nil }.count ?? 0 : tries)
        return [undelivered].compactMap(\.self)
            + facts.kernel.counters.compactMap { change in
                guard change.fits(packets),
                    let meaning = Self.meaning(of: change.name, isIgnored: isIgnored, hasLeft: leftThisMachine)
                else { return nil }
                return Evidence(.kernel, "\(change.name.escapedForDisplay) rose by \(change.rise)", detail: meaning)
            }
    }

    /// Packets of the target's family that were received and neither delivered nor forwarded while it was probed: what
    /// PREROUTING, the reverse-path filter or INPUT drop (net/ipv4/ip_input.c counts before the first of them and
    /// after the last). Nil where they are fewer than our unanswered packets, or more than our packets can explain.
    var undeliveredPackets: UInt64? {
        guard case .silence = symptom, tries > 0 else { return nil }
        let packets = facts.packetsKept
        let sent = facts.attempts.reduce(0) { $0 + max(1, $1.tries) }
        return packets >= UInt64(tries) && packets <= UInt64(2 * sent) ? packets : nil
    }

    /// What a counter's rise says beside this silence; nil where it has nothing to do with it. Names of
    /// net/ipv4/proc.c, net/ipv6/proc.c and net/netfilter/nf_conntrack_standalone.c.
    static func meaning(of name: String, isIgnored: Bool, hasLeft: Bool) -> String? {
        let onTheWayIn = [
            "TcpExt.IPReversePathFilter":
                "packets refused by the reverse-path filter: they came in by another interface than their sender's route names",
            "nf_conntrack.invalid": "packets that connection tracking calls invalid",
            "Ip.InDiscards": "packets that this machine discarded on the way in",
            "Ip6.Ip6InDiscards": "packets that this machine discarded on the way in",
            "TcpExt.TCPMD5NotFound": "segments without the MD5 signature that was expected",
            "TcpExt.TCPMD5Unexpected": "segments with an MD5 signature that nobody expected",
        ]
        let onTheWayOut = [
            "nf_conntrack.drop": "packets dropped because connection tracking had no room for them",
            "nf_conntrack.insert_failed": "connections that connection tracking could not enter",
            "Ip.OutDiscards": "packets that this machine discarded on the way out",
            "Ip6.Ip6OutDiscards": "packets that this machine discarded on the way out",
            "Ip.OutNoRoutes": "packets without a route", "Ip6.Ip6OutNoRoutes": "packets without a route",
            "Xfrm.XfrmOutNoStates": "packets for which an IPsec policy wants an association that is not there",
            "Xfrm.XfrmOutPolBlock": "packets that an IPsec policy forbids",
        ]
        if isIgnored { return onTheWayIn[name] }
        if !hasLeft {
            return onTheWayOut[name]
                ?? (name.hasSuffix(".tx_dropped") ? "packets that the interface dropped on the way out" : nil)
        }
        // The packets left, and nothing was seen to come back: an answer may have come in where nobody captures.
        return name == "TcpExt.IPReversePathFilter" ? onTheWayIn[name] : nil
    }

    // MARK: The link, the namespace, the addresses

    private var linkEvidence: [Evidence] {
        guard isUnanswered || circumstances.link?.isTunnel == true else { return [] }
        var list: [Evidence] = []
        if let link = circumstances.link {
            let name = link.name.escapedForDisplay
            if !link.isUp {
                list.append(Evidence(.kernel, "\(name) is switched off", detail: "ip link set \(name) up"))
            } else if !link.hasCarrier {
                list.append(Evidence(.kernel, "\(name) has no carrier", detail: "nothing can leave by it"))
            }
            if link.isTunnel {
                list.append(
                    Evidence(
                        .kernel, "the route leads into \(name), which is \(link.tunnelPhrase)",
                        detail: "what becomes of the packets is up to it"))
            }
            if link.vrf != nil {
                list.append(Evidence(.kernel, Self.membership(link), detail: "which has routes of its own"))
            }
        } else if case .localError = symptom {
            for link in circumstances.idleLinks.prefix(4) {
                list.append(
                    Evidence(
                        .kernel, "\(link.name.escapedForDisplay) \(link.isUp ? "has no carrier" : "is switched off")",
                        detail: "routes by it do not count"))
            }
            if let names = circumstances.phraseOfLinksWithoutIPv6 {
                list.append(
                    Evidence(
                        .kernel, "IPv6 is switched off on \(names)",
                        detail: "no address and no route of that family there"))
            }
            for link in circumstances.separateLinks.prefix(4) {
                list.append(
                    Evidence(
                        .kernel, Self.membership(link),
                        detail: "only sockets that are bound to it see the routes by it"))
            }
        }
        if let namespace = circumstances.namespace, namespace.isFirst == false {
            list.append(
                Evidence(
                    .kernel, "network namespace \(namespace.name)",
                    detail: "not that of the system's first process: interfaces, routes and rules are its own"))
        }
        if routingRule == nil, let table = facts.route?.table, ![0, 253, 254, 255].contains(table) {
            list.append(Evidence(.kernel, "routing table \(table)", detail: "chosen by a rule (ip rule) or a VRF"))
        }
        return list
    }

    private static func membership(_ link: LinkFact) -> String {
        "\(link.name.escapedForDisplay) belongs to VRF \((link.vrf ?? "").escapedForDisplay)"
    }

    private var addressEvidence: [Evidence] {
        guard isUnanswered else { return [] }
        var list: [Evidence] = []
        if let problem = sourceProblem {
            list.append(Evidence(.kernel, "the source address \(problem.address) \(problem.what)", detail: problem.why))
        }
        if case .v6(let address)? = target, address.isNAT64WellKnown {
            list.append(
                Evidence(
                    .kernel,
                    "\(address) stands for IPv4 \(IPv4Address(rawValue: UInt32(truncatingIfNeeded: address.rawValue)))",
                    detail: "the NAT64 prefix 64:ff9b::/96 (RFC 6052): a translator on the way must be reachable"))
        }
        return list
    }

    /// Why the target's answers may not find back to the address that the packets bear: RFC 4291 section 2.5.6,
    /// RFC 4193, RFC 4862 section 5.5.4.
    var sourceProblem: (address: IPAddress, what: String, why: String)? {
        guard let source = primary?.local?.address ?? facts.route?.source, let target, target.isGlobalScope else {
            return nil
        }
        if source.isLinkLocal {
            return (
                source, "is link-local", "routers neither forward it nor find back to it, and the target is beyond them"
            )
        }
        if case .v6(let address) = source, address.isUniqueLocal {
            return (source, "is unique local (fc00::/7)", "the target is global: answers do not find back to it")
        }
        if circumstances.sourceIsDeprecated {
            return (source, "is deprecated", "its prefix is no longer announced here, so answers may go elsewhere")
        }
        return nil
    }

    /// Where else a program may be to blame that serves the device of the route, for none of the witnesses looks behind it:
    /// unless a router has answered, no packet is known to have come out of that program, and no answer to have gone in.
    var zonesOfServingProgram: [Zone] {
        let isServed = circumstances.link?.isServedByProgram ?? false
        guard isServed || facts.mayEnterProgram, !isLocalTarget, path.lastAnswering == nil else { return [] }
        if case .silence = symptom { return [.localEgress, .localIngress] }
        return isServed ? [.localEgress] : []
    }

    // MARK: Limits

    private var limitEvidence: [Evidence] {
        guard isUnanswered else { return [] }
        var list: [Evidence] = []
        if let table = circumstances.connectionTable, table.isFull {
            list.append(
                Evidence(
                    .kernel, "connection tracking holds \(table.count) of \(table.most) entries", detail: "it is full"))
        }
        if circumstances.standingConnections > 0 {
            list.append(
                Evidence(
                    .kernel, "\(circumstances.standingConnections) connections of this machine to \(name) stand",
                    detail: "opened before, from the same address: only new ones fail"))
        }
        if isLocalTarget, let listeners = circumstances.listeners {
            let port = "\(transport.rawValue) port \(facts.target.port)"
            list.append(
                Evidence(
                    .kernel,
                    listeners.isEmpty
                        ? "nothing listens on \(port) here" : "listens on \(port): \(phrase(ofListeners: listeners))",
                    detail: "the kernel's own list of sockets, behind the attempt"))
        }
        if case .localError(let error, _) = symptom, error.isNamed("EADDRNOTAVAIL"),
            let ports = circumstances.localPorts
        {
            list.append(
                Evidence(
                    .kernel,
                    "\(ports.held) of \(ports.size) local ports (\(ports.range.lowerBound)-\(ports.range.upperBound)) are held",
                    detail: "\(ports.heldToDestination) of them by connections to \(name)"))
        }
        if case .localError(let error, _) = symptom, error.isNamed("EPERM", "EACCES"),
            routingRule?.isRefusal != true, let group = circumstances.controlGroup
        {
            list.append(
                Evidence(
                    .kernel, "control group \(group.escapedForDisplay)",
                    detail: "whose BPF programs may refuse connections"))
        }
        return list
    }
}

extension IPAddress {
    /// Neither loopback, link-local, unique local nor multicast.
    var isGlobalScope: Bool {
        guard !isLoopback, !isLinkLocal, !isMulticast else { return false }
        if case .v6(let address) = self { return !address.isUniqueLocal }
        return true
    }
}

extension IPv6Address {
    /// fc00::/7, RFC 4193.
    var isUniqueLocal: Bool { rawValue >> 121 == 0x7E }
    /// 64:ff9b::/96, RFC 6052 section 2.1.
    var isNAT64WellKnown: Bool { rawValue >> 32 == 0x0064_FF9B << 64 }
}

extension Circumstances {
    /// `eth0, lo and 3 more`; nil where there is none.
    var phraseOfLinksWithoutIPv6: String? {
        guard !linksWithoutIPv6.isEmpty else { return nil }
        let more = linksWithoutIPv6.count - 4
        return linksWithoutIPv6.prefix(4).map(\.escapedForDisplay).joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "")
    }
}
