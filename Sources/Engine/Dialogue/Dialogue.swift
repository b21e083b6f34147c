import CaptureFile
import Conversations
import Diagnosis
import PacketWire
import SecureChannel

/// What is said behind the handshake of one connection: TLS where it was asked for, then a request. Bytes come in and
/// go out; whose socket it is does not matter, and time is told.
final class Dialogue {
    private let request: ApplicationRequest
    private let host: String
    private let port: UInt16
    private let options: TLSOptions
    /// The hello that is tried in place of the target's own.
    private let variant: HelloVariant?
    private var session: TLSClientSession?
    /// While TLS has not begun.
    private var upgrade: StartTLS?
    private var beganAt: Instant?
    /// A proxy has agreed to carry what follows.
    private var hasTunnel = false
    private(set) var facts = ApplicationFacts()
    /// What is to be sent, each piece a segment of its own; taken by whoever sends it.
    private var pieces: [[UInt8]] = []
    /// The rest of a hello that is sent with a pause.
    private var rest: [UInt8] = []
    private var answer: [UInt8] = []
    /// How much of the content is wanted, once the head is whole; and until when.
    private var content: Int?
    private var contentEnd: Instant?
    private(set) var isDone = false
    /// What was asked is answered; at the most a page's content is still on its way.
    var isAnswered: Bool { isDone || content != nil }
    /// When time must be told, whatever comes or does not; taken by whoever keeps the clock.
    private var moment: Instant?
    /// Until when a server of TLS 1.3 may still refuse the client.
    private var refusalEnd: Instant?
    /// Seconds since 1970, for what servers say of theirs.
    private let wallClock: (Instant) -> Int64

    /// A head that is longer says enough in its beginning.
    private static let longestHead = 16_384
    /// Of a page of refusal.
    private static let longestContent = 8_192
    /// It is sent behind the head, without another question.
    private static let contentPatience = TimeSpan.milliseconds(300)
    /// Between the two halves of a hello that is sent with a pause: longer than what puts segments together waits.
    private static let pause = TimeSpan.milliseconds(400)
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

    private func send(_ bytes: [UInt8]) {
        if !bytes.isEmpty { pieces.append(bytes) }
    }

    /// The connection stands.
    func begin(at now: Instant) {
        // A proxy takes requests in the clear itself; to anything else it gives a tunnel.
        if let origin = request.origin, request.usesTLS || request.path == nil { return connect(to: origin, at: now) }
        speak(at: now)
    }

    /// To the server itself, or through a tunnel to it.
    private func speak(at now: Instant) {
        guard request.usesTLS else { return ask(at: now) }
        guard let service = request.upgrade else { return beginTLS(at: now) }
        upgrade = StartTLS(service)
        facts.upgrade = UpgradeFact(service)
        beganAt = now
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
        if isAskingForTunnel { return readTunnel(bytes, at: now) }
        if upgrade != nil { return goOn(bytes, at: now) }
        guard let session else { return read(bytes, at: now) }
        if facts.tls?.answeredAt == nil { facts.tls?.answeredAt = now }
        let wasSecured = session.state == .established
        let step = session.receive(bytes.span)
        send(step.bytes)
        settle(session, at: now)
        guard !isDone else { return }
        if !wasSecured, session.state == .established { secured(at: now) }
        let plain = session.takePlaintext()
        if !plain.isEmpty { read(plain, at: now) }
    }

    /// The far end has said all, or reset the connection.
    func ended(_ error: SocketError?, at now: Instant) {
        guard !isDone else { return }
        if let session, error == nil, session.state != .established {
            _ = session.end()
            settle(session, at: now)
        }
        finish(error.map { .reset($0) } ?? .closed, at: now)
    }

    /// Nothing more is waited for.
    ///
    /// - Parameter isAcknowledged: the far end's TCP has acknowledged all that was sent.
    func stop(at now: Instant, isAcknowledged: Bool?) {
        guard !isDone else { return }
        let since = facts.http?.sentAt ?? facts.tls?.sentAt ?? beganAt ?? facts.tunnel?.sentAt ?? now
        finish(.silence(now - since, isAcknowledged: isAcknowledged), at: now)
    }

    // MARK: TLS

    private func secured(at now: Instant) {
        facts.tls?.outcome = .secured
        facts.tls?.endedAt = now
        guard variant == nil || variant == .unverified else { return close() }
        // A server that insists on another protocol is not asked in this one.
        if request.path != nil, facts.tls?.applicationProtocol.map({ $0 == "http/1.1" }) ?? true {
            ask(at: now)
        } else if facts.tls?.asksForCertificate ?? false {
            refusalEnd = now + Self.refusalPatience
            moment = refusalEnd
        } else {
            close()
        }
    }

    private func close() {
        send(session?.close() ?? [])
        isDone = true
    }

    /// What the session says of itself, into facts.
    private func settle(_ session: TLSClientSession, at now: Instant) {
        describe(session)
        guard case .failed(let failure) = session.state else { return }
        facts.tls?.endedAt = now
        isDone = true
        facts.tls?.outcome =
            switch failure {
            case .alertReceived(let alert): .alert(alert, byPeer: true)
            case .verification(let problems, _): .untrusted(problems.map(\.text))
            case .notTLS(let firstBytes): .foreign(Self.firstLine(firstBytes))
            case .unexpectedEnd: .broken(.closed)
            case .alertSent(let alert, _): .alert(alert, byPeer: false)
            case .other(let reason): .failed(reason.description)
            }
    }

    /// What a person would call the answer.
    private static func firstLine(_ text: NetworkText) -> NetworkText {
        NetworkText(bytes: Array(text.bytes.prefix { $0 != 0x0A && $0 != 0x0D }.prefix(80)))
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

    // MARK: A proxy

    private var isAskingForTunnel: Bool { facts.tunnel != nil && !hasTunnel }

    /// RFC 9110 section 9.3.6.
    private func connect(to origin: ApplicationRequest.Origin, at now: Instant) {
        let place = "\(Self.literal(origin.host)):\(origin.port)"
        facts.tunnel = HTTPFact(method: "CONNECT", path: place, host: place, sentAt: now)
        send(Array(head("CONNECT \(place)", host: place).utf8))
    }

    private func readTunnel(_ bytes: [UInt8], at now: Instant) {
        if facts.tunnel?.answeredAt == nil { facts.tunnel?.answeredAt = now }
        answer += bytes.prefix(Self.longestHead - answer.count)
        while let head = HTTPHead(decoding: answer.span) {
            guard let end = head.end else {
                if answer.count >= Self.longestHead { finish(.closed, at: now) }
                return
            }
            answer.removeFirst(end)
            if head.status.isInterim { continue }
            facts.tunnel?.status = head.status
            for name in ["Server", "Via", "Proxy-Authenticate"] {
                if let value = head.field(name) { facts.tunnel?.fields[name] = value }
            }
            guard (200..<300).contains(head.status.code) else {
                isDone = true
                return
            }
            hasTunnel = true
            let early = answer
            answer = []
            speak(at: now)
            // A server that speaks first may have been quick.
            if !early.isEmpty { receive(early, at: now) }
            return
        }
        guard isForeign else { return }
        facts.tunnel?.foreign = Self.firstLine(NetworkText(bytes: Array(answer.prefix(256))))
        isDone = true
    }

    // MARK: HTTP

    private static func literal(_ host: String) -> String {
        IPAddress(host).map { $0.family == .v6 ? "[\(host)]" : host } ?? host
    }

    private func ask(at now: Instant) {
        guard let path = request.path else {
            isDone = true
            return
        }
        let name = options.serverName.flatMap { $0.isEmpty ? nil : $0 } ?? host
        let isUsual = port == (request.usesTLS ? 443 : 80)
        let field = isUsual ? Self.literal(name) : "\(Self.literal(name)):\(port)"
        facts.http = HTTPFact(method: "GET", path: path, host: field, sentAt: now)
        // A proxy is told the whole place: RFC 9112 section 3.2.2.
        let place = request.origin != nil && !hasTunnel ? "http://\(field)\(path)" : path
        let text = Array(head("GET \(place)", host: field, "Accept: */*\r\nConnection: close\r\n").utf8)
        send(session?.send(text) ?? text)
    }

    private func head(_ line: String, host: String, _ more: String = "") -> String {
        var text = "\(line) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: stallpoint/\(ToolVersion.current)\r\n\(more)"
        if !hasTunnel, let authorization = request.origin?.authorization {
            text += "Proxy-Authorization: \(authorization)\r\n"
        }
        return text + "\r\n"
    }

    /// What came begins like no status line.
    private var isForeign: Bool {
        answer.count >= 12 || !answer.prefix(7).elementsEqual(Array("HTTP/1.".utf8).prefix(answer.count))
    }

    private func read(_ bytes: [UInt8], at now: Instant) {
        guard facts.http != nil else { return }
        if facts.http?.answeredAt == nil { facts.http?.answeredAt = now }
        facts.http?.received += bytes.count
        if let content {
            take(bytes)
            if hasEnough(content) { close() }
            return
        }
        answer += bytes.prefix(Self.longestHead - answer.count)
        while let head = HTTPHead(decoding: answer.span) {
            guard head.isComplete || answer.count >= Self.longestHead else { return }
            if head.status.isInterim, let end = head.end {
                // The real answer may have come with it.
                answer.removeFirst(end)
                continue
            }
            note(head, at: now)
            return begin(head, at: now)
        }
        guard isForeign else { return }
        facts.http?.foreign = Self.firstLine(NetworkText(bytes: Array(answer.prefix(256))))
        isDone = true
    }

    /// The head is whole: a page of refusal says more in what follows, which is not waited for where all is well.
    private func begin(_ head: HTTPHead, at now: Instant) {
        guard let end = head.end else { return close() }
        let announced = head.field("Content-Length").flatMap { Int($0.description) }
        let isWell = (200..<300).contains(head.status.code)
        let wanted = max(0, min(announced ?? Self.longestContent, isWell ? 1 : Self.longestContent))
        content = wanted
        take(Array(answer[end...]))
        if [204, 304].contains(head.status.code) || hasEnough(wanted) { return close() }
        contentEnd = now + Self.contentPatience
        moment = contentEnd
    }

    private func take(_ bytes: [UInt8]) {
        let kept = facts.http?.content.count ?? 0
        facts.http?.content += bytes.prefix(max(0, Self.longestContent - kept))
    }

    private func hasEnough(_ wanted: Int) -> Bool { facts.http?.content.count ?? 0 >= wanted }

    private func note(_ head: HTTPHead, at now: Instant) {
        facts.http?.status = head.status
        if let said = head.field("Date"), let theirs = HTTPDate(said) {
            facts.clocks = ClockReading(ours: wallClock(now), theirs: theirs.seconds, said: said)
        }
        for name in ["Server", "Via", "Location"] {
            if let value = head.field(name) { facts.http?.fields[name] = value }
        }
    }

    private func finish(_ end: DialogueEnd?, at now: Instant) {
        isDone = true
        if isAskingForTunnel {
            if let head = HTTPHead(decoding: answer.span) { facts.tunnel?.status = head.status }
            if facts.tunnel?.status == nil { facts.tunnel?.end = end ?? .closed }
            return
        }
        if upgrade != nil {
            facts.upgrade?.outcome = .broken(end ?? .closed)
            return
        }
        // It was secured, and refuses the client without a word.
        if refusalEnd != nil, facts.http == nil, let end {
            if case .silence = end { return }
            facts.tls?.outcome = .broken(end)
            return
        }
        if facts.http != nil {
            if content != nil { return }
            // A head that was cut still says its status.
            if let head = HTTPHead(decoding: answer.span) {
                note(head, at: now)
                // One that does not come to its end is no answer yet.
                if case .silence = end { facts.http?.end = end }
                return
            }
            facts.http?.end = end ?? .closed
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
