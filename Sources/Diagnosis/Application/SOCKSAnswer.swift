import Conversations
import PacketWire

/// What a SOCKS proxy says to whoever wants to go through it, a probe or a client in a capture.
struct SOCKSAnswer {
    var version: SOCKSVersion
    /// `host:port`; nil where the client had not come to that.
    var place: String?
    var method: SOCKSMethod?
    /// What the client had offered; empty where that was not seen.
    var offered: [SOCKSMethod] = []
    var isLoginAccepted: Bool?
    var reply: SOCKSReply?
    /// Whose word it is.
    var proxy: IPAddress?

    private var destination: String { place.map { " to \($0)" } ?? "" }

    /// Nil where the tunnel stands, or it had not said whether it does.
    var problem: ApplicationFinding.Problem? {
        if let reply { return reply.isGranted ? nil : refusal(reply) }
        if isLoginAccepted == false {
            return refusal(
                .permission, "it does not take this login",
                ["Look at the user name and the password that the proxy is given; ask whoever runs it."])
        }
        // What it chose of what was offered is its right, and not always to be followed.
        guard let method, method != .none,
            method == .noneAcceptable || !offered.isEmpty && !offered.contains(method)
        else { return nil }
        return refusal(
            .permission,
            method == .noneAcceptable
                ? offered.contains(.password)
                    ? "it takes neither this login nor none" : "it wants to know who asks"
                : "it wants \(method.name), which was not offered",
            ["Give the proxy the credentials that it asks for, or ask whoever runs it which it takes."])
    }

    private func refusal(_ reply: SOCKSReply) -> ApplicationFinding.Problem {
        let said = "\(reply.name) (\(reply.code))"
        var problem: ApplicationFinding.Problem
        switch (reply.version, reply.code) {
        case (.five, 2):
            problem = refusal(
                .permission, said, ["Ask whoever runs the proxy for access\(destination)."])
        case (.five, 7), (.five, 8):
            problem = refusal(
                .protocolMismatch, said,
                ["Say the target as a name or as an address of the other family: this proxy does not take it so."])
        case (.four, 92), (.four, 93):
            problem = refusal(.permission, said, ["Ask whoever runs the proxy: it asks this machine who the user is."])
        default:
            problem = refusal(
                .noReply, said, ["The proxy itself does not reach \(place ?? "the place"): probe it from there."])
            // Many proxies say one thing for everything.
            if [1, 91].contains(reply.code) {
                problem.lookAlikes = [
                    LookAlike(
                        cause: "the proxy's rules do not allow\(destination.isEmpty ? " it" : " a way\(destination)")",
                        whyNotExcluded: "'\(reply.name)' is all that it says",
                        experiment: "ask the proxy for another place, and look into its log")
                ]
            }
        }
        return problem
    }

    private func refusal(
        _ mechanism: Mechanism, _ said: String, _ advice: [String]
    ) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: mechanism, zones: [.destination],
            confidence: .strong, actor: proxy,
            summary: "The \(version.name) proxy gives no way\(destination): \(said).",
            advice: advice)
    }

    /// OpenSSH's `ssh -D` closes without a reply where the place refuses, or is not reached.
    static func explain(_ problem: ApplicationFinding.Problem?, place: String) -> ApplicationFinding.Problem? {
        guard var problem, problem.mechanism == .closedByPeer else { return problem }
        problem.lookAlikes.append(
            LookAlike(
                cause: "the proxy does not reach \(place), and says so by closing, as ssh -D does",
                whyNotExcluded: "it closed in place of a reply",
                experiment: "connect to \(place) from where the proxy goes on"))
        return problem
    }

    /// What came in place of SOCKS.
    static func foreign(_ start: NetworkText) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely, summary: "What answers is no SOCKS proxy of the version that was asked: '\(start)'.",
            advice: ["Is it the proxy's port, and a SOCKS proxy that listens there? HTTP proxies are http://host:port."]
        )
    }
}

extension SOCKSAnswer {
    /// What was said in turn, and the frames in which it was where those are known.
    func evidence(
        _ witness: Witness, asked: [Int] = [], method methodFrames: [Int] = [], login: [Int] = [],
        reply replyFrames: [Int] = [], after: TimeSpan? = nil
    ) -> [Evidence] {
        var evidence = [
            Evidence(
                witness, "asked the \(version.name) proxy" + (place.map { " for a way to \($0)" } ?? ""), frames: asked)
        ]
        if let method {
            evidence.append(
                Evidence(
                    witness, "how the proxy wants to be told who asks: \(method.name)", frames: methodFrames))
        }
        if let isLoginAccepted {
            evidence.append(
                Evidence(
                    witness, isLoginAccepted ? "the proxy takes the login" : "the proxy refuses the login",
                    frames: login))
        }
        if let reply {
            evidence.append(
                Evidence(
                    witness, "the proxy answers: \(reply.name) (\(reply.code))",
                    detail: after.map { "after \($0.words)" } ?? "", frames: replyFrames))
        }
        return evidence
    }
}

extension SOCKSFact {
    func finding(_ facts: Facts) -> ApplicationFinding {
        var finding = ApplicationFinding()
        finding.answeredAfter = answeredAt.map { $0 - sentAt }
        let answer = SOCKSAnswer(
            version: version, place: place.escapedForDisplay, method: method, offered: offered,
            isLoginAccepted: isLoginAccepted, reply: reply, proxy: facts.target.address)
        finding.evidence = answer.evidence(.socket, after: finding.answeredAfter)
        if let end {
            finding.problem = unfinished(end, facts)
        } else if let foreign {
            finding.problem = SOCKSAnswer.foreign(foreign)
        } else {
            finding.problem = answer.problem
            if finding.problem == nil {
                finding.summary = "The \(version.name) proxy gives a way to \(place.escapedForDisplay)."
            }
        }
        return finding
    }

    private func unfinished(_ end: DialogueEnd, _ facts: Facts) -> ApplicationFinding.Problem? {
        let what = "the request to the \(version.name) proxy"
        let advice = ["On the proxy: does its log know the request? It may wait for \(place.escapedForDisplay) itself."]
        let problem =
            received > 0
            ? end.silentEnd(facts).problem(
                what, received: received, in: "its negotiation", of: facts.target, stage: .application, advice: advice)
            : end.end(facts).problem(what, of: facts.target, stage: .application, advice: advice)
        return SOCKSAnswer.explain(problem, place: place.escapedForDisplay)
    }
}
