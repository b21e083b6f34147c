import Conversations
import PacketWire

/// What came of the way to TLS over a mail server's own words.
extension UpgradeFact {
    func finding(_ facts: Facts) -> ApplicationFinding {
        var finding = ApplicationFinding()
        if let greeting { finding.evidence.append(Evidence(.socket, "\(service.rawValue) greeting: '\(greeting)'")) }
        if !capabilities.isEmpty {
            finding.evidence.append(
                Evidence(
                    .socket, "\(service.rawValue) offers",
                    detail: capabilities.map(\.description).joined(separator: "; ")))
        }
        finding.problem = problem(facts)
        return finding
    }

    private func problem(_ facts: Facts) -> ApplicationFinding.Problem? {
        switch outcome {
        case .ready: return nil
        case .broken(let end):
            // Who waits for a greeting has said nothing that could be stopped.
            return (greeting == nil ? end.silentEnd(facts) : end.end(facts)).problem(
                greeting == nil
                    ? "the wait for a greeting of \(service.rawValue)" : "the way to TLS in \(service.rawValue)",
                hadWords: greeting != nil, of: facts.target, stage: .application,
                advice: ["On the server: does its log know the connection, and does it still accept?"])
        case .failed(let failure): return .withoutTLS(service, failure, facts.target)
        }
    }
}

extension ApplicationFinding.Problem {
    /// Why a mail server did not come to TLS.
    static func withoutTLS(
        _ service: StartTLS.Service, _ failure: StartTLS.Failure, _ target: Target
    ) -> ApplicationFinding.Problem {
        var problem = ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely,
            summary: "The \(service.rawValue) server offers no TLS.",
            advice: ["Look at the server's TLS settings for this port, and ask it the same on the server itself."],
            lookAlikes: [
                LookAlike(
                    cause: "a box on the way takes the offer out",
                    whyNotExcluded: "what is said in the clear can be written over",
                    experiment: "ask the same from another network, or on the server itself", isOnTheWay: true)
            ])
        switch failure {
        case .notOffered: break
        case .garbled(let word):
            problem.mechanism = .alteredInTransit
            problem.zones = [.path, .destination]
            problem.summary =
                "In place of STARTTLS the \(service.rawValue) server seems to offer '\(word)': a box on the way writes over what it does not want."
            problem.advice = ["Switch off the mail inspection (\"fixup\", ESMTP inspection) of the firewall in front."]
            problem.lookAlikes = []
        case .refused(let line):
            problem.stage = .application
            problem.mechanism = .permission
            problem.actor = target.address
            problem.summary = "The \(service.rawValue) server refuses: '\(line)'."
            problem.advice = ["Look at the server's log and its access list for this address."]
        case .foreign(let line):
            problem.stage = .application
            problem.summary = "What answers is no \(service.rawValue) server: '\(line)'."
            problem.advice = ["Is it the right port, or one where TLS begins at once (tls://)?"]
        }
        return problem
    }
}
