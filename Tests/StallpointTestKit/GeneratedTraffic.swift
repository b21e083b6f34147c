import CaptureFile
public import Conversations
public import PacketWire

/// Conversations of every common kind, between made-up hosts, as a capture file: the same for the same seed.
public struct GeneratedTraffic {
    private var frames: [(at: Int64, order: Int, bytes: [UInt8])] = []
    private var random: SeededGenerator
    private var now: Int64 = 0

    public static func client(_ number: Int) -> IPAddress {
        .v4(IPv4Address(rawValue: 0x0A00_0000 | UInt32(truncatingIfNeeded: number &+ 1) & 0xFF_FFFF))
    }

    public static func server(_ number: Int) -> IPAddress {
        .v4(IPv4Address(rawValue: 0xCB00_7100 &+ UInt32(truncatingIfNeeded: number % 200) &+ 1))
    }

    public init(seed: UInt64, _ make: (inout GeneratedTraffic) -> Void) {
        random = SeededGenerator(seed: seed)
        make(&self)
    }

    /// A mixture: healthy, refused, unanswered, rejected and reset connections, datagrams, and those that only look
    /// healthy.
    public init(seed: UInt64, conversations: Int) {
        self.init(seed: seed) { traffic in
            for number in 0..<conversations {
                let server = Int.random(in: 0..<50, using: &traffic.random)
                switch number % 16 {
                case 10: traffic.proxied(client: number, server: server)
                case 11: traffic.closedAtOnce(client: number, server: server)
                case 12:
                    traffic.late(client: number, server: server, wait: .random(in: 1...2_000, using: &traffic.random))
                case 13: traffic.refusedFromNearer(client: number, server: server)
                case 14: traffic.answeredTwice(client: number, server: server)
                case 15: traffic.refusedLate(client: number, server: server, wait: number % 32 == 15 ? 2 : 950)
                case 0...4: traffic.healthy(client: number, server: server)
                case 5: traffic.refused(client: number, server: server)
                case 6: traffic.unanswered(client: number, server: server)
                case 7: traffic.rejected(client: number, server: server, by: "192.0.2.2")
                case 8: traffic.reset(client: number, server: server)
                default: traffic.datagrams(client: number, server: server)
                }
            }
        }
    }

    public var captureFile: [UInt8] {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .rawIP, to: &bytes)
        for frame in frames.sorted(by: { ($0.at, $0.order) < ($1.at, $1.order) }) {
            writer.append(
                frame.bytes.span,
                at: CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + frame.at), to: &bytes)
        }
        return bytes
    }

    // MARK: One conversation each

    public mutating func healthy(client: Int, server: Int, port: UInt16 = 443) {
        let (there, back, from, sequence, other) = opening(client, server, port)
        add(there.tcp(segment(from, port, .ack, sequence &+ 1, other &+ 1)), after: 20)
        add(there.tcp(segment(from, port, [.ack, .psh], sequence &+ 1, other &+ 1), payload: [1, 2, 3]), after: 21)
        add(back.tcp(segment(port, from, [.ack, .psh], other &+ 1, sequence &+ 4), payload: [4, 5]), after: 40)
        add(there.tcp(segment(from, port, [.fin, .ack], sequence &+ 4, other &+ 3)), after: 41)
        add(back.tcp(segment(port, from, [.fin, .ack], other &+ 3, sequence &+ 5)), after: 60)
        add(there.tcp(segment(from, port, .ack, sequence &+ 5, other &+ 4)), after: 61)
        next()
    }

    public mutating func refused(client: Int, server: Int) {
        let (there, back, from, sequence) = ends(client, server)
        add(there.tcp(segment(from, 8_000, .syn, sequence, 0)), after: 0)
        add(back.tcp(segment(8_000, from, [.rst, .ack], 0, sequence &+ 1)), after: 5)
        next()
    }

    public mutating func unanswered(client: Int, server: Int, after pause: TimeSpan = .milliseconds(10)) {
        let (there, _, from, sequence) = ends(client, server)
        for at in [Int64(0), 1_000, 3_000] { add(there.tcp(segment(from, 9_000, .syn, sequence, 0)), after: at) }
        next(pause)
    }

    public mutating func rejected(client: Int, server: Int, by router: String) {
        let (there, _, from, sequence) = ends(client, server)
        let syn = there.tcp(segment(from, 7_000, .syn, sequence, 0))
        add(syn, after: 0)
        let sender = IPAddress(router) ?? Self.server(0)
        add(
            FrameBuilder(.rawIP, from: sender, to: Self.client(client), timeToLive: 62)
                .icmpError(type: 3, code: 13, quoting: syn), after: 2)
        next()
    }

    public mutating func reset(client: Int, server: Int) {
        let (there, back, from, sequence, other) = opening(client, server, 5_432)
        add(there.tcp(segment(from, 5_432, .ack, sequence &+ 1, other &+ 1)), after: 20)
        add(back.tcp(segment(5_432, from, .rst, other &+ 1, 0)), after: 25)
        next()
    }

    /// Data is lost, and sent again after two seconds.
    public mutating func stalled(client: Int, server: Int) {
        let (there, back, from, sequence, other) = opening(client, server, 443)
        let data = there.tcp(segment(from, 443, [.ack, .psh], sequence &+ 1, other &+ 1), payload: [1, 2, 3])
        add(there.tcp(segment(from, 443, .ack, sequence &+ 1, other &+ 1)), after: 20)
        for at in [Int64(21), 221, 621, 2_021] { add(data, after: at) }
        add(back.tcp(segment(443, from, .ack, other &+ 1, sequence &+ 4)), after: 2_040)
        next()
    }

    /// Somebody answers who takes no data: a SYN proxy, or a tar pit.
    public mutating func proxied(client: Int, server: Int) {
        let (there, back, from, sequence) = ends(client, server)
        add(there.tcp(segment(from, 443, .syn, sequence, 0)), after: 0)
        var answer = segment(443, from, [.syn, .ack], 77, sequence &+ 1)
        answer.window = 0
        add(back.tcp(answer), after: 2)
        add(there.tcp(segment(from, 443, .ack, sequence &+ 1, 78)), after: 3)
        next()
    }

    public mutating func closedAtOnce(client: Int, server: Int) {
        let (there, back, from, sequence, other) = opening(client, server, 25)
        add(there.tcp(segment(from, 25, .ack, sequence &+ 1, other &+ 1)), after: 20)
        add(back.tcp(segment(25, from, [.fin, .ack], other &+ 1, sequence &+ 1)), after: 21)
        add(there.tcp(segment(from, 25, [.fin, .ack], sequence &+ 1, other &+ 2)), after: 22)
        next()
    }

    /// Answered, however long it takes, and to whichever SYN.
    public mutating func late(client: Int, server: Int, wait: Int64) {
        let (there, back, from, sequence) = ends(client, server)
        add(there.tcp(segment(from, 443, .syn, sequence, 0)), after: 0)
        if wait > 1_000 { add(there.tcp(segment(from, 443, .syn, sequence, 0)), after: 1_000) }
        add(back.tcp(segment(443, from, [.syn, .ack], 99, sequence &+ 1)), after: wait)
        add(there.tcp(segment(from, 443, .ack, sequence &+ 1, 100)), after: wait + 1)
        next()
    }

    /// A reset that has passed fewer routers than the same host's other answers.
    public mutating func refusedFromNearer(client: Int, server: Int) {
        let (there, _, from, sequence, other) = opening(client, server, 80)
        add(there.tcp(segment(from, 80, .ack, sequence &+ 1, other &+ 1)), after: 20)
        let near = FrameBuilder(.rawIP, from: Self.server(server), to: Self.client(client), timeToLive: 63)
        add(there.tcp(segment(from &+ 1, 81, .syn, sequence, 0)), after: 30)
        add(near.tcp(segment(81, from &+ 1, [.rst, .ack], 0, sequence &+ 1)), after: 31)
        next()
    }

    /// Two hosts with one address.
    public mutating func answeredTwice(client: Int, server: Int) {
        let (there, back, from, sequence, other) = opening(client, server, 443)
        add(back.tcp(segment(443, from, [.syn, .ack], other &+ 9_999, sequence &+ 1)), after: 20)
        add(there.tcp(segment(from, 443, .ack, sequence &+ 1, other &+ 1)), after: 21)
        next()
    }

    /// Host unreachable: at once from a router without a route, or when nobody answered its ARP.
    public mutating func refusedLate(client: Int, server: Int, wait: Int64) {
        let (there, _, from, sequence) = ends(client, server)
        let syn = there.tcp(segment(from, 7_001, .syn, sequence, 0))
        add(syn, after: 0)
        add(
            FrameBuilder(.rawIP, from: Self.server(199), to: Self.client(client), timeToLive: 62)
                .icmpError(type: 3, code: 1, quoting: syn), after: wait)
        next()
    }

    public mutating func datagrams(client: Int, server: Int) {
        let (there, back, from, _) = ends(client, server)
        add(there.udp(from: from, to: 53, payload: [1, 2, 3, 4]), after: 0)
        add(back.udp(from: 53, to: from, payload: [1, 2, 3, 4, 5]), after: 4)
        next()
    }

    // MARK: Their parts

    private mutating func ends(_ client: Int, _ server: Int) -> (FrameBuilder, FrameBuilder, UInt16, UInt32) {
        let there = FrameBuilder(.rawIP, from: Self.client(client), to: Self.server(server), timeToLive: 64)
        let back = FrameBuilder(.rawIP, from: Self.server(server), to: Self.client(client), timeToLive: 61)
        return (
            there, back, UInt16.random(in: 32_768...60_000, using: &random),
            UInt32.random(in: 0 ... .max, using: &random)
        )
    }

    private mutating func opening(
        _ client: Int, _ server: Int, _ port: UInt16
    ) -> (FrameBuilder, FrameBuilder, UInt16, UInt32, UInt32) {
        let (there, back, from, sequence) = ends(client, server)
        let other = UInt32.random(in: 0 ... .max, using: &random)
        add(there.tcp(segment(from, port, .syn, sequence, 0)), after: 0)
        add(back.tcp(segment(port, from, [.syn, .ack], other, sequence &+ 1)), after: 19)
        return (there, back, from, sequence, other)
    }

    private func segment(
        _ from: UInt16, _ to: UInt16, _ flags: TCPFlags, _ sequence: UInt32, _ acknowledgement: UInt32
    ) -> TCPHeader {
        TCPHeader(
            from: from, to: to, flags, sequenceNumber: sequence, acknowledgementNumber: acknowledgement,
            options: flags.contains(.syn) ? TCPOptions(maximumSegmentSize: 1_460, windowScale: 7) : TCPOptions())
    }

    public mutating func add(_ bytes: [UInt8], after milliseconds: Int64) {
        frames.append((now + milliseconds * 1_000_000, frames.count, bytes))
    }

    private mutating func next(_ pause: TimeSpan = .milliseconds(10)) { now += pause.nanoseconds }
}
