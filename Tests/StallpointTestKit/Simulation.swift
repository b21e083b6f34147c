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
    /// What the process may do beyond opening sockets.
    public var circumstances = ProbeCircumstances()
    /// Everything after the SYN is lost on the way there.
    public var isEndUnheard = false
    /// What is to be said behind the handshake, and what comes of it after how long; nil for nothing, ever.
    public var request: ApplicationRequest?
    public var dialogue: (facts: ApplicationFacts, after: TimeSpan)?
    /// The far end's TCP takes nothing of it.
    public var isUnheard = false
    /// What comes of another hello, at once; nil is silence.
    public var hello: @Sendable (HelloVariant) -> TLSFact? = { _ in nil }
    /// The port that a person wants the first attempt, and its ladder, to leave from.
    public var sourcePort: UInt16?
    /// A port of the host that another target of the run found open, before this one begins.
    public var learnedPort: UInt16?
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

    /// The path is walked in rounds besides.
    public var trace: TraceSettings?

    private enum Event {
        case probe(ProbeEvent)
        case packet(SeenPacket, attempt: Int)
        /// The packet of an attempt leaves for the so-many-eth time.
        case transmit(AttemptOrder, number: Int)
    }

    /// What has been going on: one run's state.
    private struct Run {
        var probe: any TargetPlan
        var queue: [(at: Instant, order: Int, event: Event)] = []
        var order = 0
        var frame = 0
        var packets = 0
        var now = Instant.zero
        /// Attempts that are open and have no outcome yet.
        var open: [Int: Endpoint] = [:]
        /// When SYNs that got through left, by kind.
        var history: [Attempt.Kind: [Instant]] = [:]
        /// How often the packet of each attempt has left.
        var sent: [Int: Int] = [:]

        /// The kernel's count of what it has sent again, as it is when the socket is asked.
        func counted(_ event: ProbeEvent) -> ProbeEvent {
            guard case .outcome(let attempt, var outcome) = event, outcome.isEndAcknowledged == nil else {
                return event
            }
            outcome.retransmissions = max(outcome.retransmissions, (sent[attempt] ?? 1) - 1)
            return .outcome(attempt: attempt, outcome)
        }

        mutating func schedule(_ event: Event, at: Instant) {
            order += 1
            queue.append((at, order, event))
        }
    }

    /// Probes the path's host on a port.
    public func probe(_ transport: Transport = .tcp, _ port: UInt16) -> Result {
        let target = Target(
            input: "test", host: path.host.description, address: path.host, port: port, transport: transport)
        var facts = Facts(
            target: target, witnesses: hasWire ? [.socket, .wire, .path, .kernel] : [.socket, .path, .kernel])
        facts.request = request
        facts.sourcePort = sourcePort
        facts.route = RouteFact(kind: .unicast, source: path.local, gateway: path.routers.first, interface: "veth0")
        var plan = TargetProbe(facts: facts, settings: settings, circumstances: circumstances)
        if let learnedPort { plan.learn(openPort: learnedPort) }
        var run = Run(probe: trace.map { TraceProbe(plan, settings: $0) } ?? plan)
        perform(run.probe.begin(at: run.now), &run)
        while !run.probe.isFinished, !run.queue.isEmpty {
            let next = run.queue.indices.min {
                (run.queue[$0].at, run.queue[$0].order) < (run.queue[$1].at, run.queue[$1].order)
            }!
            let (at, _, event) = run.queue.remove(at: next)
            run.now = max(run.now, at)
            switch event {
            case .probe(let event):
                if case .outcome(let attempt, let outcome) = event {
                    // A closed socket says nothing any more, and a connected one is not connected again.
                    guard run.open[attempt] != nil else { continue }
                    if outcome.state == .connected, outcome.aftermath == nil, outcome.isEndAcknowledged == nil,
                        run.probe.facts.attempts[attempt].socket?.state == .connected
                    {
                        continue
                    }
                    if outcome.state != .pending, outcome.state != .connected { run.open[attempt] = nil }
                }
                perform(run.probe.handle(run.counted(event), at: run.now), &run)
            case .packet(var packet, let attempt):
                run.frame += 1
                packet.frame = run.frame
                perform(run.probe.note(packet, attempt: attempt), &run)
            case .transmit(let order, let number):
                transmit(order, number, &run)
            }
        }
        return Result(
            facts: run.probe.facts, diagnosis: run.probe.facts.diagnose(), elapsed: run.now - .zero,
            packets: run.packets)
    }

    private func perform(_ actions: [ProbeAction], _ run: inout Run) {
        for action in actions {
            switch action {
            case .open(let order):
                let port = order.sharesPort ? order.purpose.isControl ? 39_999 : 39_998 : 40_000 + 2 * order.attempt
                let local = Endpoint(
                    order.source ?? path.local, order.sourcePort ?? UInt16(truncatingIfNeeded: port))
                run.open[order.attempt] = local
                run.probe.note(local: local, attempt: order.attempt)
                if !order.isSocketless {
                    run.probe.amend { $0.attempts[order.attempt].socket = SocketOutcome() }
                }
                transmit(order, 0, &run)
            case .resend:
                run.packets += 1
            case .close(let attempt):
                run.open[attempt] = nil
            case .end(let attempt):
                run.packets += 1
                run.probe.amend { $0.attempts[attempt].socket?.isEndAcknowledged = false }
            case .inspect(let attempt):
                guard !isEndUnheard, var outcome = run.probe.facts.attempts[attempt].socket else { continue }
                outcome.isEndAcknowledged = true
                run.schedule(.probe(.outcome(attempt: attempt, outcome)), at: run.now)
            case .converse(let attempt) where attempt > 0:
                guard case .experiment(.hello(let variant)) = run.probe.facts.attempts[attempt].purpose,
                    let tls = hello(variant)
                else { continue }
                var facts = ApplicationFacts()
                facts.tls = tls
                run.schedule(.probe(.heard(attempt: attempt, facts)), at: run.now)
            case .converse(let attempt):
                guard let dialogue else { continue }
                run.probe.amend { $0.attempts[attempt].socket?.bytesReceived = 1 }
                run.schedule(.probe(.conversed(dialogue.facts)), at: run.now + dialogue.after)
            case .stopConversing(let attempt) where attempt > 0:
                var facts = ApplicationFacts()
                facts.tls = TLSFact(serverName: nil, sentAt: run.now)
                run.schedule(.probe(.heard(attempt: attempt, facts)), at: run.now)
            case .stopUnheard:
                guard isUnheard else { continue }
                run.schedule(.probe(.conversed(ApplicationFacts())), at: run.now)
            case .stopConversing:
                run.schedule(.probe(.conversed(ApplicationFacts())), at: run.now)
            case .wake(let at):
                run.schedule(.probe(.time), at: at)
            case .requestLadder:
                run.schedule(.probe(.ladder(granted: grantsLadder, sharesControl: false)), at: run.now)
            case .finish:
                break
            }
        }
    }

    /// One packet leaves; the kernel sends it again a second later while nothing has come of it.
    private func transmit(_ order: AttemptOrder, _ number: Int, _ run: inout Run) {
        guard let local = run.open[order.attempt] else { return }
        if case .failed = run.probe.facts.attempts[order.attempt].socket?.state { return }
        if case .connected = run.probe.facts.attempts[order.attempt].socket?.state { return }
        let now = run.now
        run.packets += 1
        run.sent[order.attempt, default: 0] += 1
        let recent = run.history[order.kind, default: []].count { now - $0 < .milliseconds(1_000) }
        let fate = path.fate(
            of: SimulatedPacket(
                order.kind, timeToLive: order.timeToLive, source: local.address, sourcePort: local.port,
                variant: order.purpose.variant, number: run.packets, recent: recent), at: now)
        // A limit counts what it lets through.
        if case .connected = fate.answer { run.history[order.kind, default: []].append(now) }
        let answeredAt = now + fate.after
        func see(_ kind: SeenPacket.Kind, at: Instant, from: IPAddress?, distance: Int, _ run: inout Run) {
            guard hasWire else { return }
            let hops = max(0, distance - 1)
            let timeToLive = from == nil ? UInt8(clamping: order.timeToLive ?? 64) : UInt8(clamping: 64 - hops)
            run.schedule(
                .packet(
                    SeenPacket(
                        frame: 0, at: at, fromInitiator: from == nil, source: from ?? local.address,
                        timeToLive: timeToLive, identification: nil, kind: kind), attempt: order.attempt), at: at)
        }
        if fate.left { see(sent(order.kind, local, at: now), at: now, from: nil, distance: 0, &run) }
        // A socket that is given up at once repeats nothing.
        if case .tcp = order.kind, number < 2, !order.isSocketless {
            run.schedule(.transmit(order, number: number + 1), at: now + .milliseconds(1_000))
        }
        var outcome = SocketOutcome(state: .pending, at: answeredAt)
        outcome.retransmissions = number
        let distance = path.routers.count + 1
        switch fate.answer {
        case .none:
            return
        case .connected(let behaviour):
            see(
                answer(order.kind, local, to: now, at: answeredAt), at: answeredAt, from: path.host, distance: distance,
                &run)
            if case .tcp(let port) = order.kind, !fate.lostAtHome, !order.isSocketless {
                acknowledge(port, local, answeredAt, order, &run)
                if isEndUnheard {
                    // Who has not heard the end of the handshake says its own part again: RFC 6298 section 2.1.
                    see(
                        answer(order.kind, local, to: now, at: answeredAt), at: answeredAt + .seconds(1),
                        from: path.host, distance: distance, &run)
                }
            }
            outcome.state = .connected
            outcome.roundTrip = order.kind.isTCP ? fate.after : nil
            outcome.answerTimeToLive = order.kind.isTCP ? nil : UInt8(clamping: 64 - path.routers.count)
            if behaviour != .holds, !fate.lostAtHome {
                run.schedule(.probe(.outcome(attempt: order.attempt, outcome)), at: answeredAt)
            }
            switch behaviour {
            case .holds: break
            case .closesAtOnce: outcome.aftermath = .closed(at: answeredAt + .milliseconds(1), bytesBefore: 0)
            case .resetsAtOnce:
                outcome.aftermath = .reset(
                    at: answeredAt + .milliseconds(1), SocketError(linux: 104), bytesBefore: 0)
            }
        case .reset(let distance):
            see(reset(order.kind, local, at: answeredAt), at: answeredAt, from: path.host, distance: distance, &run)
            outcome.state = .failed(SocketError(linux: 111), atOnce: false)
        case .icmp(let error, let sender, let distance):
            see(
                .icmpError(error, mtu: nil, quotedTimeToLive: 1), at: answeredAt, from: sender, distance: distance,
                &run)
            outcome.state = .failed(SocketError(linux: 113), atOnce: false)
            outcome.notices = [
                ICMPNotice(
                    error: error, sender: sender, timeToLive: UInt8(clamping: 64 - max(0, distance - 1)), at: answeredAt
                )
            ]
        case .failed(let errno):
            outcome.state = .failed(SocketError(linux: errno), atOnce: true)
        }
        guard !fate.lostAtHome, !order.isSocketless else { return }
        run.schedule(
            .probe(.outcome(attempt: order.attempt, outcome)),
            at: outcome.aftermath == nil ? answeredAt : answeredAt + .milliseconds(1))
    }

    /// The last packet of the handshake passes the tap.
    private func acknowledge(
        _ port: UInt16, _ local: Endpoint, _ at: Instant, _ order: AttemptOrder, _ run: inout Run
    ) {
        guard hasWire else { return }
        var header = header(local, port, .ack, out: true, at: at)
        (header.sequenceNumber, header.acknowledgementNumber) = (1_001, 5_001)
        run.schedule(
            .packet(
                SeenPacket(
                    frame: 0, at: at, fromInitiator: true, source: local.address,
                    timeToLive: UInt8(clamping: order.timeToLive ?? 64), identification: nil,
                    kind: .tcp(header, payloadLength: 0)), attempt: order.attempt), at: at)
    }

    /// A header as systems make it; its timestamps are the milliseconds of the virtual clock.
    private func header(
        _ local: Endpoint, _ port: UInt16, _ flags: TCPFlags, out: Bool, at: Instant, answers: Instant? = nil
    ) -> TCPHeader {
        func stamp(_ moment: Instant) -> UInt32 { UInt32(clamping: 1 + moment.nanoseconds / 1_000_000) }
        return TCPHeader(
            from: out ? local.port : port, to: out ? port : local.port, flags, sequenceNumber: out ? 1_000 : 5_000,
            acknowledgementNumber: out ? 0 : 1_001,
            options: TCPOptions(
                maximumSegmentSize: 1_460, windowScale: 7, sackPermitted: true,
                timestamps: TCPTimestamps(value: stamp(at), echoReply: answers.map(stamp) ?? 0)))
    }

    private func sent(_ kind: Attempt.Kind, _ local: Endpoint, at: Instant) -> SeenPacket.Kind {
        switch kind {
        case .tcp(let port): .tcp(header(local, port, .syn, out: true, at: at), payloadLength: 0)
        case .udp: .udp(payloadLength: 8)
        case .echo: .echoRequest
        }
    }

    private func answer(_ kind: Attempt.Kind, _ local: Endpoint, to sent: Instant, at: Instant) -> SeenPacket.Kind {
        switch kind {
        case .tcp(let port):
            .tcp(header(local, port, [.syn, .ack], out: false, at: at, answers: sent), payloadLength: 0)
        case .udp: .udp(payloadLength: 8)
        case .echo: .echoReply
        }
    }

    private func reset(_ kind: Attempt.Kind, _ local: Endpoint, at: Instant) -> SeenPacket.Kind {
        guard case .tcp(let port) = kind else { return .echoReply }
        return .tcp(header(local, port, [.rst, .ack], out: false, at: at), payloadLength: 0)
    }
}

extension Attempt.Purpose {
    var variant: SYNVariant? {
        if case .experiment(.variant(let variant)) = self { variant } else { nil }
    }

}

extension AttemptOrder {
    /// What we made ourselves, and what shares a port, has no socket that could say anything.
    fileprivate var isSocketless: Bool { sharesPort || purpose.variant != nil }
}

extension Attempt.Kind {
    var isTCP: Bool {
        if case .tcp = self { true } else { false }
    }
}
