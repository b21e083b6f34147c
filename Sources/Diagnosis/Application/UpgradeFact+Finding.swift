import Conversations
package import PacketWire

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
        case .broken(.silence(let span, _)) where greeting == nil && facts.isGreetingFirstWord:
            // Nothing was said that somebody on the way could have read.
            return .withoutGreeting(asked: service, span, facts.target)
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

extension Facts {
    /// The service's greeting is the first that is waited for on the connection: no proxy was asked for anything.
    fileprivate var isGreetingFirstWord: Bool {
        application.map { $0.tunnel == nil && $0.socks == nil && $0.proxyTLS == nil } ?? false
    }
}

extension StartTLS.Service {
    /// The same service, as it greets.
    var greeting: ServerGreeting.Service {
        switch self {
        case .smtp: .smtp
        case .imap: .imap
        case .pop3: .pop3
        }
    }
}

extension Target {
    /// The service by which name a probe asked for it; nil for none, or one that was known by its port.
    package var askedService: StartTLS.Service? {
        switch input.split(separator: ":", maxSplits: 1).first {
        case "smtp": .smtp
        case "imap": .imap
        case "pop3": .pop3
        default: nil
        }
    }
}

extension ApplicationFinding.Problem {
    /// Nobody greets, where a service was asked for by its name.
    static func withoutGreeting(
        asked service: StartTLS.Service, _ waited: TimeSpan, _ target: Target
    ) -> ApplicationFinding.Problem {
        if let advice = TLSFirstPort.advice(target.port) {
            return .greetingBeforeTLS(of: service, advice, waited, target)
        }
        var problem = ApplicationFinding.Problem.withoutGreeting(service.greeting, waited, target)
        // Whoever asks by the name says that it is there.
        problem.confidence = .likely
        problem.lookAlikes.removeFirst()
        return problem
    }

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
