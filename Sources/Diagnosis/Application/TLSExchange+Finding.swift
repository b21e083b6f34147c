package import Conversations
import PacketWire

extension TLSExchange {
    /// A server that takes longer to say its hello is stuck: its own limit is some 10 s as a rule.
    package static let patience = TimeSpan.seconds(5)

    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        if let greeting = upgradedFrom {
            finding.evidence.append(
                Evidence(.wire, greeting.value.phrase, detail: "both agreed on TLS behind it", frames: [greeting.frame])
            )
        }
        if let place = carriedTo {
            finding.evidence.append(
                Evidence(.wire, "the proxy gives a tunnel to \(place.value)", frames: [place.frame]))
        }
        if let hello = clientHello {
            finding.evidence.append(Evidence(.wire, hello.value.clientPhrase, frames: [hello.frame]))
        }
        if let request = retryRequest {
            finding.evidence.append(
                Evidence(.wire, "the server asks for another hello (HelloRetryRequest)", frames: [request.frame]))
        }
        if let hello = serverHello {
            finding.evidence.append(Evidence(.wire, hello.value.serverPhrase, frames: [hello.frame]))
            finding.answeredAfter = clientHello.map { hello.at - $0.at }
        }
        let certificate = SeenCertificate(self, aftermath)
        if let certificate { finding.evidence.append(certificate.evidence) }
        let demand = CertificateDemand(self, aftermath)
        finding.evidence += demand.evidence
        if let alert {
            finding.evidence.append(Evidence(.wire, alert.value.phrase, frames: [alert.frame]))
        }
        if let foreign {
            finding.evidence.append(
                Evidence(
                    .wire,
                    "the \(foreign.value.byInitiator ? "client" : "server") speaks no TLS: '\(foreign.value.start)'",
                    frames: [foreign.frame]))
        }
        finding.evidence += (aftermath.application?.hellos ?? []).toldInOrder.map { trial in
            Evidence(
                .wire, "the hello \(trial.phrase)", detail: "\(trial.tls.helloLength) bytes", frames: trial.shownBy)
        }
        if let client = silentClient(aftermath) {
            finding.summary = client.remark
            return finding
        }
        // Who asks for a certificate has said what is wrong.
        finding.problem = demand.problem ?? problem(aftermath)
        guard let certificate else { return finding }
        if let problem = finding.problem, endedByClient {
            finding.problem = certificate.explaining(problem)
        } else if finding.problem == nil {
            finding.problem = leftAtCertificate(certificate, aftermath)
            if clientIsSecured { finding.summary = certificate.remark }
        }
        return finding
    }

    /// The server's alert is no answer to a hello: there was none, nor anything else.
    private func silentClient(_ aftermath: Aftermath) -> SilentClient? {
        guard clientHello == nil, serverHello == nil, let alert, !alert.value.byInitiator else { return nil }
        return aftermath.silentClient(at: alert.at)
    }

    private var endedByClient: Bool { alert?.value.byInitiator ?? false }

    /// The client went away upon a certificate that has something wrong, and did not say why.
    private func leftAtCertificate(
        _ certificate: SeenCertificate, _ aftermath: Aftermath
    ) -> ApplicationFinding.Problem? {
        guard !clientIsSecured, alert == nil, aftermath.wasClosedByInitiator,
            aftermath.hasEnded(within: Self.patience, of: certificate.at)
        else { return nil }
        return certificate.problem
    }

    private func problem(_ aftermath: Aftermath) -> ApplicationFinding.Problem? {
        let name = clientHello?.value.serverName.map { " for \($0)" } ?? ""
        let what = "the ClientHello\(name)"
        let problem = firstProblem(aftermath, what, name)
        guard let problem, let application = aftermath.application, isReadByOthers else { return problem }
        // Who stops it is known; the others show what it is stopped for.
        if case .stopped? = end(aftermath) { return problem.reading(of: HelloReading(application)) }
        var read = problem.read(HelloReading(application), application, what, barePort: barePort(aftermath))
        // Nobody changed one thing on purpose: what else differed may not be seen, and others make nothing surer.
        if !aftermath.isSavedProbe { read.confidence = min(read.confidence, max(problem.confidence, .likely)) }
        // What another hello met may be in what is missing.
        if aftermath.capturedWithLoss { read.confidence = min(read.confidence, .likely) }
        return read
    }

    /// What stops it is the answer to the hello itself, or the want of one.
    private var isReadByOthers: Bool {
        if let alert { return !alert.value.byInitiator && serverHello == nil }
        return foreign == nil
    }

    private func firstProblem(
        _ aftermath: Aftermath, _ what: String, _ name: String
    ) -> ApplicationFinding.Problem? {
        if let alert, alert.value.alert.isFatal {
            return alert.value.alert.problem(
                name, byClient: alert.value.byInitiator, hasAgreed: serverHello != nil, aftermath.target)
        }
        if let foreign {
            return .foreign(foreign.value.start, byClient: foreign.value.byInitiator, port: barePort(aftermath))
        }
        guard let hello = clientHello else { return nil }
        if let problem = missingSecondHello(aftermath) { return problem }
        let advice = TLSAdvice.unanswered(helloLength: hello.value.length)
        if let end = breakOff(aftermath) {
            let received = aftermath.taken(of: Int(serverBytes)) - Int(before.responder)
            guard received > 0 else { return end.problem(what, of: aftermath.target, stage: .tls, advice: advice) }
            return end.problem(
                what, received: received, in: "the handshake", of: aftermath.target, stage: .tls, advice: advice)
        }
        if let end = unfinishedFlight(aftermath) {
            var problem = end.problem(
                what, received: aftermath.received - Int(before.responder), in: "the server's part of the handshake",
                of: aftermath.target, stage: .tls, advice: TLSAdvice.unfinishedFlight)
            if case .silence = end { problem?.lookAlikes += aftermath.lookAlikeOfMissingSizes }
            return problem
        }
        let end = end(aftermath)
        return upgradedFrom == nil && carriedTo == nil
            ? end?.problemOfFirstWords(what, of: aftermath.target, stage: .tls, advice: advice)
            : end?.problem(what, of: aftermath.target, stage: .tls, advice: advice)
    }

    /// The server said something, and stopped before it went on to what is encrypted; nil where it did not.
    private func breakOff(_ aftermath: Aftermath) -> Aftermath.End? {
        guard let hello = clientHello, !serverIsSecured, foreign == nil else { return nil }
        if let alert, alert.value.byInitiator { return nil }
        let end = aftermath.breakOff(since: hello.at, before: before, read: serverBytes, patience: Self.patience)
        // Behind the server's own flight it is the client's turn, who may ask a person for a certificate.
        // The same holds behind its request for another hello.
        let isClientsTurn = serverHello != nil || retryRequest != nil && !clientGoesOn
        guard isClientsTurn, !clientIsSecured else { return end }
        switch end {
        case .closed, .reset: return aftermath.hasEnded(within: Self.patience, of: hello.at) ? end : nil
        default: return nil
        }
    }

    /// The server asked for another hello, and none came by for so long that somebody gave up, or would.
    private func missingSecondHello(_ aftermath: Aftermath) -> ApplicationFinding.Problem? {
        guard let request = retryRequest, serverHello == nil, !clientGoesOn, alert == nil, !aftermath.capturedWithLoss,
            let waited = aftermath.waited(since: request.at), waited >= Self.patience
        else { return nil }
        let missing = aftermath.missingOfInitiator
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: missing > 0 ? .silentDrop : .noReply,
            zones: [.path, .localEgress], confidence: missing > 0 ? .likely : .weak,
            summary:
                "The server asked for another hello (HelloRetryRequest, frame \(request.frame)), and none came by in"
                + " \(waited.words)"
                + (missing > 0
                    ? ": \(missing) bytes that the client said then were lost before this capture."
                    : ": the client said nothing more, or it was lost before this capture."),
            advice: [
                "Capture at the client: does it send a second ClientHello? If so, look for a filter on the way that knows one"
                    + " hello to a connection only; if not, does the client support the group that the server wants?"
            ])
    }

    /// The server said its hello, and what must follow it did not come; nil where the server may have said all, and it is the
    /// client's turn.
    private func unfinishedFlight(_ aftermath: Aftermath) -> Aftermath.End? {
        guard let hello = serverHello, !clientIsSecured, alert == nil, foreign == nil else {
            return nil
        }
        return aftermath.unfinished(
            since: hello.at, before: serverGoesOn ? serverRecordsEnd : nil, patience: Self.patience)
    }

    /// How it broke off before the server's hello; nil where it did not.
    private func end(_ aftermath: Aftermath) -> Aftermath.End? {
        guard let hello = clientHello else { return nil }
        if let answer = serverHello {
            return aftermath.reset(after: hello.at, before: answer.at)
                ?? aftermath.tooLate(after: hello.at, answer: answer.at)
        }
        return aftermath.end(after: hello.at, before: before, patience: Self.patience)
    }
}

extension TLSFact {
    /// What a capture shows of a handshake, as far as it came; nil where there is no hello, or it is not over.
    package init?(_ exchange: TLSExchange, _ aftermath: Aftermath, patience: TimeSpan) {
        guard let hello = exchange.clientHello else { return nil }
        self.init(serverName: hello.value.serverName?.description, sentAt: hello.at)
        helloLength = hello.value.length
        offersALPN = hello.value.applicationProtocol != nil
        answeredAt = exchange.serverHello?.at
        version = exchange.serverHello?.value.version
        applicationProtocol = exchange.serverHello?.value.applicationProtocol
        if let answer = exchange.serverHello, aftermath.reset(after: hello.at, before: answer.at) != nil {
            (version, answeredAt) = (nil, nil)
            outcome = .broken(.reset(.connectionReset))
        } else if let alert = exchange.alert?.value, alert.alert.isFatal {
            outcome = .alert(alert.alert, byPeer: !alert.byInitiator)
        } else if let foreign = exchange.foreign?.value {
            outcome = .foreign(foreign.start)
        } else if exchange.serverHello != nil {
            outcome = .secured
        } else {
            switch aftermath.end(after: hello.at, before: exchange.before, patience: patience) {
            case .open: return nil
            case .closed(_, let hadRequest, _): outcome = .broken(.closed(isAcknowledged: hadRequest))
            case .torso(let span, _, _, _): outcome = .broken(.silence(span, isAcknowledged: true))
            case .reset: outcome = .broken(.reset(.connectionReset))
            case .stopped: outcome = .broken(.silence(aftermath.until - hello.at, isAcknowledged: false))
            case .silence(let span, let isAcknowledged):
                outcome = .broken(.silence(span, isAcknowledged: isAcknowledged))
            }
        }
    }
}

extension SocketError {
    /// What a reset becomes at a socket.
    fileprivate static let connectionReset = SocketError(linux: 104)
}

extension TLSExchange.Alert {
    fileprivate var phrase: String {
        "TLS alert of the \(byInitiator ? "client" : "server"): \(alert.code) (\(alert.code.rawValue))"
    }
}

extension HelloOutline {
    fileprivate var clientPhrase: String {
        "TLS ClientHello" + (serverName.map { " for \($0)" } ?? " without a name") + ", up to \(version)"
            + (applicationProtocol.map { ", ALPN \($0)" } ?? "")
    }

    fileprivate var serverPhrase: String {
        "TLS ServerHello: \(version)" + (cipherSuite.map { ", \($0)" } ?? "")
            + (applicationProtocol.map { ", ALPN \($0)" } ?? "")
    }
}
