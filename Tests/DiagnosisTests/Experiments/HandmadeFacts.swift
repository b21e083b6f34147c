import Conversations
import Diagnosis
import PacketWire

/// Facts put together by hand, one attempt after the other: what each sent, and what the socket and the wire saw.
///
/// Three routers lead to the host, whose packets arrive with a TTL of 61.
struct HandmadeFacts {
    static let local = IPAddress("198.51.100.2")!
    static let other = IPAddress("198.51.100.3")!
    static let routers = ["198.51.100.1", "192.0.2.2", "192.0.2.6"].map { IPAddress($0)! }
    static let host = IPAddress("203.0.113.10")!
    static let target = Attempt.Kind.tcp(port: 5432)
    static let web = Attempt.Kind.tcp(port: 443)

    /// What came back for one attempt, so many milliseconds after its begin.
    enum Reply: Hashable {
        case synAck(_ timeToLive: UInt8 = 61, after: Int64 = 8, number: UInt32 = 5_000, window: UInt16 = 64_240)
        /// A SYN-ACK, or a bare ACK, with a number of another connection.
        case stray(_ flags: TCPFlags, after: Int64 = 8)
        /// A segment of the open connection.
        case segment(_ timeToLive: UInt8, after: Int64, window: UInt16 = 64_240)
        case reset(_ timeToLive: UInt8 = 61, after: Int64 = 8)
        case icmp(_ type: UInt8, _ code: UInt8, from: IPAddress, timeToLive: UInt8 = 63, after: Int64 = 4)
        case echo(_ timeToLive: UInt8 = 61, after: Int64 = 8)
        /// A datagram.
        case datagram(after: Int64 = 8)
        /// This machine's own reset.
        case ownReset(after: Int64)
    }

    var facts: Facts
    private var frame = 0
    private var port: UInt16 = 40_000

    init(_ transport: Transport = .tcp, hasWire: Bool = true) {
        let target = Target(
            input: "test", host: "\(Self.host)", address: Self.host, port: 5432, transport: transport)
        facts = Facts(target: target, witnesses: hasWire ? [.socket, .wire, .path] : [.socket, .path])
        facts.route = RouteFact(kind: .unicast, source: Self.local, gateway: Self.routers[0], interface: "eth0")
        facts.observedUntil = .zero + .seconds(5)
    }

    /// One attempt; its socket's end is that of the first reply which decides.
    ///
    /// - Parameters:
    ///   - sends: how many SYNs left, a second apart.
    ///   - flags: those of each SYN in turn; the last one counts for the rest.
    @discardableResult
    mutating func add(
        _ purpose: Attempt.Purpose, to kind: Attempt.Kind = target, at start: Int64 = 0, from port: UInt16? = nil,
        source: IPAddress = local, sends: Int = 1, flags: [TCPFlags] = [.syn], _ replies: Reply...
    ) -> Self {
        add(
            purpose, to: kind, at: start, from: port, source: source, sends: sends, flags: flags, replies: replies)
        return self
    }

    mutating func add(
        _ purpose: Attempt.Purpose, to kind: Attempt.Kind = target, at start: Int64 = 0, from port: UInt16? = nil,
        source: IPAddress = local, sends: Int = 1, flags: [TCPFlags] = [.syn], replies: [Reply]
    ) {
        self.port += 2
        let begin = Instant.zero + .milliseconds(start)
        var attempt = Attempt(purpose: purpose, kind: kind, remote: Self.host, startedAt: begin)
        facts.observedUntil = max(facts.observedUntil, begin + .seconds(5))
        attempt.local = Endpoint(source, port ?? self.port)
        var outcome = SocketOutcome()
        outcome.retransmissions = sends - 1
        for number in 0..<sends {
            let header = TCPHeader(
                from: port ?? self.port, to: kind.port ?? 0, flags[min(number, flags.count - 1)],
                sequenceNumber: 1_000)
            see(
                kind.transport == .tcp
                    ? .tcp(header, payloadLength: 0) : kind == .echo ? .echoRequest : .udp(payloadLength: 8),
                at: begin + .seconds(Int64(number)), out: true, UInt8(clamping: purpose.timeToLive ?? 64),
                from: source, &attempt)
        }
        for reply in replies.sorted(by: { $0.after < $1.after }) {
            take(reply, begin + .milliseconds(reply.after), kind, &attempt, &outcome)
        }
        attempt.socket = outcome
        attempt.packets.sort { $0.at < $1.at }
        if !facts.witnesses.contains(.wire) { attempt.packets = [] }
        facts.attempts.append(attempt)
    }

    /// The first attempt's SYN-ACK is acknowledged, though something else came before it.
    mutating func acknowledge() {
        guard let answer = facts.attempts[0].packets.first(where: { $0.tcp?.flags == [.syn, .ack] }),
            let header = answer.tcp
        else { return }
        let ack = TCPHeader(
            from: header.destinationPort, to: header.sourcePort, .ack, sequenceNumber: 1_001,
            acknowledgementNumber: header.sequenceNumber &+ 1)
        var attempt = facts.attempts[0]
        see(.tcp(ack, payloadLength: 0), at: answer.at + .milliseconds(1), out: true, 64, from: Self.local, &attempt)
        facts.attempts[0] = attempt
    }

    private mutating func take(
        _ reply: Reply, _ at: Instant, _ kind: Attempt.Kind, _ attempt: inout Attempt, _ outcome: inout SocketOutcome
    ) {
        func header(_ flags: TCPFlags, number: UInt32 = 5_000, acknowledges: UInt32 = 1_001, window: UInt16 = 64_240)
            -> SeenPacket.Kind
        {
            .tcp(
                TCPHeader(
                    from: kind.port ?? 0, to: attempt.local?.port ?? 0, flags, sequenceNumber: number,
                    acknowledgementNumber: acknowledges, window: window), payloadLength: 0)
        }
        let isOpen = outcome.state == .pending
        switch reply {
        case .synAck(let timeToLive, _, let number, let window):
            see(header([.syn, .ack], number: number, window: window), at: at, out: false, timeToLive, &attempt)
            guard isOpen else { return }
            (outcome.state, outcome.at) = (.connected, at)
            let ack = TCPHeader(
                from: attempt.local?.port ?? 0, to: kind.port ?? 0, .ack, sequenceNumber: 1_001,
                acknowledgementNumber: number &+ 1)
            see(
                .tcp(ack, payloadLength: 0), at: at + .milliseconds(1), out: true, 64,
                from: attempt.local?.address ?? Self.local, &attempt)
        case .stray(let flags, _):
            see(header(flags, acknowledges: 77), at: at, out: false, 61, &attempt)
        case .segment(let timeToLive, _, let window):
            see(header(.ack, number: 5_001, window: window), at: at, out: false, timeToLive, &attempt)
        case .reset(let timeToLive, _):
            see(header([.rst, .ack]), at: at, out: false, timeToLive, &attempt)
            if isOpen { (outcome.state, outcome.at) = (.failed(SocketError(linux: 111), atOnce: false), at) }
        case .icmp(let type, let code, let sender, let timeToLive, _):
            let error = ICMPError(family: .v4, type: type, code: code)
            see(
                .icmpError(error, mtu: nil, quotedTimeToLive: 1), at: at, out: false, timeToLive, from: sender, &attempt
            )
            outcome.notices.append(ICMPNotice(error: error, sender: sender, timeToLive: timeToLive, at: at))
            if isOpen, error.isFatalToAttempt {
                (outcome.state, outcome.at) = (.failed(SocketError(linux: 113), atOnce: false), at)
            }
        case .echo(let timeToLive, _):
            see(.echoReply, at: at, out: false, timeToLive, &attempt)
            (outcome.state, outcome.at, outcome.answerTimeToLive) = (.connected, at, timeToLive)
        case .datagram:
            see(.udp(payloadLength: 8), at: at, out: false, 61, &attempt)
            (outcome.state, outcome.at) = (.connected, at)
        case .ownReset:
            let reset = TCPHeader(
                from: attempt.local?.port ?? 0, to: kind.port ?? 0, .rst, sequenceNumber: 1_001)
            see(.tcp(reset, payloadLength: 0), at: at, out: true, 64, from: Self.local, &attempt)
        }
    }

    private mutating func see(
        _ kind: SeenPacket.Kind, at: Instant, out: Bool, _ timeToLive: UInt8, from: IPAddress = host,
        _ attempt: inout Attempt
    ) {
        frame += 1
        attempt.packets.append(
            SeenPacket(
                frame: frame, at: at, fromInitiator: out, source: from, timeToLive: timeToLive, identification: nil,
                kind: kind))
    }
}

extension HandmadeFacts.Reply {
    var after: Int64 {
        switch self {
        case .synAck(_, let after, _, _), .stray(_, let after), .segment(_, let after, _), .reset(_, let after),
            .icmp(_, _, _, _, let after), .echo(_, let after), .datagram(let after), .ownReset(let after):
            after
        }
    }
}

extension HandmadeFacts {
    /// The same as a file has it: packets, and no socket that was ours.
    var offline: Facts {
        var facts = facts
        facts.isOffline = true
        facts.witnesses = [.wire]
        for index in facts.attempts.indices { facts.attempts[index].socket = nil }
        return facts
    }

    /// A silent attempt of three SYNs.
    static func silent(hasWire: Bool = true) -> HandmadeFacts {
        var made = HandmadeFacts(hasWire: hasWire)
        made.add(.primary, sends: 3)
        return made
    }

    /// A silent attempt beside an open port of the same host.
    static func blocked(hasWire: Bool = true) -> HandmadeFacts {
        var made = silent(hasWire: hasWire)
        made.add(.control, to: web, at: 350, .synAck())
        return made
    }

    /// An attempt that is answered at once.
    static func answered(_ reply: Reply = .synAck(), hasWire: Bool = true) -> HandmadeFacts {
        var made = HandmadeFacts(hasWire: hasWire)
        made.add(.primary, reply)
        return made
    }

    /// A burst from ports 41000, 41002, …: which of them are answered.
    mutating func burst(_ answered: [Bool], round: Int = 1, at start: Int64 = 550, apart: Int64 = 8) {
        for (index, isAnswered) in answered.enumerated() {
            let at = start + Int64(index) * apart
            let port = 41_000 + 2 * UInt16(index)
            if isAnswered {
                add(.experiment(.sourcePort(round: round)), at: at, from: port, .synAck())
            } else {
                add(.experiment(.sourcePort(round: round)), at: at, from: port)
            }
        }
    }

    /// A second burst, from ports 42000, 42002, …
    mutating func burstAgain(_ answered: [Bool], at start: Int64 = 7_000) {
        for (index, isAnswered) in answered.enumerated() {
            let at = start + Int64(index) * 8
            let port = 42_000 + 2 * UInt16(index)
            if isAnswered {
                add(.experiment(.burstAgain), at: at, from: port, .synAck())
            } else {
                add(.experiment(.burstAgain), at: at, from: port)
            }
        }
    }

    /// Slow tries, one a second.
    mutating func paced(_ answered: [Bool], at start: Int64 = 2_000) {
        for (index, isAnswered) in answered.enumerated() {
            let at = start + Int64(index) * 1_050
            if isAnswered { add(.experiment(.paced), at: at, .synAck()) } else { add(.experiment(.paced), at: at) }
        }
    }
}
