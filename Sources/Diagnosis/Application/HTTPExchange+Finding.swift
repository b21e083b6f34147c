import Conversations
import PacketWire

extension HTTPExchange {
    /// Some requests are meant to wait (long polls take 30 to 60 s): a longer silence is a stall.
    private static let patience = TimeSpan.seconds(60)

    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        if let request {
            finding.evidence.append(Evidence(.wire, request.value.phrase, frames: [request.frame]))
        }
        if let status {
            finding.evidence.append(Evidence(.wire, "HTTP answer: \(status.value.phrase)", frames: [status.frame]))
            finding.answeredAfter = request.map { status.at - $0.at }
        }
        if answerCutAt != 0 {
            finding.evidence.append(
                Evidence(
                    .wire, "an answer comes, and the capture does not keep what it says",
                    detail: "cut by the snap length: capture with more (tcpdump -s 0)", frames: [Int(answerCutAt)]))
        }
        if let foreign { finding.evidence.append(.answered(with: foreign)) }
        finding.problem = problem(aftermath)
        finding.read(
            aftermath.application?.repeats, seenBy: .wire, isAnswered: status != nil || unfinished > 0)
        return finding
    }

    private func problem(_ aftermath: Aftermath) -> ApplicationFinding.Problem? {
        guard let request, !request.value.isHTTP2 else { return nil }
        let what = "the request \(request.value.method) \(request.value.target)"
        if let foreign { return request.value.isConnect ? .notProxy(foreign.value) : .notHTTP(foreign.value) }
        if status == nil, unfinished == 0, answerCutAt == 0, let problem = unfinishedRequest(what, aftermath) {
            return problem
        }
        if let status, let end = aftermath.reset(after: request.at, before: status.at) {
            return end.problem(
                what, of: aftermath.target, stage: .application, advice: ApplicationFinding.Problem.requestAdvice)
        }
        if isEndless { return .endlessHead(what, received: Int(unfinished)) }
        if unfinished > 0,
            let end = aftermath.breakOff(since: request.at, read: unfinished, patience: Self.patience)
        {
            return end.problem(
                what, received: Int(unfinished), in: "its head", of: aftermath.target, stage: .application,
                advice: ApplicationFinding.Problem.requestAdvice)
        }
        // A head is of some hundred bytes, whatever is behind it.
        if unfinished > 0, let (span, received) = aftermath.trickle(before: .max) {
            return .unfinished(
                what, received: Int(received), of: "its head", after: span, stage: .application,
                ApplicationFinding.Problem.requestAdvice)
        }
        if let status {
            guard request.value.isConnect, status.value.code >= 300 else {
                return HTTPAnswer(
                    status: status.value, host: request.value.host, path: request.value.target, server: answer?.server,
                    via: answer?.via, location: answer?.location, proxyAuthenticate: answer?.proxyAuthenticate,
                    content: answer?.content ?? [],
                    isCut: answer?.isCut ?? false
                ).problem(aftermath.target) ?? brokenOff(what, request.at, aftermath)
                    ?? aftermath.tooLate(after: request.at, answer: status.at)?.problem(
                        what, of: aftermath.target, stage: .application,
                        advice: ApplicationFinding.Problem.requestAdvice)
            }
            return TunnelAnswer(
                place: "\(request.value.target)", status: status.value, proxy: aftermath.target.address,
                server: answer?.server, isMarked: answer?.via != nil || answer?.proxyAuthenticate != nil,
                proxyAuthenticate: answer?.proxyAuthenticate
            ).problem
        }
        func unanswered(for patience: TimeSpan) -> ApplicationFinding.Problem? {
            aftermath.end(after: request.at, patience: patience).problemOfFirstWords(
                what, of: aftermath.target, stage: .application, advice: ApplicationFinding.Problem.requestAdvice)
        }
        if let problem = unanswered(for: Self.patience) { return problem }
        guard aftermath.wasClosedByInitiator, var problem = unanswered(for: Aftermath.patienceOfClient) else {
            return nil
        }
        // Whether the server would have answered, had it been waited for, is not known.
        problem.confidence = .weak
        problem.lookAlikes.append(
            LookAlike(
                cause: "an answer that takes its time (a long poll), and a client that is not patient",
                whyNotExcluded: "the client closed the connection first", experiment: "ask again, and wait for a minute"
            ))
        return problem
    }

    /// The client stopped in the middle of what its request brings, or the rest of that was lost before the capture: who waits
    /// for it, and closes in the end, need not be why.
    private func unfinishedRequest(_ what: String, _ aftermath: Aftermath) -> ApplicationFinding.Problem? {
        guard requestLength > 0, let (said, waited) = aftermath.stuckRequest(before: requestLength) else { return nil }
        let missing = aftermath.missingOfInitiator
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .transfer, mechanism: missing > 0 ? .silentDrop : .noReply,
            // What was taken may never have been acknowledged, as far as the client knows.
            zones: [.path, .localEgress] + (missing > 0 ? [] : [.returnPath]), confidence: .likely,
            summary:
                "\(what.capitalizedFirst) does not come to an end: \(said) of the \(requestLength) bytes that it announces"
                + " came by, and nothing more for \(waited.words)"
                + (missing > 0 ? ": \(missing) bytes that the client said then were lost before this capture." : "."),
            advice: [
                "Capture at the client: does it send the rest, again and again? Then that is lost on the way (try a smaller MSS);"
                    + " if it does not, it waits for something itself (100 Continue, its own source)."
            ],
            lookAlikes: [
                LookAlike(
                    cause: "a path-MTU black hole on the way there",
                    whyNotExcluded: "what is missing is longer than what came, as a rule",
                    experiment: "does a smaller MSS heal it? stallpoint probe tries that", isOnTheWay: true)
            ])
    }

    /// It ended before all had come that its head announces.
    private func brokenOff(
        _ what: String, _ request: Instant, _ aftermath: Aftermath
    ) -> ApplicationFinding.Problem? {
        guard wholeLength > 0 else { return nil }
        if let torso = aftermath.torso(patience: .seconds(5)) {
            return torso.problem(
                what, of: aftermath.target, stage: .transfer, advice: ApplicationFinding.Problem.requestAdvice)
        }
        if let (span, received) = aftermath.trickle(before: wholeLength) ?? aftermath.givenUp(before: wholeLength) {
            return .unfinished(
                what, received: Int(received),
                of: isChunked ? "\(wholeLength) at the least" : "the \(wholeLength) that it announces", after: span,
                stage: .transfer, ApplicationFinding.Problem.requestAdvice)
        }
        guard let (end, received) = aftermath.breakOff(before: wholeLength, since: request) else { return nil }
        return end.problem(
            what, received: Int(received),
            in: isChunked ? "its chunks (\(wholeLength) at the least)" : "the \(wholeLength) that it announces",
            of: aftermath.target,
            stage: .transfer,
            advice: [
                "On the server: does its log know why it gave up? A proxy before it may, whose backend did, or whose time ran out."
            ])
    }
}

extension HTTPRequestLine {
    fileprivate var phrase: String {
        isHTTP2 ? "HTTP/2 without TLS" : "HTTP request: \(method) \(target)" + (host.map { ", host \($0)" } ?? "")
    }
}

extension HTTPStatusLine {
    fileprivate var phrase: String { "\(code)" + (reason.bytes.isEmpty ? "" : " \(reason)") }
}

extension Evidence {
    /// What came in place of the protocol's own answer.
    static func answered(with foreign: Seen<NetworkText>) -> Evidence {
        Evidence(.wire, "the request is answered with '\(foreign.value)'", frames: [foreign.frame])
    }
}
