import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// What is said of the rule that decided: its text, and where the report names it.
struct RoutingRuleTests {
    @Test(
        "As ip rule prints it",
        arguments: [
            (
                RoutingRule(
                    priority: 100,
                    [
                        .source(IPAddress("10.1.0.0")!, prefixLength: 16), .ipProtocol(6),
                        .destinationPorts(5_432...5_432, mask: 0),
                    ], action: .lookup(table: 100)), "from 10.1.0.0/16 ipproto tcp dport 5432 lookup 100"
            ),
            (
                RoutingRule(
                    priority: 1, [.mark(0xCA6C, mask: 0xFFFF), .outputInterface("lo", isThere: true)],
                    isInverted: true, action: .lookup(table: 254), suppressedPrefixLength: 0),
                "not from all fwmark 0xca6c/0xffff oif lo lookup main suppress_prefixlength 0"
            ),
            (
                RoutingRule(
                    priority: 1, [.typeOfService(16), .inputInterface("eth9", isThere: false)], action: .prohibit),
                "from all tos 0x10 iif eth9 [detached] prohibit"
            ),
            (
                RoutingRule(
                    priority: 1,
                    [
                        .destination(IPAddress("2001:db8:5::10")!, prefixLength: 128), .users(0...1_000),
                        .ipProtocol(58), .sourcePorts(1_000...2_000, mask: 0),
                    ], action: .unreachable),
                "from all to 2001:db8:5::10 uidrange 0-1000 ipproto 58 sport 1000-2000 unreachable"
            ),
            (RoutingRule(priority: 1, action: .jump(to: 32_766)), "from all goto 32766"),
            (RoutingRule(priority: 1, [.vrf], action: .lookupVRF), "from all lookup [l3mdev-table]"),
            (
                RoutingRule(priority: 1, [.inputInterface("a\u{1B}[2J", isThere: true)], action: .blackhole),
                "from all iif a\\x1b[2J blackhole"
            ),
        ])
    func text(_ rule: RoutingRule, _ expected: String) {
        #expect(rule.description.lowercased() == expected.lowercased())
    }

    private static func facts(_ errno: Int32?, _ route: RouteFact) -> Facts {
        let address = IPAddress("203.0.113.10")!
        var facts = Facts(
            target: Target(input: "t", host: "t", address: address, port: 5_432, transport: .tcp),
            witnesses: [.socket, .kernel])
        facts.route = route
        var primary = Attempt(purpose: .primary, kind: .tcp(port: 5_432), remote: address, startedAt: .zero)
        primary.socket = errno.map { SocketOutcome(state: .failed(SocketError(linux: $0), atOnce: true), at: .zero) }
        if primary.socket == nil { primary.socket = SocketOutcome() }
        facts.attempts = [primary]
        facts.observedUntil = .zero + .seconds(3)
        return facts
    }

    private static func lines(_ diagnosis: TargetDiagnosis) -> [String] {
        diagnosis.evidence.map { "\($0.fact): \($0.detail)" }
    }

    @Test(
        "A rule that refuses is named in its own right, whatever the errno alone would mean",
        arguments: [
            (RoutingRule.Action.prohibit, 13, RouteFact.Kind.prohibit), (.blackhole, 22, .blackhole),
            (.unreachable, 101, .none),
        ] as [(RoutingRule.Action, Int32, RouteFact.Kind)])
    func refusal(_ action: RoutingRule.Action, _ errno: Int32, _ kind: RouteFact.Kind) {
        var route = RouteFact(kind: kind, error: SocketError(linux: errno))
        let plain = Self.facts(errno, route).diagnose()
        #expect(!plain.summary.contains("rule"))
        route.rule = RoutingRule(priority: 100, [.ipProtocol(6)], action: action)
        let diagnosis = Self.facts(errno, route).diagnose()
        #expect(diagnosis.verdict == .unreachable && diagnosis.mechanism == .noRoute)
        #expect(diagnosis.stage == .route && diagnosis.zones == [.localEgress] && diagnosis.confidence == .proved)
        #expect(diagnosis.summary.contains("routing rule 100 (from all ipproto tcp \(action))"))
        #expect(diagnosis.advice.contains { $0.contains("ip -4 rule") })
        #expect(Self.lines(diagnosis).contains { $0.hasPrefix("rule 100: from all ipproto tcp \(action): refuses") })
        #expect(Self.lines(diagnosis).contains { $0.hasPrefix("no route") })
        #expect(!Self.lines(diagnosis).contains { $0.hasPrefix("\(kind.rawValue) route") })
    }

    @Test("A prohibit route of a table that a rule chose stays a route")
    func routeOfATable() {
        var route = RouteFact(kind: .prohibit, error: SocketError(linux: 13))
        route.rule = RoutingRule(priority: 100, action: .lookup(table: 100))
        let diagnosis = Self.facts(13, route).diagnose()
        #expect(diagnosis.summary.contains("a prohibit route of table 100 forbids it here"))
        #expect(diagnosis.advice.contains { $0.contains("ip -4 route show table 100") })
    }

    @Test("The rule that chose a table is evidence, and one that every machine has is not")
    func chosen() {
        var route = RouteFact(kind: .unicast, source: IPAddress("198.51.100.2"), interface: "eth0")
        route.table = 100
        #expect(Self.lines(Self.facts(nil, route).diagnose()).contains { $0.hasPrefix("routing table 100") })
        route.rule = RoutingRule(priority: 100, action: .lookup(table: 100))
        let lines = Self.lines(Self.facts(nil, route).diagnose())
        #expect(lines.contains("rule 100: from all lookup 100: chose table 100 for this flow"))
        #expect(!lines.contains { $0.hasPrefix("routing table") })
        route.table = 254
        let without = route.rule.map { _ in RouteFact(kind: .unicast, source: route.source, interface: "eth0") }!
        for rule in [(0, 255), (32_766, 254), (32_767, 253)] as [(UInt32, UInt32)] {
            route.rule = RoutingRule(priority: rule.0, action: .lookup(table: rule.1))
            #expect(Self.facts(nil, route).diagnose().evidence == Self.facts(nil, without).diagnose().evidence)
        }
        route.rule = RoutingRule(priority: 50, action: .lookup(table: 254), suppressedPrefixLength: 0)
        #expect(
            Self.lines(Self.facts(nil, route).diagnose())
                .contains("rule 50: from all lookup main suppress_prefixlength 0: chose table main for this flow"))
        for moved in [(100, 255), (0, 254)] as [(UInt32, UInt32)] {
            #expect(!RoutingRule(priority: moved.0, action: .lookup(table: moved.1)).isDefault)
        }
    }
}
