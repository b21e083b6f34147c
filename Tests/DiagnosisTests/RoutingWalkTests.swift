import PacketWire
import Testing

@testable import Diagnosis

/// The walk through hand-made rules: which one decided, and where that cannot be known.
struct RoutingWalkTests {
    private static let local = RoutingRule(priority: 0, action: .lookup(table: 255))
    private static let main = RoutingRule(priority: 32_766, action: .lookup(table: 254))
    private static let last = RoutingRule(priority: 32_767, action: .lookup(table: 253))

    private static func flow(
        _ transport: Transport = .tcp, port: UInt16 = 5_432, from source: IPAddress? = IPAddress("10.1.2.3"),
        sourcePort: UInt16? = 40_000, bound: String? = nil, isInVRF: Bool? = nil
    ) -> RoutingFlow {
        RoutingFlow(
            from: source, sourcePort: sourcePort, to: IPAddress("203.0.113.10")!, port: port, transport, user: 1_000,
            boundInterface: bound, isInVRF: isInVRF)
    }

    /// The priority of the rule that decides between these and the default ones.
    private static func decisive(
        _ rules: [RoutingRule], _ flow: RoutingFlow, _ answer: RoutingWalk.Answer,
        tableRefuses: (UInt32) -> Bool? = { _ in false }
    ) -> UInt32? {
        RoutingWalk([last, main] + rules + [local]).decisive(for: flow, answer, tableRefuses: tableRefuses)?.priority
    }

    private static func decisive(
        _ rules: [RoutingRule], _ answer: RoutingWalk.Answer, tableRefuses: (UInt32) -> Bool? = { _ in false }
    ) -> UInt32? {
        decisive(rules, flow(), answer, tableRefuses: tableRefuses)
    }

    private static func table(_ table: UInt32, _ length: UInt8? = nil) -> RoutingWalk.Answer {
        .route(table: table, prefixLength: length)
    }

    private static func refused(_ errno: Int32) -> RoutingWalk.Answer { .refused(SocketError(linux: errno)) }

    private static func rule(_ priority: UInt32, _ selectors: RoutingRule.Selector..., to table: UInt32) -> RoutingRule
    {
        RoutingRule(priority: priority, selectors, action: .lookup(table: table))
    }

    private static func prefix(_ text: String, _ length: UInt8) -> RoutingRule.Selector {
        .source(IPAddress(text)!, prefixLength: length)
    }

    @Test("The first rule that is about the flow and leads to the table of its route")
    func byTable() {
        let rules = [
            Self.rule(90, .destinationPorts(22...22, mask: 0), to: 100),
            Self.rule(100, Self.prefix("10.1.0.0", 16), .ipProtocol(6), to: 100),
            Self.rule(110, to: 100),
        ]
        #expect(Self.decisive(rules, Self.table(100)) == 100)
        #expect(Self.decisive(rules, Self.flow(.udp), Self.table(100)) == 110)
        #expect(Self.decisive(rules, Self.flow(port: 22), Self.table(100)) == 90)
        // Table 100 gave nothing.
        #expect(Self.decisive(rules, Self.table(254)) == 32_766)
        #expect(Self.decisive(rules, Self.table(255)) == 0)
        #expect(Self.decisive(rules, Self.table(7)) == nil, "a table that no rule leads to: a VRF's")
    }

    @Test(
        "What a selector is about",
        arguments: [
            (.source(IPAddress("10.1.2.0")!, prefixLength: 24), true),
            (.source(IPAddress("10.1.3.0")!, prefixLength: 24), false),
            (.destination(IPAddress("203.0.113.10")!, prefixLength: 32), true),
            (.destination(IPAddress("2001:db8::")!, prefixLength: 32), false),
            (.typeOfService(0x10), false), (.mark(1, mask: .max), false), (.mark(0, mask: 0xFF), true),
            (.inputInterface("lo", isThere: true), true), (.inputInterface("eth0", isThere: true), false),
            (.inputInterface("lo", isThere: false), false), (.outputInterface("eth0", isThere: true), false),
            (.vrf, false), (.users(0...999), false), (.users(1_000...1_000), true), (.ipProtocol(17), false),
            (.sourcePorts(40_000...40_000, mask: 0), true), (.sourcePorts(0x0040...0x0040, mask: 0x00FF), true),
            (.destinationPorts(5_433...6_000, mask: 0), false), (.other("flowlabel"), nil),
        ] as [(RoutingRule.Selector, Bool?)])
    func selectors(_ selector: RoutingRule.Selector, _ expected: Bool?) {
        #expect(Self.flow().meets(selector) == expected)
        var rule = RoutingRule(priority: 1, [selector], action: .prohibit)
        #expect(rule.matches(Self.flow()) == expected)
        rule.isInverted = true
        #expect(rule.matches(Self.flow()) == expected.map { !$0 })
    }

    @Test("One selector that does not match outweighs one that is not known")
    func unknownAmongOthers() {
        let rule = RoutingRule(priority: 1, [.other("dscp"), .ipProtocol(17)], action: .prohibit)
        #expect(rule.matches(Self.flow()) == false)
        #expect(rule.matches(Self.flow(.udp)) == nil)
    }

    @Test("A bound socket meets rules about its interface")
    func bound() {
        let flow = Self.flow(bound: "eth0", isInVRF: false)
        #expect(flow.meets(.outputInterface("eth0", isThere: true)) == true)
        #expect(flow.meets(.outputInterface("eth0", isThere: false)) == false)
        #expect(flow.meets(.outputInterface("eth1", isThere: true)) == false)
        #expect(flow.meets(.vrf) == false)
        #expect(Self.flow(bound: "eth0").meets(.vrf) == nil)
        let vrf = RoutingRule(priority: 1_000, [.vrf], action: .lookupVRF)
        #expect(Self.decisive([vrf], Self.table(254)) == 32_766)
        #expect(Self.decisive([vrf], flow, Self.table(254)) == 32_766)
        #expect(Self.decisive([vrf], Self.flow(bound: "eth0", isInVRF: true), Self.table(254)) == nil)
    }

    @Test("A source is not compared before there is one")
    func noSourceYet() {
        var flow = Self.flow(from: .v6(.any))
        #expect(flow.meets(Self.prefix("::", 8)) == false)
        flow.source = nil
        #expect(flow.meets(Self.prefix("10.0.0.0", 8)) == nil)
        #expect(flow.meets(Self.prefix("0.0.0.0", 0)) == true)
        flow.sourcePort = nil
        #expect(flow.meets(.sourcePorts(1...2, mask: 0)) == nil)
    }

    @Test("WireGuard's pair: main without its default route, and everything unmarked into the tunnel")
    func suppressed() {
        let rules = [
            RoutingRule(priority: 32_764, action: .lookup(table: 254), suppressedPrefixLength: 0),
            RoutingRule(
                priority: 32_765, [.mark(0xCA6C, mask: .max)], isInverted: true, action: .lookup(table: 51_820)),
        ]
        #expect(Self.decisive(rules, Self.table(51_820, 0)) == 32_765)
        #expect(Self.decisive(rules, Self.table(254, 24)) == 32_764)
        #expect(Self.decisive(rules, Self.table(254, 0)) == 32_766)
        #expect(Self.decisive(rules, Self.table(254)) == nil, "how long the prefix is decides, and it is not known")
    }

    @Test(
        "A rule that ends the lookup gives an error of its own",
        arguments: [
            (RoutingRule.Action.blackhole, 22, UInt32(100)), (.prohibit, 13, 100), (.unreachable, 101, 100),
            (.unreachable, 113, nil), (.prohibit, 22, nil), (.blackhole, 101, nil),
        ] as [(RoutingRule.Action, Int32, UInt32?)])
    func refusal(_ action: RoutingRule.Action, _ errno: Int32, _ expected: UInt32?) {
        let rules = [RoutingRule(priority: 100, [.ipProtocol(6)], action: action)]
        #expect(Self.decisive(rules, Self.refused(errno)) == expected)
        #expect(Self.decisive(rules, Self.flow(.udp), Self.refused(errno)) == nil)
        #expect(Self.decisive(rules, Self.table(254)) == nil, "a route came all the same")
        #expect(Self.decisive(rules, Self.flow(.udp), Self.table(254)) == 32_766)
    }

    @Test("A table before it may have said the same")
    func refusedByATable() {
        let rules = [Self.rule(90, to: 100), RoutingRule(priority: 100, action: .prohibit)]
        #expect(Self.decisive(rules, Self.refused(13)) == 100)
        #expect(Self.decisive(rules, Self.refused(13)) { $0 == 100 } == 90)
        #expect(Self.decisive(rules, Self.refused(13)) { $0 == 100 ? nil : false } == nil)
        #expect(Self.decisive([], Self.refused(13)) { $0 == 254 } == 32_766)
        #expect(Self.decisive([], Self.refused(101)) == nil, "no rule: the lookup came to its end")
    }

    @Test("A rule that may match hides only what it could have decided itself")
    func maybe() {
        let other = RoutingRule.Selector.other("flowlabel")
        let prohibit = RoutingRule(priority: 50, [other], action: .prohibit)
        #expect(Self.decisive([prohibit], Self.table(254)) == 32_766)
        #expect(Self.decisive([prohibit, RoutingRule(priority: 60, action: .prohibit)], Self.refused(13)) == nil)
        #expect(Self.decisive([prohibit, RoutingRule(priority: 60, action: .blackhole)], Self.refused(22)) == 60)
        #expect(Self.decisive([Self.rule(50, other, to: 100), Self.rule(60, to: 100)], Self.table(100)) == nil)
        #expect(Self.decisive([Self.rule(50, other, to: 100)], Self.table(254)) == 32_766)
        #expect(Self.decisive([RoutingRule(priority: 50, action: .other(9))], Self.table(254)) == nil)
    }

    @Test("A goto passes over the rules between, and one without a target does nothing")
    func jumps() {
        func jump(_ selectors: RoutingRule.Selector..., to: UInt32?) -> RoutingRule {
            RoutingRule(priority: 50, selectors, action: .jump(to: to))
        }
        let rules = [Self.rule(100, to: 100), Self.rule(200, to: 100), RoutingRule(priority: 60, action: .nothing)]
        #expect(Self.decisive(rules + [jump(to: 200)], Self.table(100)) == 200)
        #expect(Self.decisive(rules + [jump(to: 150)], Self.table(100)) == 100)
        #expect(Self.decisive(rules + [jump(to: nil)], Self.table(100)) == 100)
        #expect(Self.decisive(rules + [jump(to: 0)], Self.table(100)) == 100, "never back")
        #expect(Self.decisive(rules + [jump(.ipProtocol(17), to: 200)], Self.table(100)) == 100)
        #expect(Self.decisive(rules + [jump(.other("x"), to: 200)], Self.table(100)) == nil)
    }
}
