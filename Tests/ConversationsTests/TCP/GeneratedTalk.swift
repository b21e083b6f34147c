import PacketWire
import StallpointTestKit

/// One connection of `GeneratedConversations`: what both ends sent, before the capture's place loses, repeats and
/// reorders it.
struct GeneratedTalk {
    struct End {
        var initial: UInt32
        var next: UInt32
        /// What the other end acknowledged.
        var acknowledged: UInt32
        /// What it received in order.
        var received: UInt32 = 0
        var window: UInt16
        var scale: UInt8?
        var hasFinished = false
        var sent: [(sequence: UInt32, length: Int)] = []
    }

    private var random: SeededGenerator
    var client: End
    var server: End
    private var now: Int64
    private var frames: [GeneratedConversations.Frame] = []
    private let roundTrip: Int64
    private let isMultipath: Bool

    /// - Parameter previous: The initial numbers of the connection before, on the same addresses and ports.
    init(seed: UInt64, start: Int64, previous: (UInt32, UInt32)?) {
        var random = SeededGenerator(seed: seed)
        now = start
        isMultipath = random.chance(12)
        roundTrip = random.pick([0, 20_000, 900_000, 8_000_000, 40_000_000, 250_000_000])
        var ends: [End] = []
        for old in [previous?.0, previous?.1] {
            var initial = UInt32(truncatingIfNeeded: random.next())
            // Close to the wrap, or the number of the connection before.
            if random.chance(4) { initial = 0 &- UInt32(random.below(4_000)) }
            // The number that stands for "none yet", and those that reach it with their first bytes.
            if random.chance(12) { initial = random.pick([0, 0 &- 1, 0 &- 2, 0 &- 101, 0 &- 1_461, 0 &- 2_921]) }
            if let old, random.chance(4) { initial = old }
            let window = random.pick([0, 1, 500, 1_460, 2_920, 8_192, 64_240, 65_535] as [UInt16])
            let scale: UInt8? = random.chance(3) ? nil : random.pick([0, 1, 2, 7, 14, 15])
            ends.append(
                End(initial: initial, next: initial, acknowledged: initial, window: window, scale: scale))
        }
        (client, server) = (ends[0], ends[1])
        self.random = random
    }

    mutating func run() {
        open()
        for _ in 0..<random.below(random.chance(3) ? 60 : 12) { step() }
        if !random.chance(3) { finish() }
        // Nothing forbids that it goes on.
        for _ in 0..<(random.chance(4) ? random.below(8) : 0) { step() }
    }

    // MARK: What the ends do

    private mutating func open() {
        switch random.below(12) {
        case 0:
            // The opening was before the capture.
            client.next &+= 1
            server.next &+= 1
            (client.acknowledged, server.acknowledged) = (client.next, server.next)
            (client.received, server.received) = (server.next, client.next)
        case 1:
            simultaneousOpen()
        case 2:
            for _ in 0...random.below(4) {
                send(true, .syn, sequence: client.initial)
                now += random.pick([1, 1_000, 3_000]) * 1_000_000
            }
            if random.chance(2) { sendReset(false) }
        default:
            let fastOpen = random.chance(10) ? random.below(500) : 0
            send(true, .syn, sequence: client.initial, length: fastOpen)
            if random.chance(10) { send(true, .syn, sequence: client.initial) }
            client.next = client.initial &+ 1 &+ UInt32(fastOpen)
            now += roundTrip / 2
            server.received = client.next
            server.next = server.initial &+ 1
            send(false, [.syn, .ack], sequence: server.initial)
            if random.chance(12) { send(false, [.syn, .ack], sequence: server.initial &+ UInt32(random.below(3))) }
            now += roundTrip / 2
            client.received = server.next
            (client.acknowledged, server.acknowledged) = (client.next, server.next)
            if !random.chance(8) { acknowledge(true) }
        }
    }

    private mutating func simultaneousOpen() {
        send(true, .syn, sequence: client.initial)
        send(false, .syn, sequence: server.initial)
        now += roundTrip
        (client.next, server.next) = (client.initial &+ 1, server.initial &+ 1)
        (client.received, server.received) = (server.next, client.next)
        (client.acknowledged, server.acknowledged) = (client.next, server.next)
        send(true, [.syn, .ack], sequence: client.initial)
        if !random.chance(3) { send(false, [.syn, .ack], sequence: server.initial) }
    }

    private mutating func step() {
        now += random.pick([0, 100, 10_000, 1_000_000, 2_999_999, 3_000_000, 19_999_000, 20_000_000, roundTrip])
        let fromClient = random.chance(2)
        switch random.below(32) {
        case 0..<9: data(fromClient, random.pick([1, 2, 100, 536, 1_460, 1_460, 1_460, 2_920]))
        case 9..<14: acknowledge(fromClient, all: true)
        case 14..<16: acknowledge(fromClient, all: false)
        case 16..<19: resend(fromClient)
        case 19..<22: for _ in 0...random.below(5) { acknowledge(fromClient) }
        case 22: keepAlive(fromClient)
        case 23..<25: fillWindow(fromClient)
        case 25: zeroWindow(fromClient)
        case 26: changeWindow(fromClient)
        case 27: oddity(fromClient)
        case 28: lossAndDuplicates(fromClient)
        case 29: now += Int64(random.below(3_000)) * 1_000_000
        default: data(fromClient, 1 + random.below(1_460))
        }
    }

    private mutating func data(_ fromClient: Bool, _ length: Int) {
        let sequence = self[fromClient].next
        send(fromClient, random.chance(4) ? [.ack, .psh] : .ack, sequence: sequence, length: length)
        self[fromClient].next &+= UInt32(length)
        self[fromClient].sent.append((sequence, length))
        if !random.chance(6) { self[!fromClient].received = self[fromClient].next }
    }

    private mutating func acknowledge(_ fromClient: Bool, all: Bool = false) {
        if all { self[fromClient].received = self[!fromClient].next }
        self[!fromClient].acknowledged = self[fromClient].received
        send(fromClient, .ack, sequence: self[fromClient].next)
    }

    private mutating func resend(_ fromClient: Bool) {
        guard let (sequence, length) = self[fromClient].sent.suffix(6).randomElement(using: &random) else { return }
        let part = random.chance(4) ? 1 + random.below(length) : length
        send(fromClient, .ack, sequence: sequence, length: part)
        if random.chance(3) { acknowledge(!fromClient, all: true) }
    }

    private mutating func keepAlive(_ fromClient: Bool) {
        now += 2_000_000_000
        for _ in 0...random.below(3) {
            send(fromClient, .ack, sequence: self[fromClient].next &- 1, length: random.below(2))
            if !random.chance(3) { send(!fromClient, .ack, sequence: self[!fromClient].next) }
        }
    }

    private mutating func fillWindow(_ fromClient: Bool) {
        let other = self[!fromClient]
        let scale = min(other.scale ?? 0, 14)
        let room = Int(other.window) << (self[fromClient].scale == nil ? 0 : Int(scale))
        guard room > 0, room < 200_000 else { return }
        let base = self[fromClient].acknowledged
        var left = room - Int(self[fromClient].next &- base)
        while left > 0, left < 200_000, !random.chance(20) {
            let length = min(left, 1_460 * (1 + random.below(20)))
            data(fromClient, length)
            left -= length
        }
    }

    private mutating func zeroWindow(_ fromClient: Bool) {
        let window = self[fromClient].window
        self[fromClient].window = 0
        acknowledge(fromClient, all: true)
        for _ in 0..<random.below(4) {
            now += 200_000_000
            let sequence = self[!fromClient].next
            send(!fromClient, .ack, sequence: random.chance(3) ? sequence &- 1 : sequence, length: random.below(2))
            if !random.chance(4) { send(fromClient, .ack, sequence: self[fromClient].next) }
        }
        self[fromClient].window = window
        if !random.chance(4) { send(fromClient, .ack, sequence: self[fromClient].next) }
        if random.chance(2) { data(!fromClient, 1_460) }
    }

    private mutating func changeWindow(_ fromClient: Bool) {
        self[fromClient].window = UInt16(truncatingIfNeeded: random.next())
        send(fromClient, .ack, sequence: self[fromClient].next)
    }

    /// A segment is lost behind the capture or before it; duplicates; sent again.
    private mutating func lossAndDuplicates(_ fromClient: Bool) {
        let lost = self[fromClient].next
        if random.chance(2) { data(fromClient, 1_460) } else { self[fromClient].next &+= 1_460 }
        self[!fromClient].received = lost
        for _ in 0..<(2 + random.below(5)) {
            now += random.pick([0, 10_000, roundTrip / 4])
            let sequence = self[fromClient].next
            send(fromClient, .ack, sequence: sequence, length: 1_460)
            self[fromClient].next &+= 1_460
            send(!fromClient, .ack, sequence: self[!fromClient].next, acknowledgement: lost)
        }
        now += random.pick([0, 1_000_000, 19_999_999, 20_000_000, 20_000_001, roundTrip, 200_000_000])
        send(fromClient, .ack, sequence: lost, length: random.pick([1_460, 1_460, 536]))
        acknowledge(!fromClient, all: true)
    }

    private mutating func finish() {
        let first = random.chance(2)
        switch random.below(6) {
        case 0, 1: sendReset(first)
        case 2:
            fin(first)
            sendReset(!first)
            if random.chance(2) { sendReset(!first) }
        default:
            fin(first)
            acknowledge(!first, all: true)
            if random.chance(2) { data(!first, 100) }
            if !random.chance(4) {
                fin(!first)
                acknowledge(first, all: true)
            }
        }
    }

    private mutating func fin(_ fromClient: Bool) {
        let length = random.chance(3) ? random.below(500) : 0
        let sequence = self[fromClient].next
        send(fromClient, random.chance(15) ? .fin : [.fin, .ack], sequence: sequence, length: length)
        if random.chance(5) { send(fromClient, [.fin, .ack], sequence: sequence, length: length) }
        self[fromClient].next &+= UInt32(length) &+ 1
    }

    private mutating func sendReset(_ fromClient: Bool) {
        let offsets: [UInt32] = [0, 0, 0, 1, 1_000, 0 &- 1, 0x4000_0000]
        let sequence = self[fromClient].next &+ random.pick(offsets)
        let flags: TCPFlags = random.chance(2) ? .rst : [.rst, .ack]
        send(fromClient, flags, sequence: sequence, length: random.chance(8) ? 20 : 0)
    }

    /// Any flags, numbers at the edges of what is expected.
    private mutating func oddity(_ fromClient: Bool) {
        let flags = TCPFlags(rawValue: UInt16(random.below(64)) | (random.chance(3) ? 0 : TCPFlags.ack.rawValue))
        let edges = [
            self[fromClient].next, self[fromClient].acknowledged, self[fromClient].initial, self[!fromClient].next, 0,
        ]
        let around: [UInt32] = [0, 0, 1, 0 &- 1, 1_460, 0 &- 1_460, 0x8000_0000, 0x7FFF_FFFF]
        send(
            fromClient, flags, sequence: random.pick(edges) &+ random.pick(around),
            length: random.pick([0, 0, 1, 2, 900]),
            acknowledgement: random.pick([
                self[fromClient].received, self[!fromClient].next, self[!fromClient].acknowledged, 0,
            ]) &+ random.pick(around))
    }

    // MARK: Frames

    private subscript(_ isClient: Bool) -> End {
        get { isClient ? client : server }
        set { if isClient { client = newValue } else { server = newValue } }
    }

    private mutating func send(
        _ fromClient: Bool, _ flags: TCPFlags, sequence: UInt32, length: Int = 0, acknowledgement: UInt32? = nil
    ) {
        let end = self[fromClient]
        var options = TCPOptions()
        if flags.contains(.syn) {
            options = TCPOptions(
                maximumSegmentSize: 1_460, windowScale: random.chance(20) ? nil : end.scale, sackPermitted: true)
        } else if random.chance(400) {
            options = TCPOptions(windowScale: 3)
        }
        let number = flags.contains(.ack) ? end.received : random.chance(20) ? end.received : 0
        let header = TCPHeader(
            from: 0, to: 0, flags, sequenceNumber: sequence, acknowledgementNumber: acknowledgement ?? number,
            window: end.window, options: options)
        frames.append(
            .init(at: now, header: header, options: moreOptions(flags), fromClient: fromClient, payloadLength: length))
        now += random.pick([0, 1_000, 50_000])
    }

    /// SACK (RFC 2018) and multipath (RFC 8684): they change nothing of what a segment is, or little.
    private mutating func moreOptions(_ flags: TCPFlags) -> [TCPOption] {
        guard flags.contains(.ack), !flags.contains(.syn) else { return [] }
        if random.chance(10) {
            var blocks = SACKBlocks()
            for _ in 0...random.below(3) {
                let left = client.next &+ UInt32(random.below(9_000))
                blocks.append(SACKBlock(left: left, right: left &+ 1_460))
            }
            return [.sack(blocks)]
        }
        guard isMultipath, !random.chance(4) else { return [] }
        // A data acknowledgement, or an address that is offered.
        let data: [UInt8] = random.chance(3) ? [0x34, 1, 192, 0, 2, 1] : [0x20, 0x01, 0, 0, 0, 1]
        return [.multipath(MultipathSubtype(rawValue: data[0] >> 4), data: data)]
    }

    /// What the capture's place makes of it.
    mutating func captured() -> [GeneratedConversations.Frame] {
        let (loss, doubling, delay) =
            (random.pick([0, 0, 40, 8]), random.pick([0, 0, 30]), random.pick([0, 0, 20, 6]))
        // A one-sided capture now and then, and one that began late or ended early.
        let side: Bool? = random.chance(15) ? random.chance(2) : nil
        let skipped = random.chance(8) ? random.below(6) : 0
        var result: [GeneratedConversations.Frame] = []
        for var frame in frames.dropFirst(skipped) where side == nil || side == frame.fromClient {
            if loss > 0, random.chance(loss) { continue }
            if delay > 0, random.chance(delay) { frame.at += Int64(random.below(5_000_000)) }
            result.append(frame)
            if doubling > 0, random.chance(doubling) {
                frame.at += Int64(random.below(2)) * 30_000
                result.append(frame)
            }
        }
        return result.sorted { $0.at < $1.at }
    }
}
