import Conversations
import Diagnosis
import PacketWire
import SecureChannel

/// What is said behind the handshake of one connection: TLS where it was asked for, then a request. Bytes come in and
/// go out; whose socket it is does not matter, and time is told.
final class Dialogue {
    let request: ApplicationRequest
    let host: String
    let port: UInt16
    let options: TLSOptions
    /// The hello that is tried in place of the target's own.
    let variant: HelloVariant?
    var session: TLSClientSession?
    /// In place of a session, where nothing but the answer to a hello is wanted.
    var trial: HelloAnswer?
    /// The host that packets go to, where that is a proxy.
    let proxy: String
    /// TLS with the proxy, once it stands.
    var carrier: TLSClientSession?
    var isSecuringProxy = false
    /// While a proxy has not agreed to carry what follows.
    private var tunnel: (any Tunnel)?
    /// While TLS has not begun.
    private var upgrade: StartTLS?
    private var beganAt: Instant?
    var facts = ApplicationFacts()
    /// What is to be sent, each piece a segment of its own; taken by whoever sends it.
    var pieces: [[UInt8]] = []
    /// The rest of a hello that is sent with a pause.
    var rest: [UInt8] = []
    var answer = ResponseReader()
    /// How much of the content is wanted, once the head is whole; and until when.
    var content: Int?
    var contentEnd: Instant?
    /// When the latest of it came.
    var contentAt: Instant?
    var isDone = false
    /// What was asked is answered; at the most a page's content of unknown length is still on its way.
    var isAnswered: Bool { isDone || content != nil && facts.http?.announced == nil }
    /// When time must be told, whatever comes or does not; taken by whoever keeps the clock.
    var moment: Instant?
    /// Until when a server of TLS 1.3 may still refuse the client.
    var refusalEnd: Instant?
    /// Seconds since 1970, for what servers say of theirs.
    let wallClock: (Instant) -> Int64

    /// A request has been sent again some times by then, where nobody takes it.
    private static let patienceWithoutTCP = TimeSpan.milliseconds(1_000)

    /// - Parameter variant: only that hello is tried, and nothing is asked behind it but the time of day.
    init(
        _ request: ApplicationRequest, _ target: Target, _ options: TLSOptions, variant: HelloVariant? = nil,
        wallClock: @escaping (Instant) -> Int64 = { _ in 0 }
    ) {
        self.request = request
        self.options = options
        self.variant = variant
        self.wallClock = wallClock
        proxy = target.host
        host = request.origin?.host ?? target.host
        port = request.origin?.port ?? target.port
    }

    func takePieces() -> [[UInt8]] {
        defer { pieces = [] }
        return pieces
    }

    func takeOutgoing() -> [UInt8] { takePieces().flatMap { $0 } }

    func takeMoment() -> Instant? {
        defer { moment = nil }
        return moment
    }

    func send(_ bytes: [UInt8]) {
        sendBare(carried(bytes))
    }

    /// As it is, whatever TLS there is with a proxy.
    func sendBare(_ bytes: [UInt8]) {
        if !bytes.isEmpty { pieces.append(bytes) }
    }

    /// The connection stands.
    func begin(at now: Instant) {
        if request.origin?.isSecured ?? false { secureProxy(at: now) } else { askProxy(at: now) }
    }

    /// The proxy, for a way through it; or whoever is there.
    func askProxy(at now: Instant) {
        guard let asking = tunnelNeeded(at: now) else { return speak(at: now) }
        tunnel = asking
        asking.note(in: &facts)
        send(asking.request)
    }

    /// The first words have left. A hello's time counts from then.
    func sent(at now: Instant) {
        if tls?.answeredAt == nil { tls?.sentAt = now }
    }

    private func tunnelNeeded(at now: Instant) -> (any Tunnel)? {
        guard let origin = request.origin else { return nil }
        switch origin.proxy {
        case .socks(let version): return SOCKSTunnel(version, to: origin, at: now)
        // It takes requests in the clear itself; to anything else it gives a tunnel.
        case .http: return request.usesTLS || request.path == nil ? ConnectTunnel(to: origin, at: now) : nil
        }
    }

    /// To the server itself, or through a tunnel to it.
    private func speak(at now: Instant) {
        guard request.usesTLS else { return ask(at: now) }
        guard let service = request.upgrade else { return beginTLS(at: now) }
        upgrade = StartTLS(service)
        facts.upgrade = UpgradeFact(service)
        beganAt = now
    }

    /// What the proxy says, up to the moment at which it carries everything.
    private func goThrough(_ bytes: [UInt8], at now: Instant) {
        guard var asking = tunnel else { return }
        let step = asking.receive(bytes, at: now)
        tunnel = asking
        asking.note(in: &facts)
        switch step {
        case .wait: break
        case .say(let words): send(words)
        case .failed: isDone = true
        case .stands(let early):
            tunnel = nil
            speak(at: now)
            if !early.isEmpty { take(early, at: now) }
        }
    }

    /// A mail server's own words, up to the moment at which TLS begins.
    private func goOn(_ bytes: [UInt8], at now: Instant) {
        guard var words = upgrade else { return }
        let step = words.receive(bytes)
        upgrade = words
        facts.upgrade?.greeting = words.greeting
        facts.upgrade?.capabilities = words.capabilities
        switch step {
        case .wait: break
        case .send(let command): send(command)
        case .ready:
            facts.upgrade?.outcome = .ready
            upgrade = nil
            beginTLS(at: now)
        case .failed(let failure):
            facts.upgrade?.outcome = .failed(failure)
            isDone = true
        }
    }

    /// A moment has come that was asked for.
    func tick(at now: Instant) {
        guard !isDone else { return }
        if !rest.isEmpty {
            send(rest)
            rest = []
        }
        if let refusalEnd, now >= refusalEnd { close() }
        if let contentEnd, now >= contentEnd { endContent(at: now) }
    }

    /// Bytes from the far end.
    func receive(_ bytes: [UInt8], at now: Instant) {
        guard !isDone else { return }
        if !receiveInCarrier(bytes, at: now) { take(bytes, at: now) }
    }

    /// The same, without the TLS around it that is the proxy's own.
    func take(_ bytes: [UInt8], at now: Instant) {
        if tunnel != nil { return goThrough(bytes, at: now) }
        if upgrade != nil { return goOn(bytes, at: now) }
        if !receiveTLS(bytes, at: now) { read(bytes, at: now) }
    }

    /// The far end has said all, or reset the connection.
    ///
    /// - Parameter isAcknowledged: its TCP has taken all that was sent.
    func ended(_ error: SocketError?, at now: Instant, isAcknowledged: Bool? = nil) {
        guard !isDone else { return }
        var end = error.map { DialogueEnd.reset($0) } ?? .closed(isAcknowledged: isAcknowledged)
        // Sent again and again in vain, it was lost before somebody lost patience.
        let span = now - (sentAt ?? now)
        if error == nil, isAcknowledged == false, span >= Self.patienceWithoutTCP {
            end = .silence(span, isAcknowledged: false)
        } else if error == nil {
            endTLS(end, at: now)
        }
        finish(end, at: now)
    }

    /// When the latest words were sent that wait for an answer.
    private var sentAt: Instant? {
        facts.words?.sentAt ?? facts.http?.sentAt ?? facts.tls?.sentAt ?? beganAt
            ?? facts.tunnel?.sentAt ?? facts.socks?.sentAt ?? facts.proxyTLS?.sentAt
    }

    /// Nothing more is waited for.
    ///
    /// - Parameter isAcknowledged: the far end's TCP has acknowledged all that was sent.
    func stop(at now: Instant, isAcknowledged: Bool?) {
        guard !isDone else { return }
        finish(.silence(now - (sentAt ?? now), isAcknowledged: isAcknowledged), at: now)
    }

    func close() {
        send(session?.close() ?? [])
        sendBare(carrier?.close() ?? [])
        isDone = true
    }

    func finish(_ end: DialogueEnd?, at now: Instant) {
        isDone = true
        if tunnel != nil {
            tunnel?.end(end ?? .closed())
            tunnel?.note(in: &facts)
            return
        }
        if upgrade != nil {
            facts.upgrade?.outcome = .broken(end ?? .closed())
            return
        }
        // It was secured, and refuses the client without a word.
        if refusalEnd != nil, facts.http == nil, facts.words == nil, let end {
            if case .silence = end { return }
            facts.tls?.outcome = .broken(end)
            return
        }
        if facts.words != nil {
            facts.words?.end = end ?? .closed()
        } else if facts.http != nil {
            finishRequest(end, at: now)
        } else if let end, tls?.endedAt == nil {
            tls?.outcome = .broken(end)
            tls?.endedAt = now
        }
    }
}
