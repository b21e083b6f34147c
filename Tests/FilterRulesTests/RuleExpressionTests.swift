import PacketWire
import Testing

@testable import FilterRules

/// Single rules, in nft's JSON, held against one packet: SYN from 198.51.100.2:40000 to 203.0.113.10:5432 by eth0.
struct RuleExpressionTests {
    static func packet(_ transport: Transport = .tcp) -> RulePacket {
        RulePacket(
            source: IPAddress("198.51.100.2")!, destination: IPAddress("203.0.113.10")!, transport: transport,
            sourcePort: 40_000, destinationPort: 5_432, flags: .syn, outputInterface: "eth0", tracking: "new",
            destinationType: "unicast", sourceType: "local")
    }

    static func statement(_ json: String) throws -> Statement {
        NftablesJSON.statement(try #require(JSONNode(text: Array(json.utf8))))
    }

    static func decide(_ left: String, _ op: String, _ right: String) throws -> Decision? {
        let match = #"{"match":{"op":"\#(op)","left":\#(left),"right":\#(right)}}"#
        let matcher = RuleMatcher(packet: packet()) { $0 == "ports" ? [SetElement(value: .number(5_432))] : nil }
        switch try statement(match) {
        case .match(let comparison): return matcher.decide(comparison)
        case .undecidable: return .maybe
        default: return nil
        }
    }

    private static let dport = #"{"payload":{"protocol":"tcp","field":"dport"}}"#
    private static let daddr = #"{"payload":{"protocol":"ip","field":"daddr"}}"#
    private static let flags = #"{"payload":{"protocol":"tcp","field":"flags"}}"#
    private static let masked = #"{"&":[\#(flags),["fin","syn","rst","ack"]]}"#

    @Test(
        "Comparisons that can be decided",
        arguments: [
            (dport, "==", "5432", Decision.yes), (dport, "!=", "5432", .no), (dport, "==", "443", .no),
            (dport, "<", "5432", .no), (dport, "<=", "5432", .yes), (dport, ">", "1023", .yes),
            (dport, ">=", "5433", .no),
            (dport, "==", #"{"range":[5000,6000]}"#, .yes), (dport, "==", #"{"range":[1,1023]}"#, .no),
            (dport, "==", #"{"set":[22,{"range":[5000,6000]}]}"#, .yes), (dport, "!=", #"{"set":[22,80]}"#, .yes),
            (dport, "==", "\"@ports\"", .yes), (dport, "!=", "\"@ports\"", .no),
            (daddr, "==", "\"203.0.113.10\"", .yes),
            (daddr, "==", #"{"prefix":{"addr":"203.0.113.0","len":24}}"#, .yes),
            (daddr, "==", #"{"prefix":{"addr":"0.0.0.0","len":0}}"#, .yes),
            (daddr, "!=", #"{"prefix":{"addr":"203.0.112.0","len":24}}"#, .yes),
            (daddr, "==", #"{"range":["203.0.113.9","203.0.113.10"]}"#, .yes),
            (#"{"payload":{"protocol":"ip6","field":"daddr"}}"#, "!=", "\"::1\"", .no),
            (#"{"payload":{"protocol":"udp","field":"dport"}}"#, "==", "5432", .no),
            (#"{"payload":{"protocol":"icmp","field":"type"}}"#, "==", "\"echo-request\"", .no),
            (#"{"payload":{"protocol":"th","field":"dport"}}"#, "==", "5432", .yes),
            (#"{"payload":{"protocol":"ip","field":"protocol"}}"#, "==", "\"tcp\"", .yes),
            (flags, "==", "\"syn\"", .yes), (flags, "in", "\"syn\"", .yes), (flags, "in", #"["fin","rst"]"#, .no),
            (masked, "==", "\"syn\"", .yes), (masked, "==", #"{"|":["syn","ack"]}"#, .no), (masked, "!=", "0", .yes),
            (#"{"meta":{"key":"oifname"}}"#, "==", "\"eth*\"", .yes),
            (#"{"meta":{"key":"oifname"}}"#, "==", #"{"set":["lo","wlan*"]}"#, .no),
            (#"{"meta":{"key":"iifname"}}"#, "==", "\"lo\"", .no), (#"{"meta":{"key":"l4proto"}}"#, "==", "6", .yes),
            (#"{"meta":{"key":"nfproto"}}"#, "==", "\"ipv6\"", .no),
            (#"{"ct":{"key":"state"}}"#, "in", #"["established","related"]"#, .no),
            (#"{"ct":{"key":"state"}}"#, "in", "\"new\"", .yes),
            (#"{"ct":{"key":"state"}}"#, "!=", "\"established\"", .yes),
            (#"{"fib":{"result":"type","flags":["daddr"]}}"#, "==", "\"local\"", .no),
            (#"{"exthdr":{"name":"frag"}}"#, "==", "true", .no),
            (#"{"&":[{"payload":{"protocol":"ip","field":"frag-off"}},8191]}"#, "!=", "0", .no),
            (#"{"concat":[\#(daddr),\#(dport)]}"#, "==", #"{"set":[{"concat":["203.0.113.10",5432]}]}"#, .yes),
            (
                #"{"concat":[\#(daddr),\#(dport)]}"#, "==", #"{"set":[{"concat":["203.0.113.10",{"range":[1,9]}]}]}"#,
                .no
            ),
            (dport, "==", #"{"set":[{"elem":{"val":5432,"counter":{"packets":1}}}]}"#, .yes),
        ])
    func decided(left: String, op: String, right: String, expected: Decision) throws {
        #expect(try Self.decide(left, op, right) == expected)
    }

    @Test(
        "What a packet's own fields do not tell is never decided",
        arguments: [
            (#"{"meta":{"key":"mark"}}"#, "==", "1"), (#"{"meta":{"key":"skuid"}}"#, "!=", "0"),
            (#"{"meta":{"key":"iifname"}}"#, "!=", "\"lo\""), (#"{"numgen":{"mode":"random","mod":10}}"#, "<", "3"),
            (#"{"ct":{"key":"mark"}}"#, "==", "1"), (#"{"ct":{"key":"ip daddr","dir":"original"}}"#, "==", "\"::\""),
            (#"{"payload":{"protocol":"ip","field":"ttl"}}"#, "<", "5"), (dport, "==", "\"@unknown\""),
            (dport, "==", "-1"), (dport, "==", "1.5"), (dport, "==", #"{"new-thing":1}"#), (dport, "~", "1"),
            (#"{"payload":{"base":"th","offset":16,"len":16}}"#, "==", "5432"),
            (#"{"fib":{"result":"oif","flags":["saddr","iif"]}}"#, "==", "false"),
            (daddr, "==", #"{"prefix":{"addr":"203.0.113.0","len":99}}"#),
            (daddr, "==", #"{"prefix":{"addr":"x","len":8}}"#),
            (#"{"concat":[\#(daddr),\#(dport)]}"#, "==", #"{"set":[{"concat":["203.0.113.10"]}]}"#),
        ])
    func undecided(left: String, op: String, right: String) throws {
        #expect(try Self.decide(left, op, right) == .maybe)
    }

    @Test("A negated unknown stays unknown, and a definite miss beats it")
    func combination() throws {
        #expect(Decision.maybe.inverse == .maybe)
        let concat = #"{"concat":[{"meta":{"key":"mark"}},\#(Self.dport)]}"#
        #expect(try Self.decide(concat, "==", #"{"set":[{"concat":[1,443]}]}"#) == .no)
        #expect(try Self.decide(concat, "==", #"{"set":[{"concat":[1,5432]}]}"#) == .maybe)
    }

    @Test(
        "Statements",
        arguments: [
            (#"{"drop":null}"#, Statement.verdict(.drop)), (#""accept""#, .verdict(.accept)),
            (#"{"reject":{"type":"tcp reset"}}"#, .verdict(.reject("tcp reset"))),
            (#"{"reject":null}"#, .verdict(.reject(""))),
            (#"{"jump":{"target":"x"}}"#, .verdict(.jump("x"))), (#"{"queue":{"num":3}}"#, .verdict(.queue)),
            (#"{"limit":{"rate":5}}"#, .undecidable("limit")), (#"{"notrack":null}"#, .withoutTracking),
            (#"{"redirect":{"port":8080}}"#, .translation), (#"{"log":{"prefix":"x"}}"#, .passive),
            (#"{"set":{"op":"add","elem":1,"set":"@s"}}"#, .passive),
            (#"{"set":{"op":"update","elem":1,"set":"@s","stmt":[{"limit":{"rate":3}}]}}"#, .undecidable("meter")),
            (#"{"xt":{"type":"match","name":"comment"}}"#, .passive),
            (#"{"xt":{"type":"match","name":"owner"}}"#, .undecidable("owner")),
            (#"{"xt":{"type":"target","name":"REJECT"}}"#, .verdict(.reject(""))),
            (#"{"brand-new":{}}"#, .undecidable("brand-new")),
            ("7", .undecidable("an unknown part")), (#"{"a":1,"b":2}"#, .undecidable("an unknown part")),
        ])
    func statements(json: String, expected: Statement) throws { #expect(try Self.statement(json) == expected) }
}
