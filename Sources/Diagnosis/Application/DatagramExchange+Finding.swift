package import Conversations
package import PacketWire

extension DNSExchange {
    private static let slow = TimeSpan.seconds(1)

    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        guard questions > 0 else { return finding }
        let first = firstQuestion.map { "\($0.value.name) \($0.value.type)" } ?? "?"
        let unanswered = unanswered(by: aftermath.until)
        finding.evidence.append(
            Evidence(
                .wire,
                "DNS: \(counted(questions, "question")), first \(first); \(answers) answered"
                    + (repetitions > 0 ? ", asked again \(counted(repetitions, "time"))" : "")
                    + (noSuchName > 0 ? ", \(noSuchName) with NXDOMAIN" : "")
                    + (truncated > 0 ? ", \(truncated) cut off (to be asked again over TCP)" : ""),
                frames: firstQuestion.map { [$0.frame] } ?? []))
        if slowest >= Self.slow {
            finding.evidence.append(Evidence(.wire, "DNS: the slowest answer took \(slowest.words)"))
        }
        for (code, count) in failures.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            finding.evidence.append(
                Evidence(
                    .wire, "DNS: \(counted(count, "answer")) with \(code)",
                    frames: failedQuestion.map { [$0.frame] } ?? []))
        }
        if unanswered.count > 0 {
            finding.evidence.append(
                Evidence(
                    .wire, "DNS: \(counted(unanswered.count, "question")) never answered", frames: unanswered.frames))
        }
        if unheardAnswers > 0 {
            finding.evidence.append(
                Evidence(
                    .wire, "DNS: \(counted(unheardAnswers, "question")) came again after the answer had passed",
                    detail: "with the same identifier: whoever asked still waits"))
        }
        if aliasRings > 0 {
            finding.evidence.append(
                Evidence(
                    .wire, "DNS: the aliases of \(counted(aliasRings, "answer")) lead in a ring", frames: [aliasRing]))
        }
        if contradicted > 0 {
            finding.evidence.append(
                Evidence(
                    .wire, "DNS: \(counted(contradicted, "question")) with two answers that say different things",
                    frames: contradiction))
        }
        finding.problem = problem(
            first, aftermath.capturedWithLoss ? 0 : unanswered.count, isHeardBeside: aftermath.areOthersAnswered,
            aftermath.sameQuestion)
        if answers == 0, unanswered.count > 0, let misfit {
            finding.evidence.append(Evidence(.wire, "DNS: what came back is no answer: \(misfit)"))
            finding.problem = .foreignReply(
                "DNS", aftermath.target,
                "A datagram came back for \(counted(questions, "DNS question")), first \(first), and it is no answer: \(misfit)."
            )
        }
        return finding
    }

    /// - Parameter isHeardBeside: other questions of the same client to the same server were answered.
    private func problem(
        _ first: String, _ unanswered: Int, isHeardBeside: Bool, _ same: SameQuestion?
    ) -> ApplicationFinding.Problem? {
        if contradicted > 0 {
            let frames = contradiction.map { "frame \($0)" }.joined(separator: " and ")
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: .application, mechanism: .answeredByMiddlebox, zones: [.path, .resolver],
                confidence: .strong,
                summary:
                    "\(counted(contradicted, "DNS question")), asked once, got two answers that say different things"
                    + " (\(frames)): one of the two is forged, most likely the first.",
                advice: ResolutionDoubt.forgedAdvice,
                lookAlikes: [
                    LookAlike(
                        cause: "the resolver is two servers behind one address that disagree",
                        whyNotExcluded: "both answers bear its address",
                        experiment: "compare the TTLs of the two answers' packets; ask over TCP")
                ])
        }
        if answers == 0, unanswered > 0, let same {
            return ApplicationFinding.Problem(
                verdict: .undetermined, stage: .handshake, mechanism: .noReply,
                zones: [.path, .destination, .returnPath], confidence: .likely,
                summary:
                    "The DNS question \(first) got no answer on any of \(same.asked) flows, and \(same.others) with other questions of"
                    + " this client were all answered: it hangs on what is asked. Its answer may be too long for the way (large"
                    + " ones come in fragments, which some drop), the server may not find out, or somebody stops the name.",
                advice: [
                    "Ask the same with room for less (dig +bufsize=1232) and over TCP (dig +tcp): if that is answered, fragments are lost on the way back.",
                    "Ask the server the same from its own network, and another resolver.",
                ])
        }
        if answers == 0, unanswered > 0 {
            return ApplicationFinding.Problem(
                verdict: .undetermined, stage: .handshake, mechanism: .noReply,
                zones: [.path, .destination, .returnPath], confidence: .likely,
                summary:
                    "\(counted(unanswered, "DNS question")), first \(first), got no answer: a DNS server answers whoever it may, with an error at least.",
                advice: [
                    isHeardBeside
                        ? "It answered others of the same client: what is different about those that it did not (their type, name, length or time)? Ask it the same from its own network, and another resolver."
                        : "Ask another resolver the same, and this one from its own network: it is down, or somebody on the way stops port 53."
                ])
        }
        if let worst = worstFailure {
            let name = failedQuestion.map { " for \($0.value.name) \($0.value.type)" } ?? ""
            return ApplicationFinding.Problem(
                verdict: .degraded, stage: .application, mechanism: .resolverRefused, zones: [.resolver],
                // What it says once may be true for a moment only.
                confidence: worst.count > 1 ? .strong : .likely,
                summary:
                    "The DNS server answers \(worst.count) of \(counted(questions, "question")) with \(worst.code)\(name).",
                advice: [
                    worst.code == .refused
                        ? "Ask whoever runs it whether it serves this client: REFUSED is an access list as a rule."
                        : "Ask the name's own servers the same: they do not answer it, or it cannot validate their answer."
                ], lookAlikes: [.answeredInPassing])
        }
        if aliasRings > 0 {
            return ApplicationFinding.Problem(
                verdict: .degraded, stage: .application, mechanism: .nameNotFound, zones: [.resolver],
                confidence: .likely,
                summary:
                    "The DNS server answers with aliases that lead in a ring (frame \(aliasRing)), first asked for \(first): no address comes of them.",
                advice: ["Look at the name's zone: a CNAME of it points back to itself, over one or more others."],
                lookAlikes: [.answeredInPassing])
        }
        if unheardAnswers > 0 {
            return ApplicationFinding.Problem(
                verdict: .degraded, stage: .application, mechanism: .loss, zones: [.localIngress, .returnPath],
                confidence: .likely,
                summary:
                    "\(counted(unheardAnswers, "DNS question")), first \(first), came again though the answer had passed the place of the capture: it was lost behind it.",
                advice: [
                    "On the client: what stops datagrams from port 53 on their way in (nft list ruleset, nstat UdpInErrors UdpRcvbufErrors)? Where the capture was made elsewhere, capture on the client as well."
                ])
        }
        guard unanswered > 0 else { return nil }
        return ApplicationFinding.Problem(
            verdict: .degraded, stage: .application, mechanism: .loss, zones: [.path, .returnPath, .destination],
            confidence: .likely,
            summary: "\(unanswered) of \(counted(questions, "DNS question")) were never answered.",
            advice: ["Look for loss on the way, and for a limit on the rate of questions."])
    }

    /// The code that most answers bear.
    package var worstFailure: (code: DNSResponseCode, count: Int)? {
        failures.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }.map { ($0.key, $0.value) }
    }

    private func counted(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
}

extension LookAlike {
    /// A DNS answer bears its server's address, and nothing that only that could know.
    static let answeredInPassing = LookAlike(
        cause: "somebody on the way answers in the server's name", whyNotExcluded: "a datagram may come from anybody",
        experiment: "ask the server over TCP, and from its own network", isOnTheWay: true)
}

extension QUICExchange {
    private static let patience = TimeSpan.seconds(3)

    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        if let client {
            finding.evidence.append(Evidence(.wire, "QUIC \(client.value.phrase)", frames: [client.frame]))
        }
        if let server {
            finding.evidence.append(Evidence(.wire, "QUIC answer: \(server.value.phrase)", frames: [server.frame]))
            finding.answeredAfter = client.map { server.at - $0.at }
        } else if let client, aftermath.until - client.at >= Self.patience {
            finding.problem = ApplicationFinding.Problem(
                verdict: .undetermined, stage: .handshake, mechanism: .noReply,
                zones: [.path, .destination, .returnPath], confidence: .likely,
                summary:
                    "A QUIC handshake (\(QUICLongHeader.name(of: client.value.version))) got no answer: a server that speaks QUIC gives one.",
                advice: [
                    "Many networks stop UDP to port 443; clients then go on over TCP after some seconds. Does the same host answer on TCP?"
                ])
        }
        return finding
    }
}

extension QUICLongHeader {
    fileprivate var phrase: String {
        guard kind == .versionNegotiation else { return "\(kind.rawValue), \(Self.name(of: version))" }
        return "\(kind.rawValue): the server speaks \(offeredVersions.map(Self.name).joined(separator: ", "))"
    }
}
