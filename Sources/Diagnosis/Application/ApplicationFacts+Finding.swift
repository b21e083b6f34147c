import Conversations
import PacketWire

/// What a probe's own dialogue behind the handshake says.
extension TargetDiagnosis {
    func withApplication(of facts: Facts) -> TargetDiagnosis {
        guard facts.request != nil else { return self }
        guard let application = facts.application else {
            guard verdict == .open || verdict == .degraded else { return self }
            var diagnosis = self
            diagnosis.evidence.append(
                Evidence(.socket, "nothing was said behind the handshake: there was no time for it"))
            return diagnosis
        }
        var diagnosis = self
        diagnosis.application = application
        if let tls = application.tls {
            diagnosis = diagnosis.withApplication(tls.finding(facts), stage: .tls)
        }
        if let http = application.http {
            diagnosis = diagnosis.withApplication(http.finding(facts), stage: .application)
        }
        return diagnosis
    }
}

extension DialogueEnd {
    /// As the wire shows it, where there is one.
    fileprivate func end(_ facts: Facts) -> Aftermath.End {
        switch self {
        case .silence(let span, let isAcknowledged): return .silence(span, isAcknowledged: isAcknowledged)
        case .closed: return .closed(frame: 0)
        case .reset:
            let answers = facts.attempts.first?.packets.filter { !$0.fromInitiator } ?? []
            let synAck = answers.first { $0.tcp?.flags.contains(.syn) ?? false }
            let reset = answers.last { $0.tcp?.flags.contains(.rst) ?? false }
            let same = synAck.flatMap { synAck in
                reset.map { $0.timeToLive.routersPassed == synAck.timeToLive.routersPassed }
            }
            return .reset(sameDistance: same, frame: reset?.frame ?? 0)
        }
    }
}

extension TLSFact {
    fileprivate func finding(_ facts: Facts) -> ApplicationFinding {
        var finding = ApplicationFinding()
        finding.answeredAfter = endedAt.map { $0 - sentAt }
        finding.evidence.append(
            Evidence(.socket, "TLS ClientHello\(named.isEmpty ? " without a name" : named), \(helloLength) bytes"))
        if let version {
            finding.evidence.append(
                Evidence(
                    .socket,
                    "TLS: \(version)" + (cipher.map { ", \($0)" } ?? "")
                        + (applicationProtocol.map { ", ALPN \($0)" } ?? "")))
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
        finding.problem = problem(facts)
        if case .secured = outcome, let version {
            finding.summary =
                "\(version)\(named) stands\(problems.isEmpty ? "" : ", with a certificate that does not (\(problems[0]))")"
                + (endedAt.map { " after \(($0 - sentAt).words)." } ?? ".")
        }
        return finding
    }

    private var named: String { serverName.map { " for \($0.escapedForDisplay)" } ?? "" }

    private func problem(_ facts: Facts) -> ApplicationFinding.Problem? {
        switch outcome {
        case .secured: nil
        case .alert(let alert, let byPeer): alert.problem(named, byClient: !byPeer, facts.target)
        case .foreign(let start): .foreign(start, byClient: false)
        case .untrusted(let problems): untrusted(problems)
        case .broken(let end):
            end.end(facts).problem(
                answeredAt == nil ? "the ClientHello\(named)" : "the TLS handshake\(named)", of: facts.target,
                stage: .tls,
                advice: TLSAdvice.unanswered(helloLength: helloLength))
        case .failed(let reason):
            ApplicationFinding.Problem(
                verdict: .interfered, stage: .tls, mechanism: .protocolMismatch, zones: [.destination, .path],
                confidence: .likely, summary: "The TLS handshake\(named) failed: \(reason).",
                advice: ["Look at the server's TLS log for this moment."])
        }
    }

    private func untrusted(_ problems: [String]) -> ApplicationFinding.Problem {
        let issuer = chain.last.map { " It is from \($0.issuer)." } ?? ""
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .tlsAlert, zones: [.destination, .path], confidence: .strong,
            summary: "The certificate that is shown\(named) does not stand: \(problems.first ?? "unknown").\(issuer)",
            advice: [
                "Compare the certificate with the one that the server has: a box that inspects TLS shows one of its own.",
                "Is this machine's clock right, and does it know the issuer (--ca FILE trusts another one, --insecure goes on regardless)?",
            ],
            lookAlikes: [
                LookAlike(
                    cause: "a box on the way shows a certificate of its own",
                    whyNotExcluded: "who shows a certificate need not be the server",
                    experiment: "ask for unrelated names: an inspecting box has one issuer for all of them")
            ])
    }
}

extension HTTPFact {
    fileprivate func finding(_ facts: Facts) -> ApplicationFinding {
        var finding = ApplicationFinding()
        finding.answeredAfter = answeredAt.map { $0 - sentAt }
        let request = "\(method) \(path.escapedForDisplay), host \(host.escapedForDisplay)"
        finding.evidence.append(Evidence(.socket, "HTTP request: \(request)"))
        if let status {
            let named = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
            finding.evidence.append(
                Evidence(
                    .socket, "HTTP answer: \(status.code)" + (status.reason.bytes.isEmpty ? "" : " \(status.reason)"),
                    detail: named))
            finding.problem = problem(status, facts.target)
            let time = answeredAt.map { " after \(($0 - sentAt).words)" } ?? ""
            finding.summary =
                "The answer\(time): \(status.code)" + (status.reason.bytes.isEmpty ? "." : " \(status.reason).")
        } else if let end {
            finding.problem = end.end(facts).problem(
                "the request \(method) \(path.escapedForDisplay)", of: facts.target, stage: .application,
                advice: ["On the server: does its log know the request, and what does it wait for?"])
        }
        return finding
    }

    private func problem(_ status: HTTPStatusLine, _ target: Target) -> ApplicationFinding.Problem? {
        let who = fields["Via"] ?? fields["Server"]
        let whose = who.map { " (\($0))" } ?? ""
        let said = "\(status.code)" + (status.reason.bytes.isEmpty ? "" : " \(status.reason)")
        switch status.code {
        case 511:
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: .application, mechanism: .answeredByMiddlebox, zones: [.path],
                confidence: .strong, summary: "A portal on the way wants a login first: \(said)\(whose).",
                advice: ["Log in to the network's portal."])
        case 407:
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: .application, mechanism: .permission, zones: [.path, .destination],
                confidence: .strong, actor: target.address,
                summary: "A proxy answers, and wants to know who asks: \(said)\(whose).",
                advice: ["Give the proxy the credentials that it asks for, or leave it out for this host."])
        case 502, 503, 504:
            return ApplicationFinding.Problem(
                verdict: .degraded, stage: .application, mechanism: .noReply, zones: [.destination],
                confidence: .strong, actor: target.address,
                summary: "The server\(whose) answers for something behind it that does not: \(said).",
                advice: ["Look at the health of what stands behind it, and probe that from there."])
        default: return nil
        }
    }
}
