import Conversations
import FilterRules
import PacketWire
import Testing

@testable import Diagnosis

/// What this machine knows of itself, in facts made by hand: each cause beside the case that almost is one.
struct CircumstanceTests {
    /// A silent connection attempt whose SYN the tap never saw, beside a control that got out.
    private static func silence(_ transport: Transport = .tcp, hasWire: Bool = true) -> Facts {
        let address = IPAddress("203.0.113.10")!
        var facts = Facts(
            target: Target(input: "t", host: "t", address: address, port: 5_432, transport: transport),
            witnesses: hasWire ? [.socket, .wire, .kernel] : [.socket, .kernel])
        facts.route = RouteFact(
            kind: .unicast, source: IPAddress("198.51.100.2"), gateway: IPAddress("198.51.100.1"), interface: "eth0")
        var primary = Attempt(
            purpose: .primary, kind: transport == .tcp ? .tcp(port: 5_432) : .udp(port: 5_432), remote: address,
            startedAt: .zero)
        primary.local = Endpoint(IPAddress("198.51.100.2")!, 40_000)
        primary.socket = SocketOutcome()
        primary.socket?.retransmissions = 2
        facts.attempts = [primary]
        facts.observedUntil = .zero + .seconds(3)
        return facts
    }

    private static func failing(_ error: Int32, _ transport: Transport = .tcp) -> Facts {
        var facts = silence(transport)
        facts.attempts[0].socket = SocketOutcome(state: .failed(SocketError(linux: error), atOnce: true), at: .zero)
        return facts
    }

    private static func rule(_ ground: LocalRule.Ground, isOutgoing: Bool = true, text: String = "tcp dport 5432 drop")
        -> LocalRule
    {
        LocalRule(
            family: "inet", table: "fw", chain: "out", handle: 7, hook: isOutgoing ? "output" : "input",
            action: "drop", text: text, ground: ground, isOutgoing: isOutgoing)
    }

    private static func hasEvidence(_ diagnosis: TargetDiagnosis, _ text: String) -> Bool {
        diagnosis.evidence.contains { "\($0.fact): \($0.detail)".contains(text) }
    }

    // MARK: Rules

    @Test(
        "A rule is named where it is known, and how sure it is follows from how it is known",
        arguments: [
            (LocalRule.Ground.counted(packets: 2), Confidence.proved), (.matched, .strong), (.possible, .likely),
        ])
    func named(ground: LocalRule.Ground, confidence: Confidence) {
        var facts = Self.silence()
        facts.kernel.readsRules = true
        facts.kernel.rules = [Self.rule(ground)]
        let diagnosis = facts.diagnose()
        #expect(diagnosis.zones == [.localEgress])
        #expect(diagnosis.confidence == confidence)
        #expect(diagnosis.summary.contains("handle 7 of chain out in table inet fw") == (ground != .possible))
        #expect(diagnosis.advice.contains { $0.contains("handle 7") })
        #expect(Self.hasEvidence(diagnosis, "handle 7"))
    }

    @Test("Without a capture a rule that is met is enough, and one that may be met is not")
    func withoutCapture() {
        var facts = Self.silence(hasWire: false)
        facts.kernel.rules = [Self.rule(.matched)]
        #expect(facts.diagnose().zones == [.localEgress])
        facts.kernel.rules = [Self.rule(.possible)]
        #expect(facts.diagnose().zones.count > 1)
        facts.kernel.rules = [Self.rule(.matched, isOutgoing: false)]
        #expect(facts.diagnose().zones.count > 1, "that an answer came is not known")
    }

    @Test("Rules claim nothing where the packet left or the target answered")
    func claimsNothing() {
        var facts = Self.silence(hasWire: false)
        facts.kernel.rules = [Self.rule(.counted(packets: 9))]
        facts.attempts[0].socket = SocketOutcome(state: .connected, at: .zero)
        #expect(facts.diagnose().verdict == .open)
        #expect(!Self.hasEvidence(facts.diagnose(), "handle 7"))
    }

    @Test("A rule's text cannot attack a terminal")
    func hostileText() {
        var facts = Self.silence()
        facts.kernel.rules = [Self.rule(.matched, text: "drop comment \"\u{1B}[2J\u{202E}\"")]
        let diagnosis = facts.diagnose()
        let all =
            diagnosis.summary + diagnosis.advice.joined() + diagnosis.evidence.map { $0.fact + $0.detail }.joined()
        #expect(!all.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    }

    @Test("A packet filter that was read and does not stop it sends the reader elsewhere")
    func elsewhere() {
        var facts = Self.silence()
        #expect(facts.diagnose().advice.contains { $0.contains("nft list ruleset") })
        facts.kernel.readsRules = true
        #expect(facts.diagnose().advice.contains { $0.contains("xfrm") && !$0.contains("nft list") })
    }

    @Test("A datagram that is not permitted names the rule")
    func datagram() {
        var facts = Self.failing(1, .udp)
        facts.kernel.rules = [Self.rule(.matched)]
        let diagnosis = facts.diagnose()
        #expect(diagnosis.mechanism == .silentDrop && diagnosis.confidence == .proved)
        #expect(diagnosis.summary.contains("handle 7"))
    }

    // MARK: Limits

    @Test(
        "Connection tracking is to blame when it is full, and surely when it counts the drops",
        arguments: [
            (UInt64(1_000), UInt64(3) as UInt64?, Confidence.proved as Confidence?), (1_000, nil, .strong),
            (990, 3, .proved),
            (1_000, 2, .strong), (900, 3, nil),
        ])
    func tracking(count: UInt64, drops: UInt64?, confidence: Confidence?) {
        var facts = Self.silence()
        facts.kernel.circumstances.connectionTable = ConnectionTableFact(count: count, most: 1_000)
        facts.kernel.counters = drops.map { [CounterChange(name: "nf_conntrack.drop", rise: $0)] } ?? []
        let diagnosis = facts.diagnose()
        #expect(diagnosis.zones == [.localEgress])
        #expect(diagnosis.summary.contains("connection tracking holds") == (confidence != nil))
        if let confidence { #expect(diagnosis.confidence == confidence) }
    }

    @Test(
        "Local ports are used up when connections to this destination hold nearly all",
        arguments: [(4, 4, Transport.tcp, true), (4, 3, .tcp, false), (4, 0, .udp, true), (3, 0, .udp, false)])
    func ports(held: Int, there: Int, transport: Transport, isUsedUp: Bool) {
        var facts = Self.failing(transport == .tcp ? 99 : 11, transport)
        facts.kernel.circumstances.localPorts = LocalPortsFact(
            range: 40_000...40_003, held: held, heldToDestination: there)
        let diagnosis = facts.diagnose()
        #expect(diagnosis.verdict == .failed && diagnosis.zones == [.localEgress])
        #expect(diagnosis.summary.contains("no free local port") == isUsedUp)
        #expect(diagnosis.confidence == (isUsedUp ? .proved : .likely))
    }

    @Test("A refused connect is a sandbox's, and its control group is named; a prohibit route is not one")
    func sandbox() {
        for error: Int32 in [1, 13] {
            var facts = Self.failing(error)
            facts.kernel.circumstances.controlGroup = "/system.slice/\u{1B}x.service"
            let diagnosis = facts.diagnose()
            #expect(diagnosis.mechanism == .permission && diagnosis.zones == [.localEgress])
            #expect(diagnosis.summary.contains(#"/system.slice/\x1bx.service"#))
            facts.route?.kind = .prohibit
            #expect(facts.diagnose().mechanism == .noRoute)
        }
    }

    @Test(
        "A filter that refuses some sends of an answered datagram is a loss here, and none is no matter",
        arguments: [0, 2])
    func someSendsRefused(refused: Int) {
        var facts = Self.failing(1, .udp)
        facts.attempts[0].socket = SocketOutcome(state: .connected, at: .zero)
        facts.attempts[0].socket?.bytesReceived = 4
        facts.attempts[0].socket?.refusedSends = refused
        let diagnosis = facts.diagnose()
        #expect(diagnosis.verdict == (refused > 0 ? .degraded : .open), "\(diagnosis.summary)")
        #expect(diagnosis.mechanism == (refused > 0 ? .loss : nil))
        #expect(diagnosis.zones == (refused > 0 ? [.localEgress] : []))
    }

    // MARK: Links and addresses

    @Test("An interface without a carrier, one that is off, and a tunnel without its program")
    func links() {
        func diagnose(_ link: LinkFact) -> TargetDiagnosis {
            var facts = Self.silence()
            facts.kernel.circumstances.link = link
            return facts.diagnose()
        }
        let cable = diagnose(LinkFact(name: "eth0", hasCarrier: false))
        #expect(cable.verdict == .unreachable && cable.zones == [.localEgress, .path])
        let off = diagnose(LinkFact(name: "eth0", isUp: false, hasCarrier: false))
        #expect(off.zones == [.localEgress] && off.confidence == .proved)
        let tunnel = diagnose(LinkFact(name: "tun0", kind: "tun", hasCarrier: false))
        #expect(tunnel.zones == [.localEgress] && tunnel.summary.contains("tun0"))
        let fine = diagnose(LinkFact(name: "wg0", kind: "wireguard"))
        #expect(fine.verdict == .blocked)
        #expect(Self.hasEvidence(fine, "WireGuard"))
    }

    @Test("Namespace, VRF and table are named where they are not the usual ones")
    func surroundings() {
        var facts = Self.silence()
        facts.route?.table = 10
        facts.kernel.circumstances.link = LinkFact(name: "eth0", vrf: "blue")
        facts.kernel.circumstances.namespace = NetworkNamespaceFact(name: "net:[7]", isFirst: false)
        for text in ["VRF blue", "net:[7]", "routing table 10"] { #expect(Self.hasEvidence(facts.diagnose(), text)) }
        facts.route?.table = 254
        facts.kernel.circumstances.namespace?.isFirst = nil
        for text in ["net:[7]", "routing table"] { #expect(!Self.hasEvidence(facts.diagnose(), text)) }
    }

    @Test("Where IPv6 is switched off, that is said, and how to switch it on")
    func switchedOff() {
        var facts = Self.failing(101)
        facts.route = nil
        facts.target.address = IPAddress("2001:db8:5::10")
        #expect(!facts.diagnose().advice.contains { $0.contains("switched off") })
        facts.kernel.circumstances.linksWithoutIPv6 = ["eth0", "eth1", "eth2", "lo", "wlan0", "wlan1"]
        let diagnosis = facts.diagnose()
        #expect(diagnosis.verdict == .unreachable && diagnosis.zones == [.localEgress])
        #expect(Self.hasEvidence(diagnosis, "IPv6 is switched off on eth0, eth1, eth2, lo and 2 more"))
        #expect(diagnosis.advice.first?.contains("net.ipv6.conf.eth0.disable_ipv6=0") == true)
    }

    @Test("Without a route, the VRFs are named in which there may be one")
    func separateRoutes() {
        var facts = Self.silence()
        facts.route = nil
        facts.attempts[0].socket = SocketOutcome(state: .failed(SocketError(linux: 101), atOnce: true), at: .zero)
        let plain = facts.diagnose()
        #expect(plain.verdict == .unreachable && !plain.advice.contains { $0.contains("VRF") })
        facts.kernel.circumstances.separateLinks = [
            LinkFact(name: "eth1", vrf: "red"), LinkFact(name: "eth0", vrf: "blue"), LinkFact(name: "eth2", vrf: "red"),
        ]
        let diagnosis = facts.diagnose()
        #expect(diagnosis.zones == [.localEgress] && diagnosis.confidence == .proved)
        for text in ["eth0 belongs to VRF blue", "eth1 belongs to VRF red"] {
            #expect(Self.hasEvidence(diagnosis, text))
        }
        #expect(diagnosis.advice.first?.contains("VRF (blue, red): --interface blue") == true)
    }

    @Test(
        "A source address of too small a scope is named, towards global addresses only",
        arguments: [
            ("fd00::2", "2001:db8:5::10", "unique local"), ("fe80::2", "2001:db8:5::10", "link-local"),
            ("fd00::2", "fd00::9", ""), ("2001:db8:1::2", "2001:db8:5::10", ""),
            ("2001:db8:1::2", "64:ff9b::cb00:710a", "203.0.113.10"),
            ("169.254.3.4", "203.0.113.10", "link-local"),
        ])
    func scopes(source: String, target: String, expected: String) {
        var facts = Self.silence()
        facts.target.address = IPAddress(target)
        facts.route?.source = IPAddress(source)
        facts.attempts[0].local = Endpoint(IPAddress(source)!, 40_000)
        let found = facts.diagnose().evidence.filter {
            $0.fact.contains("source address") || $0.fact.contains("stands for")
        }
        #expect(found.isEmpty == expected.isEmpty)
        #expect(found.allSatisfy { "\($0.fact) \($0.detail)".contains(expected) })
    }

    // MARK: Counters

    @Test(
        "A counter is evidence only when it fits the symptom and other traffic does not explain it",
        arguments: [
            ("eth0.tx_dropped", UInt64(3), true), ("eth0.tx_dropped", 2, false), ("eth0.tx_dropped", 900, false),
            ("nf_conntrack.insert_failed", 3, true), ("TcpExt.IPReversePathFilter", 3, false),
            ("Tcp.OutSegs", 3, false),
        ])
    func counters(name: String, rise: UInt64, isEvidence: Bool) {
        var facts = Self.silence()
        facts.kernel.counters = [CounterChange(name: name, rise: rise)]
        #expect(Self.hasEvidence(facts.diagnose(), name) == isEvidence)
    }

    @Test(
        "Packets that come in and reach nobody keep this machine's own filters among the look-alikes",
        arguments: [
            (UInt64(10), UInt64(7), true), (10, 8, false), (10, 10, false), (900, 7, false), (3, 10, false),
            (.max, 0, false),
        ])
    func undelivered(received: UInt64, delivered: UInt64, isKept: Bool) {
        var facts = Self.silence(hasWire: false)
        facts.attempts.append(Attempt(purpose: .control, kind: .tcp(port: 443), remote: nil, startedAt: .zero))
        facts.kernel.counters = [
            CounterChange(name: "Ip.InDelivers", rise: delivered), CounterChange(name: "Ip.InReceives", rise: received),
        ]
        #expect(Observations(facts).undeliveredPackets == (isKept ? received - delivered : nil))
        #expect(facts.diagnose().lookAlikes.contains { $0.cause.contains("drops the answer") } == isKept)
    }

    @Test(
        "Packets that came in and went nowhere may be the answer that is missing, where nobody captures",
        arguments: [
            ("203.0.113.10", "Ip.InReceives", "Ip.InDelivers", "IpExt.InMcastPkts"),
            ("2001:db8:5::10", "Ip6.Ip6InReceives", "Ip6.Ip6InDelivers", "Ip6.Ip6InMcastPkts"),
        ])
    func keptAnswers(address: String, received: String, delivered: String, group: String) {
        func zones(hasWire: Bool = false, kept: UInt64, groups: UInt64 = 0) -> [Zone] {
            var facts = Self.silence(hasWire: hasWire)
            facts.target.address = IPAddress(address)
            facts.attempts[0].remote = IPAddress(address)
            facts.attempts[0].socket = SocketOutcome(state: .connected, at: .zero)
            facts.greetingAwaited = .seconds(3)
            facts.target.port = 22
            facts.kernel.counters = [
                CounterChange(name: received, rise: 20 + kept + groups), CounterChange(name: delivered, rise: 20),
                CounterChange(name: group, rise: groups),
            ]
            return facts.diagnose().zones
        }
        #expect(zones(kept: 5).last == .localIngress)
        #expect(!zones(kept: 0).contains(.localIngress) && !zones(kept: 1, groups: 9).contains(.localIngress))
        #expect(!zones(kept: 0).isEmpty)
    }

    @Test(
        "This machine's own full queue is named where its kernel counts as many drops as there were SYNs",
        arguments: [(UInt64(3), true, true), (9, true, true), (2, true, false), (900, true, false), (3, false, false)])
    func listenOverflow(rise: UInt64, isHere: Bool, isNamed: Bool) {
        // Who captures would see SYNs that are missing here.
        var facts = Self.silence(hasWire: false)
        if isHere { facts.route?.kind = .local }
        facts.kernel.counters = [CounterChange(name: "TcpExt.ListenOverflows", rise: rise)]
        let diagnosis = facts.diagnose()
        #expect((diagnosis.mechanism == .listenOverflow) == isNamed)
        if isNamed { #expect(diagnosis.zones.first == .destination && diagnosis.confidence == .likely) }
    }
}
