import Conversations
import PacketWire

/// What a DNS server said to the question that it was the target of, beside a verdict that rests on one datagram.
extension TargetDiagnosis {
    func withNameServer(of facts: Facts) -> TargetDiagnosis {
        guard let server = facts.nameServer else { return self }
        var diagnosis = self
        diagnosis.nameServer = server
        diagnosis.evidence += server.asks.map { $0.evidence(for: server.question) }
        return diagnosis.judged(by: server, facts)
    }

    /// Without a word of each question.
    package func judged(by server: NameServerFacts, _ facts: Facts) -> TargetDiagnosis {
        var diagnosis = self
        guard verdict == .open || verdict == .degraded else { return diagnosis.beside(server) }
        var finding = ApplicationFinding()
        finding.problem = NameServerFinding(server, facts).problem
        if let problem = finding.problem {
            (diagnosis.afterHop, diagnosis.beforeHop) = (nil, nil)
            finding.problem?.confidence = facts.capturedWithLoss ? min(problem.confidence, .likely) : problem.confidence
        }
        finding.summary = facts.isOffline ? nil : server.good
        return diagnosis.withApplication(finding, stage: nil)
    }

    /// UDP gets no answer: does TCP to the same port, which is the same server?
    private func beside(_ server: NameServerFacts) -> TargetDiagnosis {
        guard let stream = server.stream else { return self }
        var diagnosis = self
        switch stream.result {
        case .answered(let outcome):
            diagnosis.summary += " Over TCP the same port answers: \(outcome.phrase(server.question.type))."
            // Where something came back over UDP, the verdict says already what is wrong with it.
            guard mechanism == .noReply || mechanism == .silentDrop || mechanism == .loss else { return diagnosis }
            diagnosis.summary += " So UDP is what is missing."
            diagnosis.advice.append(
                "Let UDP to port \(target.port) and its answers pass, as TCP does: most clients ask over UDP first.")
            // A server that is there answers both (RFC 7766 section 5): this silence is no choice of its own.
            guard verdict == .undetermined else { return diagnosis }
            (diagnosis.verdict, diagnosis.mechanism, diagnosis.confidence) = (.blocked, .silentDrop, .likely)
            diagnosis.summary =
                "The server answers over TCP (\(outcome.phrase(server.question.type))), and the same question over UDP gets no answer: something"
                + " stops UDP to port \(target.port), or its answers."
            diagnosis.lookAlikes.removeAll { $0.cause == SilentService.phrase }
            diagnosis.lookAlikes.append(
                LookAlike(
                    cause: "the server itself takes questions over TCP only, or does not answer this client over UDP",
                    whyNotExcluded: "few are set up like that, and some are",
                    experiment: "on the server: does it listen on UDP, and does the question arrive?"))
        case .silent where !stream.hasConnected && verdict == .undetermined:
            diagnosis.summary += " Over TCP it is silent, too."
        case .silent, .refused, .foreign, .closed:
            diagnosis.summary += " Over TCP it \(stream.phrase)."
        }
        return diagnosis
    }
}

extension NameServerFacts {
    /// The answer that stands: whole over UDP, else over TCP, else with more room, unless that is only refused as such: a
    /// server without EDNS says FORMERR to it, and nothing of the name (RFC 6891 section 7).
    var best: Ask? {
        [plain, stream, roomy?.outcome?.isOfTheName ?? false ? roomy : nil].compactMap { $0 }
            .first { $0.isAnswered && !$0.isCut }
    }

    /// What is worth saying where nothing is wrong.
    var good: String? {
        guard let best, let outcome = best.outcome, !isAnyAnswerGood else { return nil }
        let way = best.transport == .tcp ? ", over TCP, because it does not fit a datagram" : ""
        return "\(question.name) \(question.type): \(outcome.phrase(question.type))\(way)."
    }
}

struct NameServerFinding {
    private let server: NameServerFacts
    private let facts: Facts
    private var hasWire: Bool { facts.witnesses.contains(.wire) }
    private var asked: String { "\(server.question.name) \(server.question.type)" }
    private var port: UInt16 { facts.target.port }

    init(_ server: NameServerFacts, _ facts: Facts) {
        (self.server, self.facts) = (server, facts)
    }

    /// The first thing that is wrong, worst first.
    var problem: ApplicationFinding.Problem? {
        guard let plain = server.plain else { return nil }
        if let problem = forged(plain) ?? foreign(plain) ?? unanswered(plain) { return problem }
        guard let best = server.best, let outcome = best.outcome else { return streamProblem(isNeeded: true) }
        if let problem = disagreement(plain) ?? nearer(plain) { return problem }
        if !server.isAnyAnswerGood, let problem = failure(outcome, wasCut: plain.isCut) { return problem }
        return streamProblem(isNeeded: false) ?? roomProblem
    }

    private func forged(_ plain: NameServerFacts.Ask) -> ApplicationFinding.Problem? {
        guard let first = plain.outcome, let second = plain.contradiction else { return nil }
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .resolve, mechanism: .answeredByMiddlebox, zones: [.path, .resolver],
            confidence: .strong,
            summary:
                "One question for \(asked) is answered twice: \(first.phrase(server.question.type)), and then \(second.phrase(server.question.type)). One of the two is"
                + " forged, most likely the first: whoever forges on the way is nearer than the server."
                + (server.stream?.outcome.map { " Over TCP the server says: \($0.phrase(server.question.type))." } ?? ""),
            advice: ResolutionDoubt.forgedAdvice,
            lookAlikes: [
                LookAlike(
                    cause: "the server is two behind one address that disagree",
                    whyNotExcluded: "both answers bear its address",
                    experiment: "compare the TTLs of the two answers' packets")
            ])
    }

    /// What answers over UDP is no DNS, or answers something else.
    private func foreign(_ plain: NameServerFacts.Ask) -> ApplicationFinding.Problem? {
        guard case .foreign(let mismatch) = plain.result else { return nil }
        let overTCP = server.stream?.outcome.map {
            " Over TCP the same port answers as it should: \($0.phrase(server.question.type))."
        }
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely, actor: facts.target.address,
            summary: "A datagram comes back for the question, and it is no answer to it: \(mismatch)."
                + (overTCP ?? ""),
            advice: [
                "On the host: which program listens on UDP port \(port) (ss -lunp 'sport = :\(port)')?",
                "A box on the way that reads DNS may have written over the answer: ask from the server's own network.",
            ],
            lookAlikes: [
                LookAlike(
                    cause: "somebody on the way answers in the host's place",
                    whyNotExcluded: "a datagram may come from anybody",
                    experiment: "capture on the host: does the question arrive, and is that what it answers?",
                    isOnTheWay: true)
            ])
    }

    /// The run's first question was answered, and the next one, asked twice, was not.
    private func unanswered(_ plain: NameServerFacts.Ask) -> ApplicationFinding.Problem? {
        guard plain.isStopped, let stop = AskStop(plain, facts) else { return nil }
        let isSilent = plain.result == .silent
        return ApplicationFinding.Problem(
            verdict: .degraded, stage: .handshake, mechanism: isSilent ? .loss : stop.mechanism,
            // The first question left and its answer came in: what stops some stops them behind this machine's filters, or
            // is one of them, which only the tap rules out.
            zones: stop.zones, confidence: .likely,
            summary: isSilent
                ? "A first question was answered, and the next, asked \(plain.tries == 1 ? "once" : "twice"), was not: loss, or a limit on questions."
                : "A first question was answered, and the next \(plain.phrase): a limit on questions, or somebody who refuses them after a while.",
            advice: [
                "Ask again more slowly; on the server look for a limit on the rate of answers (RRL) and of new clients."
            ])
    }

    /// UDP and TCP say different kinds of things: nobody answers a connection from the side.
    private func disagreement(_ plain: NameServerFacts.Ask) -> ApplicationFinding.Problem? {
        guard !plain.isCut, let one = plain.outcome, let other = server.stream?.outcome, one.kind != other.kind else {
            return nil
        }
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .resolve, mechanism: .answeredByMiddlebox, zones: [.path, .resolver],
            confidence: .likely,
            summary:
                "Over UDP the answer for \(asked) is: \(one.phrase(server.question.type)); over TCP: \(other.phrase(server.question.type)). One server says one thing:"
                + " somebody answers in its place, most likely over UDP.",
            advice: ResolutionDoubt.forgedAdvice,
            lookAlikes: [
                LookAlike(
                    cause: "the server treats the two differently, or two servers share the address",
                    whyNotExcluded: "its own settings are not seen from here",
                    experiment: "ask once more over each; read the server's own log")
            ])
    }

    /// What answers over UDP is nearer than what answers the same server's TCP, or its echoes.
    private func nearer(_ plain: NameServerFacts.Ask) -> ApplicationFinding.Problem? {
        guard plain.isAnswered, let place = plain.routersPassed else { return nil }
        let overTCP = server.stream.flatMap { $0.hasConnected ? $0.routersPassed : nil }
        let echo = server.echoPassed ?? facts.holderDistance
        guard
            let (host, what) = overTCP.flatMap({ $0 > place ? ($0, "those over TCP") : nil })
                ?? echo.flatMap({ $0 > place ? ($0, "the echo replies") : nil })
        else { return nil }
        // One router fewer is also what another of several ways back makes of it; and of one question, chance.
        let isSure = host - place > 1 && server.roomy?.routersPassed == place
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .resolve, mechanism: .answeredByMiddlebox, zones: [.path, .resolver],
            confidence: isSure ? .strong : .likely,
            summary:
                "The answers over UDP come from about hop \(place + 1), and \(what) from hop \(host + 1): something nearer than the"
                + " server answers questions in its name, as a router does that leads port \(port) to a resolver of its own.",
            advice: [
                "Ask whoever runs \(place == 0 ? "the first router" : "what stands about hop \(place + 1)") for a redirect of UDP port \(port): what it answers is not this server's word.",
                "Where the server speaks TLS (port 853) or HTTPS, ask it so: nobody else has its certificate.",
            ],
            lookAlikes: [
                LookAlike(
                    cause: "the address is shared by several servers, and one kind of question goes to a nearer one",
                    whyNotExcluded: "both bear the server's address",
                    experiment:
                        "ask for a name that only this server knows, or for its own (dns://…/id.server?type=TXT)")
            ])
    }

    private func failure(_ outcome: ResolutionFact.Outcome, wasCut: Bool) -> ApplicationFinding.Problem? {
        func problem(
            _ mechanism: Mechanism, _ summary: String, _ advice: [String]
        ) -> ApplicationFinding.Problem {
            // Nobody opens a connection in another's name from the side.
            let isConfirmed =
                server.plain?.outcome?.kind == server.stream?.outcome?.kind && server.stream?.outcome != nil
            return ApplicationFinding.Problem(
                verdict: .failed, stage: .resolve, mechanism: mechanism, zones: [.resolver],
                confidence: isConfirmed ? .strong : .likely,
                actor: mechanism == .resolverRefused ? facts.target.address : nil, summary: summary, advice: advice,
                lookAlikes: isConfirmed ? [] : [.answeredInPassing])
        }
        switch outcome {
        case .addresses, .records, .leadsOn, .silent: return nil
        case .noSuchName:
            return problem(
                .nameNotFound, "The server answers that the name \(server.question.name) does not exist (NXDOMAIN).",
                ["Check the spelling; ask another server, or the zone's own: is it another view, or an old answer?"])
        case .noAddress:
            return problem(
                .nameNotFound,
                "The server answers that \(server.question.name) exists and has no record of type \(server.question.type) (NODATA).",
                ["Ask for another type: dns://…/\(server.question.name)?type=A, AAAA, MX, TXT, …"])
        case .refused(let code):
            return problem(
                .resolverRefused, "The server answers \(code) for \(asked).",
                [
                    code == "REFUSED"
                        ? "REFUSED means that this client may not ask it that: see its access list, or ask the server meant for this network."
                        : "It cannot find out, or does not understand: ask its owner to look at the zone, at its own upstream and at DNSSEC."
                ])
        }
    }
}

extension ResolutionFact.Outcome {
    fileprivate enum Kind { case found, leadsOn, noSuchName, noData, refused, silent }

    fileprivate var kind: Kind {
        switch self {
        case .addresses, .records: .found
        case .leadsOn: .leadsOn
        case .noSuchName: .noSuchName
        case .noAddress: .noData
        case .refused: .refused
        case .silent: .silent
        }
    }
}

// MARK: What answers, and not in every way

extension NameServerFinding {
    /// TCP to the same port, which a server owes, too (RFC 7766 section 5).
    ///
    /// - Parameter isNeeded: there is no whole answer over UDP.
    private func streamProblem(isNeeded: Bool) -> ApplicationFinding.Problem? {
        guard let stream = server.stream, let stop = AskStop(stream, facts) else { return nil }
        let verdict: Verdict =
            !isNeeded
            ? .degraded : stop.mechanism == .noListener ? .closed : stream.hasConnected ? .interfered : .blocked
        return ApplicationFinding.Problem(
            verdict: verdict, stage: stream.hasConnected ? .application : .handshake, mechanism: stop.mechanism,
            zones: stop.zones, confidence: .likely,
            summary: isNeeded
                ? "The server answers over UDP, but what it says of \(asked) does not fit a datagram, and over TCP it \(stream.phrase)."
                : "The server answers over UDP, and over TCP it \(stream.phrase): answers that do not fit a datagram cannot be had.",
            advice: [
                "Let TCP to port \(port) pass, as RFC 7766 asks; where it stops is said by: stallpoint probe tcp://\(facts.target.place)"
            ],
            lookAlikes: stop.lookAlikes)
    }

    /// Only the question with much room is stopped: its answer is lost for its size, or EDNS itself is.
    private var roomProblem: ApplicationFinding.Problem? {
        guard let roomy = server.roomy, roomy.isStopped, let narrow = server.narrow,
            server.plainAgain?.isAnswered ?? false
        else { return nil }
        if narrow.isStopped { return withoutEDNS(narrow, roomy) }
        guard narrow.isAnswered, roomy.result == .silent else { return nil }
        return longAnswer(roomy, narrow)
    }

    private func sureness(_ roomy: NameServerFacts.Ask) -> Confidence { roomy.tries > 1 ? .strong : .likely }

    /// With as little room as without it, too.
    private func withoutEDNS(
        _ narrow: NameServerFacts.Ask, _ roomy: NameServerFacts.Ask
    ) -> ApplicationFinding.Problem? {
        guard let stop = AskStop(narrow, facts) else { return nil }
        let isSilent = narrow.result == .silent
        return ApplicationFinding.Problem(
            verdict: .degraded, stage: .handshake, mechanism: stop.mechanism,
            // The plain questions beside it leave and are answered.
            zones: isSilent ? stop.zones.filter { $0 != .localEgress || stop.zones == [.localEgress] } : stop.zones,
            confidence: isSilent ? sureness(roomy) : .likely,
            summary: isSilent
                ? "Questions with EDNS (RFC 6891) get no answer, and the same ones without it do: somebody drops EDNS."
                : "A question with EDNS (RFC 6891) \(narrow.phrase), and the same one without it is answered: somebody refuses EDNS.",
            advice: [
                "Look for a firewall that inspects DNS and knows no OPT record: before the server, on it, or here.",
                "Resolvers that ask this server wait for each question before they ask again without EDNS.",
            ], lookAlikes: stop.lookAlikes)
    }

    /// A short answer comes, and the long one does not.
    private func longAnswer(
        _ roomy: NameServerFacts.Ask, _ narrow: NameServerFacts.Ask
    ) -> ApplicationFinding.Problem? {
        let plainRoom = Int(NameServerFacts.plainRoom)
        guard let size = server.stream?.size ?? (narrow.isCut ? plainRoom + 1 : nil), size > plainRoom else {
            return nil
        }
        let bytes = server.stream?.size.map { " of \($0) bytes" } ?? ""
        let local: [Zone] = hasWire && !roomy.wasSeenAnswered ? [] : [.localIngress]
        if roomy.longestSeen >= size {
            return ApplicationFinding.Problem(
                verdict: .degraded, stage: .transfer, mechanism: .silentDrop, zones: [.localIngress],
                confidence: sureness(roomy),
                summary:
                    "A long answer\(bytes) arrives at this machine as one datagram, and the socket never gets it: something here drops it on the way in.",
                advice: ["Look at the INPUT rules of this machine for a limit on the length of datagrams."])
        }
        var problem = ApplicationFinding.Problem(
            verdict: .degraded, stage: .transfer, mechanism: .mtuBlackHole, zones: [.returnPath, .destination] + local,
            confidence: sureness(roomy),
            summary:
                "A long answer\(bytes) does not arrive as a datagram\(roomy.wasSeenAnswered ? " (its first fragment does)" : ""), and short ones to the same question do: what does not fit one packet is lost on the way back.",
            advice: [
                "Let fragments pass on the way back, or let the server send no more than 1,232 bytes (its EDNS buffer size).",
                "Clients that ask with a smaller EDNS size, or over TCP, get the answer.",
            ],
            lookAlikes: [
                LookAlike(
                    cause: "the server's own host does not send it",
                    whyNotExcluded: "what leaves the server is not seen from here", experiment: "capture on the server")
            ])
        guard size <= Self.fitsEverywhere else { return problem }
        // Every path takes it in one packet: somebody reads DNS, and counts.
        problem.mechanism = .silentDrop
        problem.zones = [.path, .destination, .returnPath] + local
        problem.summary =
            "A long answer\(bytes) does not arrive as a datagram, though it fits one packet, and short ones to the same question do: somebody drops DNS of more than \(plainRoom) bytes, or questions that allow it."
        problem.advice[0] =
            "Look for a firewall that inspects DNS with the limit of 512 bytes that EDNS lifted in 1999 (RFC 2671): before the server, on it, or here."
        return problem
    }

    /// The payload of a packet of 1,280 bytes, which every IPv6 link carries (RFC 8200 section 5), and nearly every other.
    private static let fitsEverywhere = 1_232
}
