import Conversations
import PacketWire

extension HTTPFact {
    func finding(_ facts: Facts) -> ApplicationFinding {
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
