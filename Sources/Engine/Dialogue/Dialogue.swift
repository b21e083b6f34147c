import CaptureFile
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
    private let variant: HelloVariant?
    private(set) var session: TLSClientSession?
    /// While a proxy has not agreed to carry what follows.
    private var tunnel: ProxyTunnel?
    /// While TLS has not begun.
    private var upgrade: StartTLS?
    private var beganAt: Instant?
    var facts = ApplicationFacts()
    /// What is to be sent, each piece a segment of its own; taken by whoever sends it.
    private var pieces: [[UInt8]] = []
    /// The rest of a hello that is sent with a pause.
    private var rest: [UInt8] = []
    var answer = ResponseReader()
    /// How much of the content is wanted, once the head is whole; and until when.
    var content: Int?
    var contentEnd: Instant?
    var isDone = false
    /// What was asked is answered; at the most a page's content is still on its way.
    var isAnswered: Bool { isDone || content != nil }
    /// When time must be told, whatever comes or does not; taken by whoever keeps the clock.
    var moment: Instant?
    /// Until when a server of TLS 1.3 may still refuse the client.
    private var refusalEnd: Instant?
    /// Seconds since 1970, for what servers say of theirs.
    let wallClock: (Instant) -> Int64

    /// Between the two halves of a hello that is sent with a pause: longer than what puts segments together waits.
    private static let pause = TimeSpan.milliseconds(400)
    /// A request has been sent again some times by then, where nobody takes it.
    private static let patienceWithoutTCP = TimeSpan.milliseconds(1_000)
    /// A server that asks for a certificate of the client says what it thinks of having got none within a round trip.
    private static let refusalPatience = TimeSpan.milliseconds(1_000)

    /// - Parameter variant: only that hello is tried, and nothing is asked behind it but the time of day.
    init(
        _ request: ApplicationRequest, _ target: Target, _ options: TLSOptions, variant: HelloVariant? = nil,
        wallClock: @escaping (Instant) -> Int64 = { _ in 0 }
    ) {
        self.request = request
        self.options = options
        self.variant = variant
        self.wallClock = wallClock
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
        if !bytes.isEmpty { pieces.append(bytes) }
    }

    /// The connection stands.
    func begin(at now: Instant) {
        // A proxy takes requests in the clear itself; to anything else it gives a tunnel.
        guard let origin = request.origin, request.usesTLS || request.path == nil else { return speak(at: now) }
        let asking = ProxyTunnel(to: origin, at: now)
        tunnel = asking
        facts.tunnel = asking.fact
        send(asking.request)
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
        facts.tunnel = asking.fact
        switch step {
        case .wait: break
        case .failed: isDone = true
        case .stands(let early):
            tunnel = nil
            speak(at: now)
            if !early.isEmpty { receive(early, at: now) }
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

    private func beginTLS(at now: Instant) {
        var shape = HelloShape(request, host: host, options)
        if let variant { shape = shape.changed(by: variant) }
        var fact = TLSFact(serverName: shape.configuration.serverName.flatMap(Self.sentName), sentAt: now)
        fact.offersALPN = !shape.configuration.applicationProtocols.isEmpty
        do throws(TLSConfigurationError) {
            let session = try TLSClientSession(shape.configuration)
            let hello = session.start()
            fact.helloLength = max(0, hello.count - TLSRecord.headerLength)
            self.session = session
            pieces = shape.pieces(of: hello)
            if case .inTwoWithPause = shape.cut, pieces.count == 2 {
                rest = pieces.removeLast()
                moment = now + Self.pause
            }
        } catch {
            fact.outcome = .failed(error.description)
            isDone = true
        }
        facts.tls = fact
    }

    /// An address is never sent: RFC 6066 section 3.
    private static func sentName(_ name: String) -> String? { IPAddress(name) == nil ? name : nil }

    /// A moment has come that was asked for.
    func tick(at now: Instant) {
        guard !isDone else { return }
        if !rest.isEmpty {
            send(rest)
            rest = []
        }
        if let refusalEnd, now >= refusalEnd { close() }
        if let contentEnd, now >= contentEnd { close() }
    }

    /// Bytes from the far end.
    func receive(_ bytes: [UInt8], at now: Instant) {
        guard !isDone else { return }
        if tunnel != nil { return goThrough(bytes, at: now) }
        if upgrade != nil { return goOn(bytes, at: now) }
        guard let session else { return read(bytes, at: now) }
        if facts.tls?.answeredAt == nil { facts.tls?.answeredAt = now }
        facts.tls?.received += bytes.count
        let wasSecured = session.state == .established
        let step = session.receive(bytes.span)
        send(step.bytes)
        settle(session, at: now)
        guard !isDone else { return }
        // It may say goodbye with the last word of the handshake.
        if !wasSecured, session.state == .established || session.state == .closed(.byPeer) {
            secured(session, at: now)
        }
        let plain = session.takePlaintext()
        if !plain.isEmpty { read(plain, at: now) }
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
        } else if let session, error == nil, session.state != .established {
            _ = session.end()
            settle(session, end, at: now)
        }
        finish(end, at: now)
    }

    /// When the latest words were sent that wait for an answer.
    private var sentAt: Instant? { facts.http?.sentAt ?? facts.tls?.sentAt ?? beganAt ?? facts.tunnel?.sentAt }

    /// Nothing more is waited for.
    ///
    /// - Parameter isAcknowledged: the far end's TCP has acknowledged all that was sent.
    func stop(at now: Instant, isAcknowledged: Bool?) {
        guard !isDone else { return }
        finish(.silence(now - (sentAt ?? now), isAcknowledged: isAcknowledged), at: now)
    }

    // MARK: TLS

    private func secured(_ session: TLSClientSession, at now: Instant) {
        facts.tls?.outcome = .secured
        facts.tls?.endedAt = now
        guard variant == nil || variant == .unverified else { return close() }
        // A server that insists on another protocol is not asked in this one.
        if request.path != nil, facts.tls?.applicationProtocol.map({ $0 == "http/1.1" }) ?? true {
            ask(at: now)
            // Nothing is said to who has gone.
            if session.state != .established { finish(.closed(isAcknowledged: false), at: now) }
        } else if facts.tls?.asksForCertificate ?? false {
            refusalEnd = now + Self.refusalPatience
            moment = refusalEnd
        } else {
            close()
        }
    }

    func close() {
        send(session?.close() ?? [])
        isDone = true
    }

    /// What the session says of itself, into facts.
    ///
    /// - Parameter end: how the connection ended, where it did.
    private func settle(_ session: TLSClientSession, _ end: DialogueEnd = .closed(), at now: Instant) {
        describe(session)
        guard case .failed(let failure) = session.state else { return }
        facts.tls?.endedAt = now
        isDone = true
        facts.tls?.outcome =
            switch failure {
            case .alertReceived(let alert): .alert(alert, byPeer: true)
            case .verification(let problems, _): .untrusted(problems.map(\.text))
            case .notTLS(let firstBytes): .foreign(firstBytes.firstLine)
            case .unexpectedEnd: .broken(end)
            case .alertSent(let alert, _): .alert(alert, byPeer: false)
            case .other(let reason): .failed(reason.description)
            }
    }

    private func describe(_ session: TLSClientSession) {
        guard let peer = session.peer else { return }
        facts.tls?.version = peer.version
        facts.tls?.cipher = peer.cipherName
        facts.tls?.applicationProtocol = peer.applicationProtocol
        facts.tls?.asksForCertificate = peer.asksForCertificate
        facts.tls?.problems = peer.verification?.failures.map(\.text) ?? []
        facts.tls?.faults = Set(peer.verification?.failures.map(\.code.fault) ?? [])
        facts.tls?.chain = peer.chain.map { certificate in
            TLSFact.Certificate(
                subject: certificate.subject, issuer: certificate.issuer, names: certificate.names,
                validity: "\(Self.day(certificate.notBefore)) to \(Self.day(certificate.notAfter))")
        }
    }

    private static func day(_ seconds: Int64?) -> String {
        guard let seconds else { return "?" }
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? "?" : CivilTime.text(unixNanoseconds: nanoseconds, fractionDigits: 0)
    }

    private func finish(_ end: DialogueEnd?, at now: Instant) {
        isDone = true
        if tunnel != nil {
            tunnel?.end(end ?? .closed())
            facts.tunnel = tunnel?.fact
            return
        }
        if upgrade != nil {
            facts.upgrade?.outcome = .broken(end ?? .closed())
            return
        }
        // It was secured, and refuses the client without a word.
        if refusalEnd != nil, facts.http == nil, let end {
            if case .silence = end { return }
            facts.tls?.outcome = .broken(end)
            return
        }
        if facts.http != nil {
            finishRequest(end, at: now)
        } else if let end, facts.tls?.endedAt == nil {
            facts.tls?.outcome = .broken(end)
            facts.tls?.endedAt = now
        }
    }
}

extension TLSVerificationFailure {
    fileprivate var text: String { "\(code)" + (depth > 0 ? " (certificate \(depth) of the chain)" : "") }
}

extension TLSVerificationFailure.Code {
    fileprivate var fault: CertificateFault {
        switch self {
        case .notYetValid: .notYetValid
        case .expired: .expired
        case .nameMismatch, .addressMismatch: .otherName
        case .noIssuer, .noLocalIssuer, .selfSigned, .selfSignedInChain, .unverifiedLeaf: .unknownIssuer
        default: .other
        }
    }
}
