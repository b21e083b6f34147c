import Conversations
import PacketWire

extension TLSFact {
    func finding(_ application: ApplicationFacts, _ facts: Facts) -> ApplicationFinding {
        var finding = ApplicationFinding()
        finding.answeredAfter = endedAt.map { $0 - sentAt }
        finding.evidence.append(
            Evidence(.socket, "TLS ClientHello\(named.isEmpty ? " without a name" : named), \(helloLength) bytes"))
        if let version {
            finding.evidence.append(
                Evidence(
                    .socket,
                    "TLS: \(version)" + (cipher.map { ", \($0)" } ?? "")
                        + (applicationProtocol.map { ", ALPN \($0)" } ?? ""), detail: flights ?? ""))
        }
        if let own = chain.first {
            finding.evidence.append(
                Evidence(
                    .socket, "certificate: \(own.subject)",
                    detail: "from \(own.issuer), \(own.validity)"))
        }
        if asksForCertificate { finding.evidence.append(Evidence(.socket, "the server asks for a client certificate")) }
        if case .untrusted = outcome {
        } else {
            for problem in problems { finding.evidence.append(Evidence(.socket, "certificate: \(problem)")) }
        }
        finding.evidence += application.hellos.toldInOrder.map { trial in
            Evidence(
                .socket, "the hello \(trial.phrase)", detail: "\(trial.tls.helloLength) bytes",
                frames: trial.frames(facts))
        }
        finding.problem = problem(application, facts)
        if case .secured = outcome, let version {
            finding.summary =
                "\(version)\(named) stands\(problems.isEmpty ? "" : ", with a certificate that does not (\(problems[0]))")"
                + (endedAt.map { " after \(($0 - sentAt).words)." } ?? ".")
                + (asksForCertificate ? " The server asks for a certificate of the client, and got none." : "")
        }
        return finding
    }

    /// The same of the proxy's own TLS. Other hellos are not tried there: what it hides is what is asked about.
    func findingOfProxy(_ facts: Facts) -> ApplicationFinding {
        var application = ApplicationFacts()
        application.tls = self
        var finding = finding(application, facts)
        for index in finding.evidence.indices {
            finding.evidence[index].fact = "the proxy: \(finding.evidence[index].fact)"
        }
        finding.summary = finding.summary.map { "With the proxy, \($0)" }
        if let problem = finding.problem { finding.problem?.summary = "With the proxy itself: \(problem.summary)" }
        return finding
    }

    /// How long the server took for its first words, and how long all took.
    private var flights: String? {
        guard let answeredAt else { return nil }
        let first = "the server's first flight after \((answeredAt - sentAt).words)"
        guard case .secured = outcome, let endedAt else { return first }
        return "\(first), its last after \((endedAt - sentAt).words)"
    }

    private var named: String { serverName.map { " for \($0.escapedForDisplay)" } ?? "" }

    private func problem(_ application: ApplicationFacts, _ facts: Facts) -> ApplicationFinding.Problem? {
        let what = "the ClientHello\(named)"
        let reading = HelloReading(application)
        return firstProblem(application, facts).map { problem in
            // Who asks for a certificate has said what is wrong.
            if wantsCertificate { return problem }
            switch outcome {
            // Who stops it is known; the others show what it is stopped for.
            case .broken(let end) where RequestStop(end, facts) != nil: return problem.reading(of: reading)
            case .broken where answeredAt == nil, .alert(_, byPeer: true):
                return problem.read(reading, application, what, barePort: facts.barePort)
            default: return problem
            }
        }
    }

    /// The server says that it does not know the name, and it was told none, as where an address is asked.
    var wantsName: Bool {
        guard case .alert(let alert, byPeer: true) = outcome, serverName == nil else { return false }
        return alert.code == .unrecognizedName
    }

    /// The same without its word: it turned away a hello that bore no name.
    var mayWantName: Bool {
        guard serverName == nil else { return false }
        return switch outcome {
        case .broken(.closed), .broken(.reset), .alert(_, byPeer: true): true
        case .broken(.silence), .alert(_, byPeer: false), .secured, .answered, .untrusted, .foreign, .failed: false
        }
    }

    /// The server asked for a certificate of the client, and gave up when none came.
    var wantsCertificate: Bool {
        switch outcome {
        case .alert(let alert, byPeer: true):
            alert.code == .certificateRequired || asksForCertificate && alert.answersMissingCertificate
        case .broken(.closed), .broken(.reset): asksForCertificate
        default: false
        }
    }

    private func firstProblem(_ application: ApplicationFacts, _ facts: Facts) -> ApplicationFinding.Problem? {
        if wantsCertificate {
            // Who goes without a word may go for another reason.
            guard case .alert(let alert, _) = outcome else {
                return .certificateWanted(named, said: nil, .likely, of: facts.target)
            }
            return .certificateWanted(named, said: alert, .strong, of: facts.target)
        }
        return switch outcome {
        case .secured, .answered: nil
        case .alert(let alert, let byPeer): alert.problem(named, byClient: !byPeer, facts.target)
        case .foreign(let start): .foreign(start, byClient: false, port: facts.barePort)
        case .untrusted(let problems):
            CertificateReading(application: application, tls: self).problem(problems, named: named, facts.target)
        case .broken(let end): broken(end, facts)
        case .failed(let reason):
            ApplicationFinding.Problem(
                verdict: .interfered, stage: .tls, mechanism: .protocolMismatch, zones: [.destination, .path],
                confidence: .likely, summary: "The TLS handshake\(named) failed: \(reason).",
                advice: ["Look at the server's TLS log for this moment."])
        }
    }

    private func broken(_ end: DialogueEnd, _ facts: Facts) -> ApplicationFinding.Problem? {
        let advice = TLSAdvice.unanswered(helloLength: helloLength)
        guard received > 0 else {
            let end = end.end(facts)
            return facts.barePort != nil
                ? end.problemOfFirstWords("the ClientHello\(named)", of: facts.target, stage: .tls, advice: advice)
                : end.problem("the ClientHello\(named)", of: facts.target, stage: .tls, advice: advice)
        }
        // What was said last may still have been stopped.
        if case .stopped(let stop) = end.end(facts) {
            return stop.problem("the TLS handshake\(named)", of: facts.target, stage: .tls)
        }
        return end.silentEnd(facts).problem(
            "the ClientHello\(named)", received: received, in: "the handshake", of: facts.target, stage: .tls,
            advice: advice)
    }
}

extension [HelloTrial] {
    /// What gets through tells most, and stands last, where a long list is not cut.
    var toldInOrder: [HelloTrial] { filter { !$0.tls.isRead } + filter(\.tls.isRead) }
}

extension HelloTrial {
    /// The hello's own packet and what answered it, where the wire shows them.
    fileprivate func frames(_ facts: Facts) -> [Int] {
        guard facts.attempts.indices.contains(attempt) else { return shownBy }
        return facts.attempts[attempt].packets.filter { $0.payloadLength > 0 }.prefix(2).map(\.frame).filter { $0 > 0 }
    }
}
