package import Conversations
import PacketWire

/// A saved probe was to speak first behind the handshake, and its capture holds no word of that.
///
/// The capture stands below this machine's own filters: what it has not, has not left. That the probe did speak, its
/// file does not say; but it waits for an answer only where it has asked.
package struct UnsaidRequest {
    private let conversation: Conversation
    private let target: Target
    private let stage: Stage
    private let until: Instant

    /// A probe that has nothing to wait for, or no time, is gone by then.
    private static let patience = TimeSpan.seconds(2)
    private static let what = "what the probe was to say"

    /// Nil where the target is none to which a client speaks first, words were seen, or may have been lost.
    package init?(_ conversation: Conversation, _ facts: Facts) {
        let scheme = facts.target.input.split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
        guard facts.isSavedProbe, !facts.capturedWithLoss, facts.target.transport == .tcp,
            ["tls", "https", "http"].contains(scheme), let analysis = conversation.analysis,
            analysis.initiator.payloadBytes == 0, TCPHandshake(conversation.packets).isEstablished
        else { return nil }
        self.conversation = conversation
        target = facts.target
        stage = scheme == "http" ? .application : .tls
        until = facts.observedUntil
    }

    var finding: ApplicationFinding {
        var finding = ApplicationFinding()
        finding.evidence = [
            Evidence(.wire, "of what the probe was to say behind the handshake the capture holds nothing")
        ]
        finding.problem = problem
        return finding
    }

    private var problem: ApplicationFinding.Problem? {
        let packets = conversation.packets
        let isOwn = { (address: IPAddress) in address == conversation.initiator }
        if let stop = RequestStop.refusal(among: packets, isOwn: isOwn) {
            return stop.problem(Self.what, of: target, stage: stage)
        }
        let close = conversation.analysis?.close
        if let close, !close.byInitiator {
            guard close.manner == .reset, ResetOrigin(packets).isOwn else { return nil }
            var problem = RequestStop.resetHere.problem(Self.what, of: target, stage: stage)
            problem.zones.append(.path)
            problem.confidence = .likely
            problem.summary =
                "The connection was opened, and before a word of the probe left, a reset came that passed no router:"
                + " a rule here rejects what it says, as it seems."
            problem.lookAlikes = [
                LookAlike(
                    cause: "the first router resets connections that it does not want, whatever is said on them",
                    whyNotExcluded: "its reset passes no router, as one that is made here",
                    experiment: "read this machine's own rules; probe from another machine of the same link",
                    isOnTheWay: true)
            ]
            return problem
        }
        let span = (close?.at ?? until) - conversation.firstSeen
        guard span >= Self.patience else { return unknown }
        var problem = RequestStop.heldBack.problem(Self.what, of: target, stage: stage)
        problem.confidence = .likely
        problem.summary += " An answer was waited for, for \(span.words)."
        return problem
    }

    private var unknown: ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .undetermined, stage: stage, mechanism: .noReply, zones: [.localEgress], confidence: .weak,
            summary: "The connection was opened, and ended before the probe said what it was to say.",
            advice: ["Probe once more, and let it come to its end."])
    }
}

extension TargetDiagnosis {
    package func with(_ unsaid: UnsaidRequest?) -> TargetDiagnosis {
        guard let unsaid else { return self }
        return withApplication(unsaid.finding, stage: nil)
    }
}
