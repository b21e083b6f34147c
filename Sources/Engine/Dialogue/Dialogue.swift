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
    private var session: TLSClientSession?
    private(set) var facts = ApplicationFacts()
    /// What is to be sent; taken by whoever sends it.
    private var outgoing: [UInt8] = []
    private var answer: [UInt8] = []
    private(set) var isDone = false

    /// A head that is longer says enough in its beginning.
    private static let longestHead = 16_384

    init(_ request: ApplicationRequest, _ target: Target, _ options: TLSOptions) {
        self.request = request
        self.options = options
        host = target.host
        port = target.port
    }

    func takeOutgoing() -> [UInt8] {
        defer { outgoing = [] }
        return outgoing
    }

    /// The connection stands.
    func begin(at now: Instant) {
        guard request.usesTLS else { return ask(at: now) }
        var configuration = TLSClientConfiguration(host: host, trust: options.trust)
        if let name = options.serverName {
            configuration.serverName = name.isEmpty ? nil : name
            if !name.isEmpty { configuration.verifiedName = name }
        }
        configuration.enforcesVerification = !options.isInsecure
        let offered =
            options.applicationProtocols.isEmpty && request.path != nil ? ["http/1.1"] : options.applicationProtocols
        configuration.applicationProtocols = offered.map { NetworkText($0) }
        var fact = TLSFact(serverName: configuration.serverName, sentAt: now)
        do throws(TLSConfigurationError) {
            let session = try TLSClientSession(configuration)
            outgoing = session.start()
            fact.helloLength = max(0, outgoing.count - TLSRecord.headerLength)
            self.session = session
        } catch {
            fact.outcome = .failed(error.description)
            isDone = true
        }
        facts.tls = fact
    }

    /// Bytes from the far end.
    func receive(_ bytes: [UInt8], at now: Instant) {
        guard !isDone else { return }
        guard let session else { return read(bytes, at: now) }
        if facts.tls?.answeredAt == nil { facts.tls?.answeredAt = now }
        let wasSecured = session.state == .established
        let step = session.receive(bytes.span)
        outgoing += step.bytes
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
        let since = facts.http?.sentAt ?? facts.tls?.sentAt ?? now
        finish(.silence(now - since, isAcknowledged: isAcknowledged), at: now)
    }

    // MARK: TLS

    private func secured(at now: Instant) {
        facts.tls?.outcome = .secured
        facts.tls?.endedAt = now
        // A server that insists on another protocol is not asked in this one.
        if request.path != nil, facts.tls?.applicationProtocol.map({ $0 == "http/1.1" }) ?? true {
            ask(at: now)
        } else {
            outgoing += session?.close() ?? []
            isDone = true
        }
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

    // MARK: HTTP

    private func ask(at now: Instant) {
        guard let path = request.path else {
            isDone = true
            return
        }
        let name = options.serverName.flatMap { $0.isEmpty ? nil : $0 } ?? host
        let literal = IPAddress(name).map { $0.family == .v6 ? "[\(name)]" : name } ?? name
        let isUsual = port == (request.usesTLS ? 443 : 80)
        let field = isUsual ? literal : "\(literal):\(port)"
        facts.http = HTTPFact(method: "GET", path: path, host: field, sentAt: now)
        let text =
            "GET \(path) HTTP/1.1\r\nHost: \(field)\r\nUser-Agent: stallpoint/\(ToolVersion.current)\r\n"
            + "Accept: */*\r\nConnection: close\r\n\r\n"
        outgoing += session?.send(Array(text.utf8)) ?? Array(text.utf8)
    }

    private func read(_ bytes: [UInt8], at now: Instant) {
        guard facts.http != nil else { return }
        if facts.http?.answeredAt == nil { facts.http?.answeredAt = now }
        answer += bytes.prefix(Self.longestHead - answer.count)
        while let head = HTTPHead(decoding: answer.span) {
            guard head.isComplete || answer.count >= Self.longestHead else { return }
            if head.status.isInterim, let end = head.end {
                // The real answer may have come with it.
                answer.removeFirst(end)
                continue
            }
            note(head)
            outgoing += session?.close() ?? []
            isDone = true
            return
        }
        // As long as a status line, and none.
        if answer.count >= 12 { finish(nil, at: now) }
    }

    private func note(_ head: HTTPHead) {
        facts.http?.status = head.status
        for name in ["Server", "Via", "Location"] {
            if let value = head.field(name) { facts.http?.fields[name] = value }
        }
    }

    private func finish(_ end: DialogueEnd?, at now: Instant) {
        isDone = true
        if facts.http != nil {
            // A head that was cut still says its status.
            if let head = HTTPHead(decoding: answer.span) { return note(head) }
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
