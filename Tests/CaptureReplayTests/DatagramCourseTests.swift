import CaptureFile
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Datagrams say neither who began nor that something has ended: who asked, whom, and who has fallen silent.
struct DatagramCourseTests {
    /// A datagram by its ports, and how many milliseconds after the one before.
    struct Datagram: Sendable {
        var from: String
        var to: String
        var after: Int64
        var length: Int

        init(_ from: String, _ to: String, after: Int64 = 10, length: Int = 40) {
            (self.from, self.to, self.after, self.length) = (from, to, after, length)
        }
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var name: String
        var datagrams: [Datagram]
        var verdicts: [Verdict]
        var toGroups = 0
        var mechanism: Mechanism?
        /// How long the capture goes on behind the last one.
        var rest: Int64 = 10_000

        var testDescription: String { name }
    }

    private static let (client, server) = ("192.0.2.1", "198.51.100.7")
    private static func ask(_ port: UInt16 = 9_999, after: Int64 = 10, length: Int = 40) -> Datagram {
        Datagram("\(client) 40000", "\(server) \(port)", after: after, length: length)
    }
    private static func answer(_ port: UInt16 = 9_999, after: Int64 = 10) -> Datagram {
        Datagram("\(server) \(port)", "\(client) 40000", after: after)
    }
    private static func spaced(_ pauses: [Int64], length: Int = 40) -> [Datagram] {
        pauses.map { ask(after: $0, length: length) }
    }

    static let stories: [Story] = [
        // Who is asked.
        Story(
            name: "multicast, unanswered",
            datagrams: (0..<4).map { _ in Datagram("\(client) 5353", "224.0.0.251 5353") },
            verdicts: [], toGroups: 1),
        Story(
            name: "multicast, answered by one who listens",
            datagrams: [
                Datagram("\(client) 40000", "239.255.255.250 1900"), Datagram("192.0.2.77 1900", "\(client) 40000"),
            ], verdicts: [.open], toGroups: 1),
        Story(
            name: "broadcast", datagrams: [Datagram("0.0.0.0 68", "255.255.255.255 67")], verdicts: [], toGroups: 1),
        Story(
            name: "a stream to a group", datagrams: (0..<50).map { _ in Datagram("\(client) 40000", "[ff15::1] 5004") },
            verdicts: [], toGroups: 1),
        Story(name: "an answer to what was asked before the capture", datagrams: [answer(53)], verdicts: [.open]),
        Story(
            name: "a service that speaks first", datagrams: [Datagram("\(server) 5060", "\(client) 40000")],
            verdicts: [.undetermined]),
        // Answers from another port.
        Story(
            name: "TFTP", datagrams: [ask(69), answer(33_000), ask(33_000), answer(33_000), ask(33_000)],
            verdicts: [.open, .open]),
        Story(name: "TFTP, silent", datagrams: [ask(69), ask(69, after: 1_000)], verdicts: [.undetermined]),
        Story(
            name: "TFTP, and another host speaks",
            datagrams: [ask(69), Datagram("203.0.113.5 33000", "\(client) 40000"), ask(69, after: 1_000)],
            verdicts: [.undetermined, .undetermined]),
        Story(
            name: "TFTP, and nobody takes the transfer up",
            datagrams: [ask(69), answer(33_000), answer(33_000, after: 1_000), ask(69, after: 1_000), answer(33_001)],
            verdicts: [.blocked, .open, .open]),
        Story(
            name: "TFTP, a transfer that is taken up at the second try",
            datagrams: [ask(69), answer(33_000), answer(33_000, after: 1_000), ask(33_000), answer(33_000)],
            verdicts: [.open, .open]),
        Story(
            name: "TFTP, an answer that owes nothing",
            datagrams: [ask(69), answer(33_000), answer(33_000)], verdicts: [.open, .open]),
        // Who falls silent.
        Story(
            name: "forgotten after a pause",
            datagrams: [ask(), answer(), ask(), answer()] + spaced([60_000, 1_000, 2_000]),
            verdicts: [.interfered], mechanism: .idleTimeout),
        Story(
            name: "answered after a pause",
            datagrams: [ask(), answer(), ask(), answer()] + spaced([60_000, 1_000, 2_000]) + [answer()],
            verdicts: [.open]),
        Story(
            name: "keep-alives owe no answer",
            datagrams: [ask(), answer(), ask(), answer()] + spaced([25_000, 25_000, 25_000, 25_000]), verdicts: [.open]),
        Story(
            name: "a stream waits for none",
            datagrams: [ask(), answer(), ask(), answer()] + spaced([60_000] + [Int64](repeating: 20, count: 400)),
            verdicts: [.open]),
        Story(
            name: "a timer that doubles",
            datagrams: [ask(), answer()] + spaced([10, 1_000, 2_000, 4_000], length: 900),
            verdicts: [.interfered], mechanism: .noReply),
        Story(
            name: "the same pauses, from the beginning", datagrams: spaced([10, 1_000, 2_000, 4_000]),
            verdicts: [.undetermined]),
        Story(
            name: "even pauses are no timer", datagrams: [ask(), answer()] + spaced([10, 1_000, 1_000, 1_000, 1_000]),
            verdicts: [.open]),
        Story(
            name: "who always says more",
            datagrams: spaced([0, 10, 10, 10]) + [answer()] + spaced([10, 1_000, 2_000, 4_000]),
            verdicts: [.degraded]),
    ]

    @Test(arguments: stories)
    func story(_ story: Story) throws {
        let replay = try CaptureReplay(Self.file(story))
        let findings = replay.diagnoses.filter { $0.target.address?.description != "192.0.2.250" }
        let groups = findings.count { $0.summary.contains("to all who listen (") }
        #expect(groups == story.toGroups)
        let others = findings.filter { !$0.summary.contains("to all who listen (") }
        #expect(others.map(\.verdict) == story.verdicts)
        if let mechanism = story.mechanism {
            #expect(others.first?.mechanism == mechanism && others.first?.confidence == .likely)
            #expect(others.first?.lookAlikes.isEmpty == false)
        }
    }

    /// Datagrams of DHCP, and whether it is said that no server answers.
    static let addressRequests: [([Datagram], Bool)] = {
        let ask = Datagram("0.0.0.0 68", "255.255.255.255 67", after: 4_000)
        let ask6 = Datagram("fe80::1 546", "ff02::1:2 547", after: 4_000)
        return [
            ([ask, ask, ask], true), ([ask, ask], false), ([ask6, ask6, ask6], true),
            ([ask, ask, ask, Datagram("192.0.2.1 67", "255.255.255.255 68")], false),
            ([ask, ask, ask, Datagram("192.0.2.1 67", "192.0.2.9 68")], false),
            ([ask6, ask6, ask6, Datagram("fe80::2 547", "fe80::1 546")], false),
        ]
    }()

    @Test("A server of DHCP owes an answer, though all are asked", arguments: addressRequests)
    func addresses(_ datagrams: [Datagram], _ isSaid: Bool) throws {
        let story = Story(name: "DHCP", datagrams: datagrams, verdicts: [])
        let notes = try CaptureReplay(Self.file(story)).result.digest.link
        #expect(notes.contains { $0.hasPrefix("DHCP: asked 3 times") } == isSaid)
    }

    @Test("Answers from another port that nobody takes up are lost behind the tap")
    func untaken() throws {
        let story = try #require(Self.stories.first { $0.name.hasSuffix("nobody takes the transfer up") })
        let diagnosis = try #require(CaptureReplay(Self.file(story)).diagnoses.first { $0.target.port == 69 })
        #expect(diagnosis.mechanism == .silentDrop && diagnosis.confidence == .likely)
        #expect(Set(diagnosis.zones) == [.localIngress, .returnPath])
        #expect(diagnosis.summary.contains("3 times, from another port"), "\(diagnosis.summary)")
    }

    @Test("What is longer than what was answered is said to be")
    func longer() throws {
        let story = try #require(Self.stories.first { $0.name == "a timer that doubles" })
        let diagnosis = try #require(CaptureReplay(Self.file(story)).diagnoses.first)
        #expect(diagnosis.advice.contains { $0.contains("longer than those that were answered") })
    }

    /// pcapng holds 64 bits of time and an offset: pauses of centuries, and times before 1970.
    @Test("Whatever a file says of time, nothing traps", arguments: [UInt64(1), 2, 3, 4])
    func hostileTimes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let edges: [Int64] = [.min, .min + 1, -1, 0, 1, 1 << 32, 3 << 61, .max / 3 * 2, .max - 1, .max]
        for _ in 0..<200 {
            var bytes: [UInt8] = []
            var writer = PcapngWriter(CaptureSection(), to: &bytes)
            let interface = writer.append(
                CaptureInterface(
                    linkType: .rawIP, timestampOffsetSeconds: .random(in: -9_000_000_000...0, using: &random)),
                to: &bytes)
            for index in 0..<12 {
                let datagram = index == 1 ? Self.answer() : Self.ask(UInt16(index % 5 == 4 ? 9_998 : 9_999))
                let (from, to) = (try Self.endpoint(datagram.from), try Self.endpoint(datagram.to))
                let builder = FrameBuilder(.rawIP, from: from.address, to: to.address)
                let frame =
                    index > 8
                    ? builder.tcp(
                        TCPHeader(from: UInt16(40_000 + index), to: 9_999, index == 10 ? [.syn, .ack] : .syn))
                    : builder.udp(from: from.port, to: to.port, payload: [1])
                let at = try #require(edges.randomElement(using: &random))
                writer.append(
                    frame.span, at: CaptureTimestamp(nanosecondsSince1970: at), interface: interface, to: &bytes)
            }
            #expect(try CaptureReplay(bytes).result.digest.packets == 12)
        }
    }

    @Test("A timer that doubles into centuries is one all the same")
    func centuries() throws {
        var bytes: [UInt8] = []
        var writer = PcapngWriter(CaptureSection(), to: &bytes)
        let interface = writer.append(CaptureInterface(linkType: .rawIP), to: &bytes)
        let times: [Int64] = [0, 1, 1 << 59, 3 << 59, 7 << 59, 15 << 59]
        for (index, at) in times.enumerated() {
            let datagram = index == 1 ? Self.answer() : Self.ask()
            let (from, to) = (try Self.endpoint(datagram.from), try Self.endpoint(datagram.to))
            let frame = FrameBuilder(.rawIP, from: from.address, to: to.address)
                .udp(from: from.port, to: to.port, payload: [1])
            writer.append(frame.span, at: CaptureTimestamp(nanosecondsSince1970: at), interface: interface, to: &bytes)
        }
        #expect(try CaptureReplay(bytes).diagnoses.first?.verdict == .interfered)
    }

    private static func endpoint(_ text: String) throws -> Endpoint {
        let parts = text.split(separator: " ")
        let address = try #require(IPAddress(parts[0].filter { $0 != "[" && $0 != "]" }))
        return try Endpoint(address, #require(UInt16(parts[1])))
    }

    /// With a last packet of somebody else, up to which it was observed.
    private static func file(_ story: Story) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .rawIP, to: &bytes)
        var now: Int64 = 1_700_000_000_000
        let end = Datagram("192.0.2.251 7", "192.0.2.250 7", after: story.rest)
        for datagram in story.datagrams + [end] {
            now += datagram.after
            let (from, to) = (try endpoint(datagram.from), try endpoint(datagram.to))
            let source =
                from.address.family == to.address.family ? from.address : .v6(IPv6Address(rawValue: 0xFD00 << 112 | 1))
            let frame = FrameBuilder(.rawIP, from: source, to: to.address)
                .udp(from: from.port, to: to.port, payload: [UInt8](repeating: 0xEE, count: datagram.length))
            writer.append(
                frame.span, at: CaptureTimestamp(nanosecondsSince1970: now * 1_000_000), originalLength: frame.count,
                to: &bytes)
        }
        return bytes
    }
}
