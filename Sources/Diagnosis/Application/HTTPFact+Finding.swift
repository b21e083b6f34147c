import Conversations
import PacketWire

extension HTTPFact {
    func finding(_ application: ApplicationFacts, _ facts: Facts) -> ApplicationFinding {
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
            let answer = answer(status, application)
            finding.problem =
                isEndless
                ? .endlessHead("the request \(method) \(path.escapedForDisplay)", received: received)
                : end.flatMap { unfinished($0, facts) } ?? answer.problem(facts.target)
            let time = answeredAt.map { " after \(($0 - sentAt).words)" } ?? ""
            finding.summary =
                "The answer\(time): \(status.code)" + (status.reason.bytes.isEmpty ? "" : " \(status.reason)")
                + (leadsOn(status).map { "; it leads on to \($0), which was not asked." } ?? ".")
            if status.code == 400, facts.barePort != nil, application.tls == nil, facts.request?.origin == nil {
                finding.summary? += " A server that wants a PROXY protocol header first may say so, too."
            }
            if let known = answer.known, known.isGiven(status.code, content) == true {
                finding.summary? += " It is what \(known.who) expect there: no portal stands in the way."
            }
        } else if let foreign {
            finding.problem = .notHTTP(foreign)
        } else if let end {
            finding.problem = unfinished(end, facts)
        }
        finding.read(application.repeats, seenBy: .socket, isAnswered: received > 0)
        return finding
    }

    /// Where a redirection leads, as it came.
    func leadsOn(_ status: HTTPStatusLine) -> NetworkText? {
        (300..<400).contains(status.code) ? fields["Location"] : nil
    }

    func answer(_ status: HTTPStatusLine, _ application: ApplicationFacts) -> HTTPAnswer {
        HTTPAnswer(
            status: status, host: NetworkText(host), path: NetworkText(path),
            isSecured: application.tls != nil && application.tls?.problems.isEmpty ?? true,
            server: fields["Server"], via: fields["Via"], location: fields["Location"],
            proxyAuthenticate: fields["Proxy-Authenticate"], content: content,
            lacksCertificate: application.tls?.asksForCertificate ?? false)
    }

    /// It broke off before an answer was whole.
    func unfinished(
        _ end: DialogueEnd, _ facts: Facts,
        advice: [String] = ApplicationFinding.Problem.requestAdvice
    ) -> ApplicationFinding.Problem? {
        let request = "the request \(method) \(path.escapedForDisplay)"
        guard received > 0 else {
            let (end, said) = (end.end(facts), end)
            let isFirst =
                facts.barePort != nil && facts.application?.tls == nil && facts.application?.proxyTLS == nil
            let problem =
                isFirst
                ? end.problemOfFirstWords(request, of: facts.target, stage: .application, advice: advice)
                : end.problem(request, of: facts.target, stage: .application, advice: advice)
            return problem?.besideProxyTLS(said, facts)
        }
        if let announced, status != nil { return cutContent(end, of: announced, request, facts, advice) }
        // Who answers has got the request: nothing stopped that.
        return end.silentEnd(facts).problem(
            request, received: received, in: "its head", of: facts.target, stage: .application, advice: advice)
    }

    /// The head came and promised more than came: what stops the rest stops it by its size, its amount or its time.
    private func cutContent(
        _ end: DialogueEnd, of announced: Int, _ request: String, _ facts: Facts, _ advice: [String]
    ) -> ApplicationFinding.Problem? {
        if case .silence = end, let stop = RequestStop(end, facts, isMidAnswer: true) {
            return stop.problem(request, of: facts.target, stage: .transfer)
        }
        var problem = end.silentEnd(facts).problem(
            request, received: contentReceived, in: "its content of \(announced) bytes", of: facts.target,
            stage: .transfer, advice: advice)
        if case .silence = end, !facts.witnesses.contains(.wire) { problem?.zones.append(.localIngress) }
        return problem
    }
}

extension NetworkText {
    /// An alert, and a version that begins with 3: RFC 8446 section 5.1.
    var beginsAlert: Bool { bytes.starts(with: [0x15, 3]) }

    /// A server's first frame is SETTINGS, type 4 of stream 0, neither an acknowledgement nor longer than some parameters of
    /// six bytes each: RFC 9113 sections 3.4, 4.1 and 6.5.
    fileprivate var beginsHTTP2: Bool {
        guard bytes.count >= 9, bytes[0] == 0, bytes[1] == 0, bytes[2] % 6 == 0 else { return false }
        return bytes[3] == 4 && bytes[4] == 0 && bytes[5..<9].allSatisfy { $0 == 0 }
    }
}

// MARK: What captures and probes say alike

extension ApplicationFinding.Problem {
    package static let requestAdvice = ["On the server: does its log know the request, and what does it wait for?"]

    /// What came in place of an answer.
    static func notHTTP(_ start: NetworkText) -> ApplicationFinding.Problem {
        if start.beginsAlert { return .speaksTLS("it answers a request in the clear with an alert") }
        if start.beginsHTTP2 {
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
                confidence: .likely,
                summary:
                    "What answers the request speaks HTTP/2 at once, and takes no request of HTTP/1: it wants clients that"
                    + " know so beforehand (prior knowledge), as gRPC's do.",
                advice: [
                    "Ask with a client of HTTP/2 or gRPC (curl --http2-prior-knowledge, grpcurl -plaintext); a proxy before it must"
                        + " be told to speak HTTP/2 to it."
                ])
        }
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely, summary: "What answers the request is no HTTP server: '\(start)'.",
            advice: ["Is it the right port? Something on the way may answer in its place, too."])
    }

    /// More of a head than anybody has use for, and no end of it: clients wait for that, or refuse the answer.
    static func endlessHead(_ request: String, received: Int) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely,
            summary: "The head of the answer to \(request) has no end: \(received) bytes of it came, and more.",
            advice: ["Ask for the same on the server itself: does the application write one field again and again?"],
            lookAlikes: [
                LookAlike(
                    cause: "a head that is only very long, which this client would take",
                    whyNotExcluded: "it was not read to its end",
                    experiment: "ask with the client that fails, and see how much of a head it takes")
            ])
    }

    /// An answer began, and nothing came any more.
    ///
    /// - Parameters:
    ///   - request: `the request GET /`
    ///   - part: `its head`
    static func unfinished(
        _ request: String, received: Int, of part: String, after span: TimeSpan, stage: Stage, _ advice: [String]
    ) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: stage, mechanism: .noReply, zones: [.destination, .path, .returnPath],
            confidence: .likely,
            summary:
                "The answer to \(request) does not come to an end: \(received) bytes of \(part) after \(span.words).",
            advice: advice,
            lookAlikes: [
                LookAlike(
                    cause: "somebody on the way slows the answer down",
                    whyNotExcluded: "who is slow is not seen from here",
                    experiment: "ask the same on the server itself", isOnTheWay: true)
            ])
    }
}
