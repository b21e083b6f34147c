public import PacketWire

/// What this machine's tools say about its packet filter, as text, at one moment.
public struct RulesetText: Sendable, Hashable {
    /// `nft -j list ruleset`
    public var nftablesJSON: [UInt8]
    /// `nft -a list ruleset`
    public var nftablesListing: String
    /// `iptables-save -c` and `ip6tables-save -c` of iptables-nft: what nft only names.
    public var iptables: String
    public var ip6tables: String
    /// The same of iptables-legacy: what nft does not see at all.
    public var legacyIptables: String
    public var legacyIp6tables: String

    public init(
        nftablesJSON: [UInt8] = [], nftablesListing: String = "", iptables: String = "", ip6tables: String = "",
        legacyIptables: String = "", legacyIp6tables: String = ""
    ) {
        self.nftablesJSON = nftablesJSON
        self.nftablesListing = nftablesListing
        self.iptables = iptables
        self.ip6tables = ip6tables
        self.legacyIptables = legacyIptables
        self.legacyIp6tables = legacyIp6tables
    }

    /// Nil where there is nothing that could be read. That there are no rules at all can be.
    public func ruleset() -> Ruleset? {
        let listed = NftablesJSON.ruleset(nftablesJSON)
        var ruleset = listed ?? Ruleset()
        ruleset.adopt(NftablesListing(nftablesListing))
        IptablesSave(iptables).complete(&ruleset, family: "ip")
        IptablesSave(ip6tables).complete(&ruleset, family: "ip6")
        IptablesSave(legacyIptables).add(to: &ruleset, family: "ip")
        IptablesSave(legacyIp6tables).add(to: &ruleset, family: "ip6")
        return listed == nil && ruleset.chains.isEmpty ? nil : ruleset
    }
}

/// A connection attempt as the packet filter of this machine sees it.
public struct LocalFlow: Sendable, Hashable {
    public var local: Endpoint
    public var remote: Endpoint
    public var transport: Transport
    /// The interface that the route names, for both directions.
    public var interface: String?
    /// The target is an address of this machine.
    public var isLocalTarget: Bool
    /// Of the answer: SYN-ACK, or RST where the port is closed.
    public var answerFlags: TCPFlags
    /// The interface is a bridge of this machine: what passes it meets the rules of bridges as well.
    public var isBridged: Bool

    public init(
        local: Endpoint, remote: Endpoint, transport: Transport, interface: String?, isLocalTarget: Bool = false,
        answerFlags: TCPFlags = [.syn, .ack], isBridged: Bool = false
    ) {
        self.local = local
        self.remote = remote
        self.transport = transport
        self.interface = interface
        self.isLocalTarget = isLocalTarget
        self.answerFlags = answerFlags
        self.isBridged = isBridged
    }

    fileprivate var bridge: String? { isBridged && !isLocalTarget ? interface : nil }

    fileprivate var question: RulePacket {
        RulePacket(
            source: local.address, destination: remote.address, transport: transport, sourcePort: local.port,
            destinationPort: remote.port, flags: .syn, inputInterface: nil, outputInterface: interface,
            tracking: "new", destinationType: isLocalTarget ? "local" : "unicast", sourceType: "local")
    }

    fileprivate func answer(isTracked: Bool) -> RulePacket {
        RulePacket(
            source: remote.address, destination: local.address, transport: transport, sourcePort: remote.port,
            destinationPort: local.port, flags: answerFlags, inputInterface: interface, outputInterface: nil,
            // Whose question was not tracked is unknown to connection tracking: net/netfilter/nf_conntrack_proto_tcp.c.
            tracking: isTracked ? "established" : transport == .tcp ? "invalid" : "new", destinationType: "local",
            sourceType: isLocalTarget ? "local" : "unicast")
    }
}

extension Ruleset {
    /// The rules that stop this flow's packets or its answers, surest first.
    ///
    /// - Parameters:
    ///   - earlier: the ruleset before the last packets of the flow were sent; what its counters have risen since says
    ///     which rules met packets.
    ///   - packets: how many packets of the flow there were since then, at the least; none says nothing.
    public func rulesStopping(_ flow: LocalFlow, since earlier: Ruleset? = nil, packets: Int = 0) -> [LocalRule] {
        let earlier = packets > 0 ? earlier : nil
        func rule(_ stop: RuleWalk.Stop, isOutgoing: Bool) -> LocalRule {
            self.rule(stop, isOutgoing: isOutgoing, since: earlier, packets: UInt64(max(packets, 1)))
        }
        var out = RuleWalk(self, flow.question)
        out.walk(flow.isLocalTarget ? ["output", "postrouting"] : ["output", "postrouting", "egress"])
        // The device of a bridge hands the frame to the bridge itself: net/bridge/br_device.c, br_dev_xmit.
        if let bridge = flow.bridge { out.walk(["output", "postrouting"], onBridge: bridge) }
        var found = out.stops.map { rule($0, isOutgoing: true) }
        if flow.isLocalTarget {
            var question = flow.question
            (question.inputInterface, question.outputInterface) = (flow.interface, nil)
            var arriving = RuleWalk(self, question)
            arriving.walk(["prerouting", "input"])
            found += arriving.stops.map { rule($0, isOutgoing: true) }
        }
        var back = RuleWalk(self, flow.answer(isTracked: !out.isUntracked))
        // Before its frames come in at its own device: net/bridge/br_input.c, br_pass_frame_up.
        if let bridge = flow.bridge { back.walk(["prerouting", "input"], onBridge: bridge) }
        back.walk(["ingress", "prerouting", "input"])
        found += back.stops.map { rule($0, isOutgoing: false) }
        // Stable: within a ground they stay in the order of the hooks.
        return found.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element)
    }

    /// Rules stop this flow, and would not stop it from another source port: the system's other kind (net/ipv4/
    /// inet_hashtables.c, __inet_hash_connect), one farther away, and one that only the privileged may use.
    public func hangsOnSourcePort(_ flow: LocalFlow) -> Bool {
        guard !rulesStopping(flow).isEmpty else { return false }
        return [flow.local.port ^ 1, flow.local.port ^ 0x4000 | 0x2000, 1_023].contains { port in
            guard port != flow.local.port else { return false }
            var other = flow
            other.local.port = port
            return rulesStopping(other).isEmpty
        }
    }

    /// The rules of this machine that give this flow's packets another source on their way out, or another destination, or
    /// may.
    public func translators(of flow: LocalFlow) -> (source: LocalRule?, destination: LocalRule?) {
        var out = RuleWalk(self, flow.question)
        out.walk(["output", "postrouting"])
        return (translator(out, hook: "postrouting"), translator(out, hook: "output"))
    }

    private func translator(_ out: RuleWalk, hook: String) -> LocalRule? {
        guard let found = out.translations.first(where: { $0.hook == hook }),
            let rules = chains[found.chain]?.rules, rules.indices.contains(found.rule)
        else { return nil }
        return LocalRule(
            family: found.chain.family, table: found.chain.table + (found.chain.isLegacy ? " (iptables-legacy)" : ""),
            chain: found.chain.chain, handle: rules[found.rule].handle, hook: found.hook, action: "translate",
            text: rules[found.rule].text, ground: found.isCertain ? .matched : .possible, isOutgoing: true)
    }

    private func rule(
        _ stop: RuleWalk.Stop, isOutgoing: Bool, since earlier: Ruleset?, packets: UInt64
    ) -> LocalRule {
        let chain = chains[stop.chain]
        let rule = stop.rule.flatMap { index in
            chain.flatMap { $0.rules.indices.contains(index) ? $0.rules[index] : nil }
        }
        var ground: LocalRule.Ground = stop.isCertain ? .matched : .possible
        if let rise = rise(stop, since: earlier) {
            // A counter that did not rise contradicts the walk; one that rose far more counts other people's packets.
            if rise < packets {
                ground = .possible
            } else if stop.isCertain || rise / 2 <= packets {
                ground = .counted(packets: rise)
            }
        }
        let action: String
        switch stop.verdict {
        case .reject(let with): action = with.isEmpty ? "reject" : "reject with \(with)"
        case .queue: action = "queue to a program"
        default: action = "drop"
        }
        let legacy = stop.chain.isLegacy ? " (iptables-legacy)" : ""
        return LocalRule(
            family: stop.chain.family, table: stop.chain.table + legacy, chain: stop.chain.chain, handle: rule?.handle,
            hook: stop.hook, action: action, text: rule?.text ?? "policy drop", ground: ground, isOutgoing: isOutgoing,
            exceptions: stop.exceptions.prefix(3).compactMap { exception in
                guard let rules = chains[exception.chain]?.rules, rules.indices.contains(exception.rule) else {
                    return nil
                }
                return rules[exception.rule].text
            })
    }

    /// How much the counter of a stop has risen; nil where it has none, or the rule is not the same one.
    private func rise(_ stop: RuleWalk.Stop, since earlier: Ruleset?) -> UInt64? {
        guard let now = chains[stop.chain], let before = earlier?.chains[stop.chain] else { return nil }
        let (new, old): (UInt64?, UInt64?)
        if let index = stop.rule {
            guard now.rules.indices.contains(index), before.rules.indices.contains(index),
                now.rules[index].handle == before.rules[index].handle,
                now.rules[index].statements == before.rules[index].statements
            else { return nil }
            (new, old) = (now.rules[index].packets, before.rules[index].packets)
        } else {
            (new, old) = (now.base?.policyPackets, before.base?.policyPackets)
        }
        guard let new, let old, new >= old else { return nil }
        return new - old
    }
}

extension LocalRule {
    fileprivate var rank: Int {
        switch ground {
        case .counted: 0
        case .matched: 1
        case .possible: 2
        }
    }
}
