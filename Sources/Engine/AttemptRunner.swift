import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// One attempt on a real socket: opens it, follows it, and says what the operating system says.
final class AttemptRunner {
    let target: Int
    let order: AttemptOrder
    private let socket: ProbeSocket
    private let datagram: UDPPayload?
    /// Hears answers that come from another port of the target, or from another address, which a connected socket does
    /// not.
    private var ear: ProbeSocket?
    private let remote: IPAddress
    private(set) var outcome = SocketOutcome()
    /// This end, once the kernel has chosen it.
    private(set) var local: Endpoint?
    private var hasSent = false
    /// What came before anything was said.
    private var early: [UInt8] = []
    /// A server's greeting is shorter; whoever says more before it is asked is heard no longer.
    private static let longestEarly = 4_096
    /// What is said behind the handshake, where something is.
    private(set) var dialogue: Dialogue?
    private let clock: RunClock
    /// Nothing more will come of it.
    private(set) var isSettled = false

    var descriptor: Int32 { socket.descriptor }
    var earDescriptor: Int32? { ear?.descriptor }

    /// Opens the socket, unless there is one, and sends the first packet.
    init(
        target: Int, order: AttemptOrder, to remote: IPAddress, scope: UInt32, options: ProbeSocket.Options,
        datagram: UDPPayload?, on opened: ProbeSocket? = nil, clock: RunClock
    ) throws(SystemCallError) {
        self.clock = clock
        self.target = target
        self.order = order
        self.datagram = datagram
        self.remote = remote
        let (transport, port): (Transport, UInt16) =
            switch order.kind {
            case .tcp(let port): (.tcp, port)
            case .udp(let port): (.udp, port)
            case .echo: (.udp, 0)
            }
        if let opened {
            socket = opened
        } else {
            socket = try ProbeSocket(transport, remote.family, options: options)
        }
        switch socket.connect(to: Endpoint(remote, port), scope: scope) {
        case .connected, .inProgress:
            local = socket.localEndpoint
            if transport == .udp {
                // It was open to all until now.
                if opened != nil { socket.discardReceived() }
                openEar(options)
                send(at: clock.now)
            }
        case .failed(let errno):
            fail(errno, atOnce: true, at: clock.now)
        }
    }

    /// On the port from which the question leaves. Without it an answer from elsewhere would be lost, and nothing else.
    private func openEar(_ options: ProbeSocket.Options) {
        guard order.purpose == .primary || datagram?.service?.answersFromOtherPorts == true, let local,
            socket.allowSharing()
        else { return }
        var options = options
        options.source = local.address
        options.sourcePort = local.port
        ear = try? ProbeSocket(.udp, local.address.family, options: options)
        ear?.setErrorQueue(enabled: false)
    }

    /// A datagram once more; a failed send is an answer too.
    func send(at now: Instant) {
        guard !isSettled, order.kind.transport == .udp else { return }
        if hasSent { outcome.retransmissions += 1 }
        hasSent = true
        guard let errno = sendUnlessRefused() else { return }
        // A refusal that arrived in between is reported by the next call, whichever that is.
        let notices = drainNotices(at: now)
        fail(errno, atOnce: notices.isEmpty, at: now)
    }

    /// A rule that drops by chance lets one of several out: one refusal is no rule against all.
    private func sendUnlessRefused() -> Int32? {
        let bytes = datagram?.first ?? []
        var refused = 0
        var errno = socket.send(bytes)
        while let code = errno, SocketError(system: code).isNamed("EPERM"), refused < Self.mostRefusals {
            refused += 1
            errno = socket.send(bytes)
        }
        if errno == nil { outcome.refusedSends += refused }
        return errno
    }

    /// Where half of them are refused, so many and one more are in one of a thousand cases.
    private static let mostRefusals = 9

    /// Reads what the socket has to say. Returns true when the outcome changed.
    func handle(_ event: Poller.Event, at now: Instant) -> Bool {
        guard !isSettled else { return false }
        let before = outcome
        switch order.kind {
        case .tcp: handleTCP(isReadable: event.isReadable, at: now)
        case .udp: handleUDP(at: now)
        case .echo: break
        }
        return outcome != before
    }

    private func handleTCP(isReadable: Bool, at now: Instant) {
        if case .connected = outcome.state { return watch(at: now) }
        // SO_ERROR before the error queue: reading the queue clears it.
        let error = socket.socketError()
        let notices = drainNotices(at: now)
        if error != 0 {
            let error = SocketError(system: error)
            // A refused SYN is ECONNREFUSED; a reset can only be of a connection that was there, however short
            // (net/ipv4/tcp_input.c, tcp_reset).
            guard error.isNamed("ECONNRESET", "EPIPE") else {
                outcome.isErrorBehindHandshake = socket.tcpInfo()?.isEstablishedOrLater ?? false
                return fail(error, atOnce: false, at: now)
            }
            outcome.state = .connected
            outcome.at = now
            outcome.aftermath = .reset(at: now, error, bytesBefore: 0)
            isSettled = true
            return
        }
        let info = socket.tcpInfo()
        if let info, info.isEstablishedOrLater {
            outcome.state = .connected
            outcome.at = now
            outcome.retransmissions = max(outcome.retransmissions, Int(info.totalRetransmissions))
            outcome.roundTrip = TimeSpan(nanoseconds: Int64(info.roundTripMicroseconds) * 1_000)
            outcome.fullPacket = info.fullPacket(remote.family)
            // From here on a stray ICMP error must not end the connection: net/ipv4/tcp_ipv4.c, tcp_v4_err.
            socket.setErrorQueue(enabled: false)
            if isReadable { watch(at: now) }
        } else if let notice = notices.last, info?.isClosed ?? true {
            fail(notice.errno, atOnce: false, at: now)
        }
    }

    /// Begins to speak behind the handshake. What the far end says may come while that is done: each part of it has a time
    /// of its own.
    func converse(_ dialogue: Dialogue) {
        self.dialogue = dialogue
        // A hello that is cut goes in the pieces that it was cut into.
        socket.sendAtOnce()
        dialogue.begin(at: clock.now)
        let isSaid = flush(dialogue, at: clock.now)
        // Making a hello takes time, and is nobody's answering.
        if isSaid { dialogue.sent(at: clock.now) }
        if !early.isEmpty {
            dialogue.receive(early, at: clock.now)
            flush(dialogue, at: clock.now)
        }
        listen(dialogue)
    }

    /// The far end's TCP has acknowledged all that was sent; nil where the system does not tell.
    var isAllAcknowledged: Bool? { socket.tcpInfo().map { $0.unacknowledged == 0 && $0.notSent == 0 } }

    /// No more is waited for, or a reset came: whether the kernel still holds what was said.
    func noteHeldBack() { outcome.isHeldBack = socket.tcpInfo()?.isHeldBack ?? false }

    /// What one end says does not reach the other, whatever else is waited for.
    var isUnheard: Bool {
        socket.tcpInfo().map {
            $0.isHeldBack || $0.isUnacknowledged || $0.lacksFirstBytes(delivered: outcome.bytesReceived)
        } ?? false
    }

    /// A hello and a request are less than any socket has room for. False where there was nothing to say, or no way.
    @discardableResult
    private func flush(_ dialogue: Dialogue, at now: Instant) -> Bool {
        let pieces = dialogue.takePieces()
        for piece in pieces {
            guard let errno = socket.send(piece, endsSegment: true) else { continue }
            dialogue.ended(SocketError(system: errno), at: now)
            return false
        }
        return !pieces.isEmpty
    }

    /// A moment has come that the dialogue asked for.
    func tick(at now: Instant) {
        guard let dialogue else { return }
        dialogue.tick(at: now)
        flush(dialogue, at: now)
    }

    /// Reads all that has come, a bounded part at a time.
    private func listen(_ dialogue: Dialogue) {
        for _ in 0..<64 {
            let received = socket.receive()
            let now = clock.now
            switch received {
            case .bytes(let bytes, _):
                outcome.bytesReceived += bytes.count
                dialogue.receive(bytes, at: now)
                flush(dialogue, at: now)
            case .endOfStream:
                dialogue.ended(nil, at: now, isAcknowledged: isAllAcknowledged)
                isSettled = true
                return
            case .failed(let errno):
                noteHeldBack()
                dialogue.ended(SocketError(system: errno), at: now)
                isSettled = true
                return
            case .wouldBlock: return
            }
        }
    }

    /// After the handshake: does the far end close, reset, or speak?
    private func watch(at now: Instant) {
        if let dialogue { return listen(dialogue) }
        // Whatever it does after our end is no longer its own decision.
        guard outcome.isEndAcknowledged == nil else { return }
        switch socket.receive() {
        case .bytes(let bytes, _):
            outcome.bytesReceived += bytes.count
            early += bytes.prefix(Self.longestEarly - early.count)
            outcome.greeting = Array(early.prefix(256))
        case .endOfStream:
            outcome.aftermath = .closed(at: now, bytesBefore: outcome.bytesReceived)
            isSettled = true
        case .failed(let errno):
            outcome.aftermath = .reset(at: now, SocketError(system: errno), bytesBefore: outcome.bytesReceived)
            isSettled = true
        case .wouldBlock:
            break
        }
    }

    private func handleUDP(at now: Instant) {
        let error = socket.socketError()
        let notices = drainNotices(at: now)
        if let (bytes, timeToLive) = answer() {
            outcome.state = .connected
            outcome.at = now
            outcome.bytesReceived += bytes.count
            outcome.answerTimeToLive = timeToLive
            outcome.serviceReply = datagram?.check(bytes)
            isSettled = true
        } else if error != 0 || !notices.isEmpty {
            fail(error != 0 ? error : notices[notices.count - 1].errno, atOnce: false, at: now)
        }
    }

    private func answer() -> (bytes: [UInt8], timeToLive: UInt8?)? {
        if case .bytes(let bytes, let timeToLive) = socket.receive() { return (bytes, timeToLive) }
        guard let ear, case (.bytes(let bytes, let timeToLive), let sender?) = ear.receiveFromAnybody() else {
            return nil
        }
        if sender == remote, datagram?.service?.answersFromOtherPorts == true { return (bytes, timeToLive) }
        noteElsewhere(bytes, from: sender)
        return nil
    }

    /// Anybody may write to that port: of a service only its own answer counts.
    private func noteElsewhere(_ bytes: [UInt8], from sender: IPAddress) {
        guard outcome.answerFromElsewhere == nil else { return }
        let reply = datagram?.check(bytes)
        if case .foreign? = reply { return }
        outcome.answerFromElsewhere = SocketOutcome.AnswerFromElsewhere(
            sender: sender, isCertain: reply != nil && datagram?.service?.echoesTransaction ?? false)
    }

    private func drainNotices(at now: Instant) -> [ErrorQueueEntry] {
        let entries = socket.errorQueue()
        for entry in entries {
            guard let family = entry.icmpFamily, let sender = entry.sender, outcome.notices.count < 8 else { continue }
            let error = ICMPError(family: family, type: entry.type, code: entry.code)
            outcome.notices.append(ICMPNotice(error: error, sender: sender, timeToLive: entry.timeToLive, at: now))
        }
        return entries
    }

    private func fail(_ errno: Int32, atOnce: Bool, at now: Instant) {
        fail(SocketError(system: errno), atOnce: atOnce, at: now)
    }

    private func fail(_ error: SocketError, atOnce: Bool, at now: Instant) {
        outcome.state = .failed(error, atOnce: atOnce)
        outcome.at = now
        isSettled = true
    }

    /// Ends this side. From here on the far end may close as well, and that says nothing about it.
    func end() {
        guard !isSettled else { return }
        if outcome.aftermath == nil { outcome.aftermath = .held }
        outcome.isEndAcknowledged = false
        socket.endSending()
    }

    /// Whether the far end has heard that; true when the outcome changed.
    func inspect() -> Bool {
        guard outcome.isEndAcknowledged == false, let info = socket.tcpInfo() else { return false }
        let before = outcome
        outcome.isWindowShut = info.sendWindow == 0
        if case .bytes(let bytes, _) = socket.receive() { outcome.bytesReceived += bytes.count }
        if info.isEndAcknowledged { outcome.isEndAcknowledged = true }
        return outcome != before
    }

    /// Before it is given up: what the kernel has heard by now counts, though a machine that was busy elsewhere has not come
    /// to ask for it.
    func lookOnceMore(at now: Instant) {
        guard !isSettled, outcome.state == .pending else { return }
        switch order.kind {
        case .tcp: handleTCP(isReadable: false, at: now)
        case .udp: handleUDP(at: now)
        case .echo: break
        }
    }

    /// The kernel's own count of what it sent, read at the end.
    func readCounters() {
        guard case .tcp = order.kind, let info = socket.tcpInfo() else { return }
        outcome.retransmissions = max(outcome.retransmissions, Int(info.totalRetransmissions))
    }

    func close() {
        ear?.close()
        socket.close()
        isSettled = true
    }
}
