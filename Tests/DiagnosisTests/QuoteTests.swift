import CaptureReplay
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

/// A SYN as it leaves, and as a box on the way may make it.
private struct Syn {
    var source = IPAddress("198.51.100.2")!
    var destination = IPAddress("203.0.113.10")!
    var sourcePort: UInt16 = 40_000
    var destinationPort: UInt16 = 5432
    var timeToLive: UInt8 = 1
    var trafficClass: UInt8 = 0
    var sequence: UInt32 = 7_000
    var flags: TCPFlags = [.syn, .ece, .cwr]
    var options = TCPOptions(
        maximumSegmentSize: 1_460, windowScale: 7, sackPermitted: true,
        timestamps: TCPTimestamps(value: 1, echoReply: 0))

    var bytes: [UInt8] {
        var builder = FrameBuilder(.rawIP, from: source, to: destination, timeToLive: timeToLive)
        builder.trafficClass = trafficClass
        return builder.tcp(
            TCPHeader(
                from: sourcePort, to: destinationPort, flags, sequenceNumber: sequence, options: options))
    }

    static func v6() -> Syn {
        var syn = Syn()
        syn.source = IPAddress("2001:db8:1::2")!
        syn.destination = IPAddress("2001:db8:5::10")!
        return syn
    }
}

/// Three routers that quote the SYN; from the second on it has been changed.
private func path(
    _ original: Syn = Syn(), quoting limit: Int = 548, labels: ICMPExtensions? = nil,
    alteredFrom first: UInt8 = 2, _ alter: (inout Syn) -> Void
) throws -> [PathHop] {
    let family = original.source.family
    var script = PacketScript(family)
    var syn = original
    syn.timeToLive = 64
    script.add(syn.bytes)
    for hop in UInt8(1)...3 {
        syn = original
        syn.timeToLive = hop
        syn.sourcePort += UInt16(hop)
        syn.sequence += UInt32(hop)
        script.add(syn.bytes)
        var seen = syn
        seen.timeToLive = 1
        if hop >= first { alter(&seen) }
        let router = IPAddress(family == .v4 ? "192.0.2.\(hop)" : "2001:db8:2::\(hop)")!
        script.add(
            FrameBuilder(.rawIP, from: router, to: original.source, timeToLive: 64 - hop + 1)
                .icmpError(
                    type: family == .v4 ? 11 : 3, code: 0, quoting: seen.bytes, limit: limit, extensions: labels))
    }
    let facts = script.table.facts(observedUntil: script.end + .seconds(3))
    // An error that was filed elsewhere would be a conversation of its own.
    try #require(facts.count == 1)
    return facts[0].diagnose().path
}

private struct Alteration: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var alter: @Sendable (inout Syn) -> Void
    var expected: [String]

    init(_ name: String, _ alter: @escaping @Sendable (inout Syn) -> Void, _ expected: [String]) {
        (testDescription, self.alter, self.expected) = (name, alter, expected)
    }
}

private let alterations: [Alteration] = [
    .init("nothing", { _ in }, []),
    .init("source address", { $0.source = IPAddress("192.0.2.99")! }, ["source-address 198.51.100.2 192.0.2.99"]),
    .init("source port", { $0.sourcePort = 1_024 }, ["source-port 40002 1024"]),
    .init(
        "destination", { $0.destination = IPAddress("203.0.113.77")! },
        ["destination-address 203.0.113.10 203.0.113.77"]
    ),
    .init("destination port", { $0.destinationPort = 8_443 }, ["destination-port 5432 8443"]),
    .init("TTL", { $0.timeToLive = 12 }, ["ttl 1 12"]),
    .init("TTL counted already", { $0.timeToLive = 0 }, []),
    .init("DSCP", { $0.trafficClass = 0x28 }, ["dscp 0 10"]),
    .init("ECN bits", { $0.trafficClass = 0x02 }, ["ecn Not-ECT ECE CWR ECT(0) ECE CWR"]),
    .init("ECN flags", { $0.flags = .syn }, ["ecn Not-ECT ECE CWR Not-ECT"]),
    .init("MSS", { $0.options.maximumSegmentSize = 1_380 }, ["mss 1460 1380"]),
    .init("window scale", { $0.options.windowScale = nil }, ["window-scale 7 absent"]),
    .init("SACK", { $0.options.sackPermitted = false }, ["sack-permitted present absent"]),
    .init("timestamps", { $0.options.timestamps = nil }, ["timestamps present absent"]),
    .init(
        "all options", { $0.options = TCPOptions() },
        [
            "mss 1460 absent", "window-scale 7 absent", "sack-permitted present absent",
            "timestamps present absent",
        ]
    ),
    .init("sequence number, by the ports", { $0.sequence = 99 }, ["sequence-number 7002 99"]),
]

struct QuoteTests {
    @Test("Each alteration shows at the first hop that quotes it, and only there", arguments: alterations)
    fileprivate func alteration(_ alteration: Alteration) throws {
        let hops = try path { alteration.alter(&$0) }
        #expect(hops.map(\.ttl) == [1, 2, 3])
        #expect(hops[1].changes.map { "\($0.field.rawValue) \($0.before) \($0.after)" } == alteration.expected)
        #expect(hops[0].changes.isEmpty && hops[2].changes.isEmpty)
        for change in hops[1].changes {
            #expect(change.afterHop == Hop(ttl: 1, address: IPAddress("192.0.2.1")))
            #expect(change.seenAt == Hop(ttl: 2, address: IPAddress("192.0.2.2")))
            #expect(change.frames == [4, 5])
        }
    }

    @Test("What the first router already shows changed behind this machine's own tap")
    func beforeFirstHop() throws {
        let hops = try path(alteredFrom: 1) { $0.trafficClass = 0x28 }
        #expect(hops[0].changes.map(\.field) == [.dscp])
        #expect(hops[0].changes.first.map { $0.afterHop == nil } == true)
        #expect(hops[1].changes.isEmpty)
    }

    @Test("IPv6: addresses, DSCP and the flags of ECN")
    func version6() throws {
        let hops = try path(.v6()) {
            $0.source = IPAddress("2001:db8:2::99")!
            $0.trafficClass = 0x28
            $0.flags = .syn
        }
        #expect(hops[1].changes.map(\.field) == [.sourceAddress, .dscp, .ecn])
    }

    @Test("A quote that ends early says nothing of what it does not hold", arguments: 20...60)
    func shortQuotes(length: Int) throws {
        let hops = try path(quoting: length) {
            $0.options = TCPOptions()
            $0.flags = .syn
            $0.trafficClass = 0x28
        }
        let fields = hops[1].changes.map(\.field)
        // 20 bytes of IP and 4 of ports tell whose it is; without them it is nobody's.
        guard length >= 24 else {
            #expect(hops.allSatisfy { $0.target == .silence } || hops.isEmpty)
            return
        }
        #expect(fields.contains(.dscp))
        #expect(fields.contains(.ecn) == (length >= 34), "flags stand in bytes 13 and 14 of TCP")
        // The first router quotes the whole header, 40 bytes of TCP, or a part of it.
        #expect(fields.contains(.maximumSegmentSize) == (length >= 40), "\(fields)")
    }

    @Test("MPLS labels stand with the hop that reports them, bounded")
    func labels() throws {
        let stack = (0..<20).map { MPLSLabel(UInt32($0 + 16), isBottom: $0 == 19, timeToLive: 1) }
        let hops = try path(labels: ICMPExtensions([.mplsLabelStack(stack)])) { _ in }
        #expect(hops.map(\.labels) == Array(repeating: Array(stack.prefix(8)), count: 3))
    }

    @Test("Somebody else's error is not taken for ours: neither by ports alone nor by number alone")
    func strangers() {
        let own = Syn()
        var other = own
        other.sourcePort = 50_000
        other.destination = IPAddress("203.0.113.77")!
        for (sequence, receiver) in [(UInt32(1), "198.51.100.2"), (own.sequence, "198.51.100.9")] {
            var quoted = other
            quoted.sequence = sequence
            var script = PacketScript()
            script.add(own.bytes)
            script.add(
                FrameBuilder(.rawIP, from: IPAddress("192.0.2.1")!, to: IPAddress(receiver)!)
                    .icmpError(type: 11, code: 0, quoting: quoted.bytes))
            #expect(script.table.conversations[0].packets.count == 1)
        }
    }
}

/// Alterations that cost something are a verdict, the others are evidence of an open target.
struct AlteredTargetTests {
    private func diagnosis(_ alter: (inout Syn) -> Void) -> TargetDiagnosis {
        var script = PacketScript()
        var syn = Syn()
        syn.timeToLive = 64
        script.add(syn.bytes)
        script.answer([.syn, .ack], from: 5432, acknowledges: syn.sequence + 1)
        script.send(.ack, to: 5432, sequence: syn.sequence + 1, acknowledges: 5_001)
        for hop in UInt8(1)...3 {
            var rung = Syn()
            rung.timeToLive = hop
            rung.sourcePort += UInt16(hop)
            rung.sequence += UInt32(hop)
            script.add(rung.bytes)
            rung.timeToLive = 1
            if hop >= 2 { alter(&rung) }
            script.add(
                FrameBuilder(.rawIP, from: IPAddress("192.0.2.\(hop)")!, to: syn.source)
                    .icmpError(type: 11, code: 0, quoting: rung.bytes))
        }
        return script.table.facts(observedUntil: script.end + .seconds(3))[0].diagnose()
    }

    @Test func strippedOptionsDegrade() {
        let diagnosis = diagnosis { $0.options.windowScale = nil }
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .alteredInTransit)
        #expect(diagnosis.zones == [.path] && diagnosis.confidence == .strong)
        #expect(diagnosis.afterHop?.ttl == 1 && diagnosis.beforeHop?.ttl == 2)
    }

    @Test func translationAndClampingAreInformation() {
        let diagnosis = diagnosis {
            $0.options.maximumSegmentSize = 1_380
            $0.source = IPAddress("192.0.2.99")!
        }
        #expect(diagnosis.verdict == .open && diagnosis.zones.isEmpty)
        #expect(diagnosis.evidence.contains { $0.fact == "MSS altered: 1460 became 1380" })
    }
}
