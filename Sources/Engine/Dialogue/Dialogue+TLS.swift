import CaptureFile
import Conversations
import Diagnosis
import PacketWire
import SecureChannel

/// TLS: a whole handshake by the library, or the answer to one hello of a trial.
extension Dialogue {
    /// Between the two halves of a hello that is sent with a pause: longer than what puts segments together waits.
    private static let pause = TimeSpan.milliseconds(400)
    /// A server that asks for a certificate of the client says what it thinks of having got none within a round trip.
    private static let refusalPatience = TimeSpan.milliseconds(1_000)

    func beginTLS(at now: Instant) {
        var shape = isSecuringProxy ? HelloShape(proxy: proxy, options) : HelloShape(request, host: host, options)
        if let variant, !isSecuringProxy { shape = shape.changed(by: variant) }
        var fact = TLSFact(serverName: nil, sentAt: now)
        do throws(TLSConfigurationError) {
            let session = try TLSClientSession(shape.configuration)
            let hello = shape.hello(from: session.start())
            if shape.isOnlyHello { trial = HelloAnswer() } else { self.session = session }
            fact.describe(hello)
            pieces = shape.pieces(of: hello).map(carried)
            if case .inTwoWithPause = shape.cut, pieces.count == 2 {
                rest = pieces.removeLast()
                moment = now + Self.pause
            }
        } catch {
            fact.outcome = .failed(error.description)
            isDone = true
        }
        tls = fact
    }

    /// What the TLS of the moment says: the proxy's own while that does not stand, and the target's then.
    var tls: TLSFact? {
        get { isSecuringProxy ? facts.proxyTLS : facts.tls }
        set { if isSecuringProxy { facts.proxyTLS = newValue } else { facts.tls = newValue } }
    }

    /// Bytes of the far end that TLS takes; false where there is no TLS.
    func receiveTLS(_ bytes: [UInt8], at now: Instant) -> Bool {
        guard session != nil || trial != nil else { return false }
        if tls?.answeredAt == nil { tls?.answeredAt = now }
        tls?.received += bytes.count
        if let reading = trial?.receive(bytes) { take(reading, at: now) }
        guard let session else { return true }
        let wasSecured = session.state == .established
        let step = session.receive(bytes.span)
        send(step.bytes)
        settle(session, at: now)
        guard !isDone else { return true }
        // It may say goodbye with the last word of the handshake.
        if !wasSecured, session.state == .established || session.state == .closed(.byPeer) {
            secured(session, at: now)
        }
        let plain = session.takePlaintext()
        guard !plain.isEmpty else { return true }
        if carrier === session { hear(inCarrier: plain, at: now) } else { read(plain, at: now) }
        return true
    }

    /// The far end's stream ended before TLS stood.
    func endTLS(_ end: DialogueEnd, at now: Instant) {
        if let reading = trial?.end { take(reading, at: now) }
        guard let session, session.state != .established else { return }
        _ = session.end()
        settle(session, end, at: now)
    }

    private func secured(_ session: TLSClientSession, at now: Instant) {
        tls?.outcome = .secured
        tls?.endedAt = now
        if isSecuringProxy { return goBehind(session, at: now) }
        guard variant == nil || variant == .unverified else { return close() }
        // A server that insists on another protocol is not asked in this one.
        let isHTTP = tls?.applicationProtocol.map { $0 == "http/1.1" } ?? true
        if request.words != nil || request.path != nil && isHTTP {
            ask(at: now)
            // Nothing is said to who has gone.
            if session.state != .established { finish(.closed(isAcknowledged: false), at: now) }
        } else if tls?.asksForCertificate ?? false {
            refusalEnd = now + Self.refusalPatience
            moment = refusalEnd
        } else {
            close()
        }
    }

    /// What answers the hello of a trial, into facts.
    private func take(_ reading: HelloAnswer.Reading, at now: Instant) {
        switch reading {
        case .nothingYet: return
        case .hello(let hello):
            tls?.version = hello.version
            tls?.cipher = hello.cipherSuite.description
            tls?.applicationProtocol = hello.applicationProtocol
            tls?.outcome = .answered
        case .alert(let alert): tls?.outcome = .alert(alert, byPeer: true)
        case .unexpected: tls?.outcome = .failed("what came is no answer to a ClientHello")
        case .foreign(let start): tls?.outcome = .foreign(start)
        }
        tls?.endedAt = now
        isDone = true
    }

    /// What the session says of itself, into facts.
    ///
    /// - Parameter end: how the connection ended, where it did.
    private func settle(_ session: TLSClientSession, _ end: DialogueEnd = .closed(), at now: Instant) {
        if let peer = session.peer { tls?.describe(peer) }
        guard case .failed(let failure) = session.state else { return }
        tls?.endedAt = now
        isDone = true
        tls?.outcome =
            switch failure {
            case .alertReceived(let alert): .alert(alert, byPeer: true)
            case .verification(let problems, _): .untrusted(problems.map(\.text))
            case .notTLS(let firstBytes): .foreign(firstBytes.firstLine)
            case .unexpectedEnd: .broken(end)
            case .alertSent(let alert, _): .alert(alert, byPeer: false)
            case .other(let reason): .failed(reason.description)
            }
    }
}

extension TLSFact {
    /// What was sent, as it stands in the bytes.
    fileprivate mutating func describe(_ hello: [UInt8]) {
        helloLength = max(0, hello.count - TLSRecord.headerLength)
        guard let sent = TLSStream(decoding: hello.span).clientHello else { return }
        serverName = sent.serverName?.description
        offersALPN = !sent.applicationProtocols.isEmpty
    }

    fileprivate mutating func describe(_ peer: TLSPeer) {
        version = peer.version
        cipher = peer.cipherName
        applicationProtocol = peer.applicationProtocol
        asksForCertificate = peer.asksForCertificate
        problems = peer.verification?.failures.map(\.text) ?? []
        faults = Set(peer.verification?.failures.map(\.code.fault) ?? [])
        untimelyAt = peer.verification?.failures.lazy.filter { $0.code == .expired || $0.code == .notYetValid }.map(
            \.depth
        ).min()
        chain = peer.chain.map { certificate in
            Certificate(
                subject: certificate.subject, issuer: certificate.issuer,
                names: certificate.names + certificate.addresses.map { NetworkText(bytes: Array($0.description.utf8)) },
                validity: "\(Self.day(certificate.notBefore)) to \(Self.day(certificate.notAfter))")
        }
    }

    private static func day(_ seconds: Int64?) -> String {
        guard let seconds else { return "?" }
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? "?" : CivilTime.text(unixNanoseconds: nanoseconds, fractionDigits: 0)
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
