public import Conversations
public import Diagnosis
public import PacketWire
public import Probing

/// Runs a probe over a simulated path on a virtual clock, and keeps what a driver would have seen.
public struct Simulation {
    public var path: SimulatedPath
    public var settings = ProbeSettings()
    /// With a capture beside the sockets.
    public var hasWire = true
    /// Whether a ladder gets room.
    public var grantsLadder = true

    public init(_ path: SimulatedPath) {
        self.path = path
    }

    public struct Result {
        public var facts: Facts
        public var diagnosis: TargetDiagnosis
        public var elapsed: TimeSpan
        /// Packets sent, the kernel's retransmissions included.
        public var packets: Int
    }

    /// Every ladder is one flow, whose answers only the capture sees.
    public var usesOneFlow: Bool {
        get { settings.usesOneFlow }
        set { settings.usesOneFlow = newValue }
    }

    private enum Event {
        case probe(ProbeEvent)
        case packet(SeenPacket, attempt: Int)
    }

    /// Probes the path's host on a port.
    public func probe(_ transport: Transport = .tcp, _ port: UInt16) -> Result {
        let target = Target(
            input: "test", host: path.host.description, address: path.host, port: port, transport: transport)
        var facts = Facts(
            target: target, witnesses: hasWire ? [.socket, .wire, .path, .kernel] : [.socket, .path, .kernel])
        facts.route = RouteFact(kind: .unicast, source: path.local, gateway: path.routers.first, interface: "veth0")
        var probe = TargetProbe(facts: facts, settings: settings)
        var queue: [(at: Instant, order: Int, event: Event)] = []
        var order = 0
        var frame = 0
        var packets = 0
        var now = Instant.zero
        func schedule(_ event: Event, at: Instant) {
            order += 1
            queue.append((at, order, event))
        }
        func perform(_ actions: [ProbeAction]) {
            for action in actions {
                switch action {
                case .open(let attempt):
                    if !attempt.sharesPort { probe.amend { $0.attempts[attempt.attempt].socket = SocketOutcome() } }
                    packets += start(attempt, at: now, schedule)
                case .resend:
                    packets += 1
                case .wake(let at):
                    schedule(.probe(.time), at: at)
                case .requestLadder:
                    schedule(.probe(.ladder(granted: grantsLadder, sharesControl: false)), at: now)
                case .close, .finish:
                    break
                }
            }
        }
        perform(probe.begin(at: now))
        while !probe.isFinished, !queue.isEmpty {
            let next = queue.indices.min { (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order) }!
            let (at, _, event) = queue.remove(at: next)
            now = max(now, at)
            switch event {
            case .probe(let event): perform(probe.handle(event, at: now))
            case .packet(var packet, let attempt):
                frame += 1
                packet.frame = frame
                perform(probe.note(packet, attempt: attempt))
            }
        }
        return Result(
            facts: probe.facts, diagnosis: probe.facts.diagnose(), elapsed: now - .zero, packets: packets)
    }

    /// Plays one attempt; returns how many packets it sends.
    private func start(_ order: AttemptOrder, at now: Instant, _ schedule: (Event, Instant) -> Void) -> Int {
        let fate = path.fate(of: order.kind, timeToLive: order.timeToLive, at: now)
        let port = order.sharesPort ? order.purpose.isControl ? 39_999 : 39_998 : 40_000 + order.attempt
        let local = Endpoint(path.local, UInt16(truncatingIfNeeded: port))
        let answeredAt = now + fate.after
        func see(_ kind: SeenPacket.Kind, at: Instant, from: IPAddress?, distance: Int) {
            guard hasWire else { return }
            let hops = max(0, distance - 1)
            let timeToLive = from == nil ? UInt8(clamping: order.timeToLive ?? 64) : UInt8(clamping: 64 - hops)
            schedule(
                .packet(
                    SeenPacket(
                        frame: 0, at: at, fromInitiator: from == nil, source: from ?? path.local,
                        timeToLive: timeToLive, identification: nil, kind: kind), attempt: order.attempt), at)
        }
        let answered = fate.answer != .none && !fate.lostAtHome
        // A socket that is given up at once repeats nothing.
        let tries: [Int64] = answered || order.sharesPort ? [0] : [0, 1_000, 2_000]
        if fate.left {
            for delay in tries {
                see(sent(order.kind, local, retry: delay), at: now + .milliseconds(delay), from: nil, distance: 0)
            }
        }
        var outcome = SocketOutcome(state: .pending, at: answeredAt)
        let distance = path.routers.count + 1
        switch fate.answer {
        case .none:
            return tries.count
        case .connected(let behaviour):
            see(answer(order.kind, local), at: answeredAt, from: path.host, distance: distance)
            outcome.state = .connected
            outcome.answerTimeToLive = order.kind.isTCP ? nil : UInt8(clamping: 64 - path.routers.count)
            if behaviour != .holds, !fate.lostAtHome {
                schedule(.probe(.outcome(attempt: order.attempt, outcome)), answeredAt)
            }
            switch behaviour {
            case .holds: break
            case .closesAtOnce: outcome.aftermath = .closed(at: answeredAt + .milliseconds(1), bytesBefore: 0)
            case .resetsAtOnce:
                outcome.aftermath = .reset(
                    at: answeredAt + .milliseconds(1), SocketError(linux: 104), bytesBefore: 0)
            }
        case .reset(let distance):
            see(reset(order.kind, local), at: answeredAt, from: path.host, distance: distance)
            outcome.state = .failed(SocketError(linux: 111), atOnce: false)
        case .icmp(let error, let sender, let distance):
            see(.icmpError(error, mtu: nil, quotedTimeToLive: 1), at: answeredAt, from: sender, distance: distance)
            outcome.state = .failed(SocketError(linux: 113), atOnce: false)
            outcome.notices = [
                ICMPNotice(
                    error: error, sender: sender, timeToLive: UInt8(clamping: 64 - max(0, distance - 1)), at: answeredAt
                )
            ]
        case .failed(let errno):
            outcome.state = .failed(SocketError(linux: errno), atOnce: true)
        }
        if !fate.lostAtHome, !order.sharesPort {
            schedule(
                .probe(.outcome(attempt: order.attempt, outcome)),
                outcome.aftermath == nil ? answeredAt : answeredAt + .milliseconds(1))
        }
        return tries.count
    }

    private func header(_ local: Endpoint, _ port: UInt16, _ flags: TCPFlags, out: Bool) -> TCPHeader {
        TCPHeader(
            from: out ? local.port : port, to: out ? port : local.port, flags, sequenceNumber: out ? 1_000 : 5_000,
            acknowledgementNumber: out ? 0 : 1_001)
    }

    private func sent(_ kind: Attempt.Kind, _ local: Endpoint, retry: Int64) -> SeenPacket.Kind {
        switch kind {
        case .tcp(let port): .tcp(header(local, port, .syn, out: true), payloadLength: 0)
        case .udp: .udp(payloadLength: 8)
        case .echo: .echoRequest
        }
    }

    private func answer(_ kind: Attempt.Kind, _ local: Endpoint) -> SeenPacket.Kind {
        switch kind {
        case .tcp(let port): .tcp(header(local, port, [.syn, .ack], out: false), payloadLength: 0)
        case .udp: .udp(payloadLength: 8)
        case .echo: .echoReply
        }
    }

    private func reset(_ kind: Attempt.Kind, _ local: Endpoint) -> SeenPacket.Kind {
        guard case .tcp(let port) = kind else { return .echoReply }
        return .tcp(header(local, port, [.rst, .ack], out: false), payloadLength: 0)
    }
}

extension Attempt.Kind {
    var isTCP: Bool {
        if case .tcp = self { true } else { false }
    }
}
