import Conversations
import PacketWire

/// What came of a user's own words.
extension WordsFact {
    func finding(_ facts: Facts) -> ApplicationFinding { finding(end?.end(facts), .socket, facts) }

    /// - Parameter end: how it broke off before anything came; nil where it did not.
    package func finding(_ end: Aftermath.End?, _ witness: Witness, _ facts: Facts) -> ApplicationFinding {
        var finding = ApplicationFinding()
        finding.answeredAfter = answeredAt.map { $0 - sentAt }
        let said = "\(count) \(count == 1 ? "byte" : "bytes") of --payload"
        finding.evidence.append(Evidence(witness, "said behind the handshake: \(said)"))
        if let answeredAt {
            let start = answer.map { ", '\($0)'" } ?? ""
            finding.evidence.append(Evidence(witness, "what came back: \(received) bytes\(start)"))
            finding.summary = "It was answered after \((answeredAt - sentAt).words): \(received) bytes\(start)."
            finding.problem = problem(ofHTTPTo: said, facts)
        } else if let end {
            finding.problem = problem(said, end, facts)
        }
        return finding
    }

    private func problem(_ said: String, _ broken: Aftermath.End, _ facts: Facts) -> ApplicationFinding.Problem? {
        // Who took it and says nothing may have nothing to say to it: only the service knows.
        if case .silence(let span, isAcknowledged: let taken) = broken, taken != false {
            return ApplicationFinding.Problem(
                verdict: .undetermined, stage: .application, mechanism: .noReply,
                zones: [.destination, .path, .returnPath], confidence: .weak,
                summary: "The connection was opened, and nothing came back for the \(said) within \(span.words)"
                    + (taken == true ? ", though the far end's TCP took them." : "."),
                advice: ["Say what the service answers for certain; on the server: does its log know these words?"],
                lookAlikes: [
                    LookAlike(
                        cause: "the service has nothing to say to these words",
                        whyNotExcluded: "which words it answers only the service knows",
                        experiment: "say the same to it on the server itself")
                ])
        }
        var problem = broken.problem(
            "the \(said)", of: facts.target, stage: .application,
            advice: ["On the server: does its log know these words, and what does it make of them?"])
        if case .silence = broken, fitAnyPath {
            problem?.lookAlikes = [
                LookAlike(
                    cause: "whatever is said is lost, not these words alone",
                    whyNotExcluded: "nothing else was said to this port",
                    experiment: "say other words of this length (--payload)")
            ]
        }
        return problem
    }
}
