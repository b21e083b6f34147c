import PacketWire

/// Conversations of all kinds at the same time: a thousand begin in a second, and some two thousand are open.
struct MixedTraffic {
    private struct Conversation {
        var kind: Int
        var step = 0
        var isIPv6: Bool
        var client: UInt128
        var server: UInt128
        var clientPort: UInt16
        var serverPort: UInt16
        /// The initial numbers of the two ends; of a lookup the first is its identifier.
        var clientStart: UInt32
        var serverStart: UInt32
        var halfRoundTrip: UInt64
        var router: UInt128
        var name: Int
        /// What each end's clock showed in its last packet.
        var clientClock: UInt32 = 0
        var serverClock: UInt32 = 0
    }

    private static let between = 1_000_000

    private var numbers: SeededNumbers
    private var hosts: Hosts
    private var frames = (v4: FrameSet(.v4), v6: FrameSet(.v6))
    private var schedule = Schedule()
    private var conversations: [Conversation] = []
    private var free: [Int] = []
    /// The kinds of the next conversations, in any order.
    private var block: [Int] = []

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
        hosts = Hosts(&numbers)
    }

    /// Writes whole blocks of `Mix`, every conversation to its end.
    mutating func write(conversations count: Int, to file: inout CaptureOutput) throws -> WrittenCapture {
        var left = count
        var start: UInt64 = 0
        while true {
            if left > 0, start <= schedule.next?.at ?? .max {
                begin(at: start)
                left -= 1
                start += UInt64(numbers.below(2 * Self.between))
                // The last one comes when all others have ended: that nobody answers is known when it can be.
                if left == 1 { start += 60_000_000_000 }
            } else if let turn = schedule.next {
                try packet(of: turn, to: &file)
            } else {
                return Mix.written(conversations: count)
            }
        }
    }

    // MARK: Conversations

    private mutating func begin(at time: UInt64) {
        if block.isEmpty {
            for (index, kind) in Mix.kinds.enumerated() { block += repeatElement(index, count: kind.count) }
            block.shuffle(using: &numbers)
            // The last one of all is one that works.
            if let healthy = block.firstIndex(of: 0) { block.swapAt(0, healthy) }
        }
        let kind = block.removeLast()
        let client = numbers.below(Hosts.clients)
        var isIPv6 = numbers.below(100) < 15
        var server = numbers.below(Hosts.servers - Hosts.resolvers)
        var port: UInt16 = server % 3 == 0 ? 8080 : 80
        var router = 0
        switch Mix.kinds[kind].destination {
        case .any: break
        case .resolver:
            server = Hosts.servers - Hosts.resolvers + numbers.below(Hosts.resolvers)
            port = 53
        case .failing(let failing):
            let place = numbers.below(failing.places)
            // A place is of one family.
            isIPv6 = place % 6 == 5
            server = failing.rawValue * 60 + place
            port = failing.port
            router = place % 3
        }
        let one = Conversation(
            kind: kind, isIPv6: isIPv6, client: Hosts.client(client, isIPv6: isIPv6),
            server: Hosts.server(server, isIPv6: isIPv6), clientPort: hosts.nextPort(of: client), serverPort: port,
            clientStart: UInt32(truncatingIfNeeded: numbers.next()),
            serverStart: UInt32(truncatingIfNeeded: numbers.next()),
            halfRoundTrip: UInt64(100_000 + numbers.below(15_000_000)), router: Hosts.router(router, isIPv6: isIPv6),
            name: numbers.below(FrameSet.names))
        let position: Int
        if let place = free.popLast() {
            position = place
            conversations[place] = one
        } else {
            position = conversations.count
            conversations.append(one)
        }
        schedule.add(Schedule.Turn(at: time, conversation: position))
    }

    private mutating func packet(of turn: Schedule.Turn, to file: inout CaptureOutput) throws {
        let position = turn.conversation
        var one = conversations[position]
        let steps = Mix.kinds[one.kind].script.steps
        try write(steps[one.step], of: &one, at: turn.at, to: &file)
        one.step += 1
        guard one.step < steps.count else {
            free.append(position)
            return schedule.replaceNext(at: nil)
        }
        let gap = steps[one.step].gap
        let jitter = gap.jitter > 0 ? UInt64(numbers.below(gap.jitter)) : 0
        schedule.replaceNext(at: turn.at + gap.halfRoundTrips * one.halfRoundTrip + gap.nanoseconds + jitter)
        conversations[position] = one
    }

    // MARK: Packets

    private mutating func write(
        _ step: Script.Step, of one: inout Conversation, at time: UInt64, to file: inout CaptureOutput
    ) throws {
        let milliseconds = UInt32(truncatingIfNeeded: time / 1_000_000)
        let isFromClient = step.isFromClient
        var fields = FrameFields(
            source: isFromClient ? one.client : one.server, destination: isFromClient ? one.server : one.client)
        fields.sourcePort = isFromClient ? one.clientPort : one.serverPort
        fields.destinationPort = isFromClient ? one.serverPort : one.clientPort
        fields.identification = UInt16(truncatingIfNeeded: one.clientStart) &+ UInt16(one.step)
        fields.sequence = step.sequence &+ (isFromClient ? one.clientStart : one.serverStart)
        fields.acknowledgement = step.acknowledgement &+ (isFromClient ? one.serverStart : one.clientStart)
        fields.clock = milliseconds &+ (isFromClient ? one.clientStart : one.serverStart)
        fields.echo = isFromClient ? one.serverClock : one.clientClock
        if isFromClient { one.clientClock = fields.clock } else { one.serverClock = fields.clock }
        switch step.frame {
        case .syn:
            fields.acknowledgement = 0
            fields.echo = 0
        case .reset: fields.sequence = 0
        case .response: fields.sequence = one.clientStart
        default: break
        }
        if step.frame == .prohibition {
            return try writeProhibition(of: one, fields, at: time, to: &file)
        }
        try withFrames(isIPv6: one.isIPv6) { frames in
            try frames.withPacket(step.frame, isFromClient: isFromClient, name: one.name, fields) {
                try file.append($0, at: time)
            }
        }
    }

    private mutating func writeProhibition(
        of one: Conversation, _ fields: FrameFields, at time: UInt64, to file: inout CaptureOutput
    ) throws {
        var syn = FrameFields(source: one.client, destination: one.server)
        syn.sourcePort = one.clientPort
        syn.destinationPort = one.serverPort
        syn.identification = UInt16(truncatingIfNeeded: one.clientStart)
        syn.sequence = one.clientStart
        syn.clock = one.clientClock
        var fields = fields
        fields.source = one.router
        try withFrames(isIPv6: one.isIPv6) { frames in
            try frames.withProhibition(fields, of: syn) { try file.append($0, at: time) }
        }
    }

    private mutating func withFrames(isIPv6: Bool, _ body: (inout FrameSet) throws -> Void) rethrows {
        if isIPv6 { try body(&frames.v6) } else { try body(&frames.v4) }
    }
}
