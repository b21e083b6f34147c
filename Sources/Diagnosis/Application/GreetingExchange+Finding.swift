package import Conversations
import PacketWire

/// What the words of a service whose server speaks first say of the connection, as a capture shows them.
extension GreetingExchange {
    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        if isParting {
            finding.evidence = [
                Evidence(.wire, "the server speaks first: '\(greeting.value.text)'", frames: [greeting.frame])
            ]
            if aftermath.wasClosedByResponder { finding.problem = .parting(greeting.value, aftermath.target) }
            return finding
        }
        finding.evidence.append(Evidence(.wire, greeting.value.phrase, frames: [greeting.frame]))
        if let upgrade, upgrade.isListed {
            finding.evidence.append(
                Evidence(
                    .wire, "\(upgrade.service.rawValue) offers",
                    detail: upgrade.capabilities.map(\.description).joined(separator: "; "),
                    frames: [upgradeFrame].filter { $0 > 0 }))
        }
        if greeting.value.isRefusal {
            finding.problem = .refusedByGreeting(greeting.value, aftermath.target)
        } else if let upgrade {
            finding.problem = failure(of: upgrade, aftermath).map {
                .withoutTLS(upgrade.service, $0, aftermath.target)
            }
        }
        return finding
    }

    /// A probe that asks for the list and then ends the connection wanted what is not on it. Of others nobody knows: a
    /// monitor asks for no more. That somebody wrote over the list is wrong whoever asked.
    private func failure(of upgrade: StartTLSReading, _ aftermath: Aftermath) -> StartTLS.Failure? {
        if case .refused(let line)? = upgrade.outcome { return .refused(line) }
        if upgrade.outcome == nil, let line = upgrade.refusal { return .refused(line) }
        guard upgrade.outcome == nil, aftermath.wasClosedByInitiator else { return nil }
        if upgrade.isListRefused, upgrade.service != .pop3 { return aftermath.isSavedProbe ? .notOffered : nil }
        guard upgrade.isOffered == false else { return nil }
        if let garbled = upgrade.garbled { return .garbled(garbled) }
        return aftermath.isSavedProbe ? .notOffered : nil
    }
}

extension ServerGreeting {
    var phrase: String { "the server greets, in \(service.rawValue): '\(text)'" }
}

/// A connection that was opened, and on which nobody ever said a word.
package struct WordlessConnection {
    let service: ServerGreeting.Service
    let waited: TimeSpan
    /// What came all the same, too slowly for a line.
    let bytes: UInt32
    /// How the server ended it; nil where it did not.
    var ended: TCPClose.Manner?

    /// Nil where somebody spoke, the service is none that speaks first, or it was not waited for.
    init?(_ analysis: TCPAnalysis, _ service: ServerGreeting.Service, until end: Instant) {
        if let close = analysis.close, !close.byInitiator {
            // Who ends it sooner turns the client away.
            guard analysis.isWordless, close.at - analysis.firstSeen >= SilentClient.patience else { return nil }
            (self.service, waited, bytes, ended) = (service, close.at - analysis.firstSeen, 0, close.manner)
            return
        }
        if analysis.initiator.payloadBytes == 0, let span = analysis.trickle(before: .max) {
            (self.service, waited) = (service, span)
            bytes = UInt32(clamping: analysis.responder.payloadBytes)
            return
        }
        guard analysis.isWordless else { return nil }
        let waited = (analysis.close?.at ?? end) - analysis.firstSeen
        guard waited >= (service == .smtp ? Self.patienceWithMail : Self.patience) else { return nil }
        (self.service, self.waited, bytes) = (service, waited, 0)
    }

    /// As long as a probe waits, less what clocks and kernels take of it. Mail servers let their clients wait, to tell
    /// them from those that do not listen.
    private static let patience = TimeSpan.milliseconds(2_900)
    private static let patienceWithMail = TimeSpan.milliseconds(6_900)
}

extension ConversationTable {
    /// Nobody said a word on it, though the service on its port speaks first.
    package func wordlessConnection(at position: Int, until end: Instant) -> WordlessConnection? {
        guard let flow = subject(at: position).flow, flow.transport == .tcp,
            let service = ServerGreeting.Service(usualOn: flow.destination.port), let analysis = analysis(at: position)
        else { return nil }
        return WordlessConnection(analysis, service, until: end)
    }

    /// The same of a saved probe, which may have asked for the service by its name.
    package func wordlessConnection(at position: Int, of target: Target, until end: Instant) -> WordlessConnection? {
        guard let service = target.askedService else { return wordlessConnection(at: position, until: end) }
        return analysis(at: position).flatMap { WordlessConnection($0, service.greeting, until: end) }
    }
}

extension TargetDiagnosis {
    package func with(_ wordless: WordlessConnection?) -> TargetDiagnosis {
        guard let wordless, verdict == .open else { return self }
        var finding = ApplicationFinding()
        finding.problem =
            if let asked = target.askedService, wordless.ended == nil {
                .withoutGreeting(asked: asked, wordless.waited, target)
            } else {
                .withoutGreeting(wordless.service, wordless.waited, target, ended: wordless.ended)
            }
        if wordless.bytes > 0 {
            finding.problem?.summary =
                "The connection was opened, and only \(wordless.bytes) bytes came in \(wordless.waited.words), a few at a time: no greeting of \(wordless.service.rawValue), which is usual on port \(target.port), takes so long."
        }
        return withApplication(finding, stage: nil)
    }
}
