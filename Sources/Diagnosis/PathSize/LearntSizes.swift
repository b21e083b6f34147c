import Conversations

extension Facts {
    /// What is known of sizes: measured on purpose, or found out by chance meanwhile.
    var knownSizes: PathSizeFacts? { pathSize ?? PathSizeFacts(learntBy: self) }
}

/// A hello that is longer than a link bears may teach this machine's kernel what the way there bears, where the link's
/// router says so. From then on connections to that host agree on smaller segments, in both directions: whatever failed for
/// the size of its answers passes, and the same hello once more with it. That is no chance.
extension PathSizeFacts {
    /// Nil unless the agreed size alone tells the hellos that passed from those that got no answer, and the failing hello,
    /// unchanged, passed with the smaller one.
    init?(learntBy facts: Facts) {
        guard let application = facts.application, let tls = application.tls, case .broken(.silence) = tls.outcome,
            let first = facts.attempts.first, let before = first.socket?.fullPacket
        else { return nil }
        var trials = [Trial(tls, first, size: before)]
        var isRepeated = false
        for hello in application.hellos {
            guard facts.attempts.indices.contains(hello.attempt) else { return nil }
            let attempt = facts.attempts[hello.attempt]
            guard let size = attempt.socket?.fullPacket else { return nil }
            let trial = Trial(hello.tls, attempt, size: size)
            guard trial.outcome != .other, (trial.outcome == .passed) == (size < before) else { return nil }
            if hello.variant == .unchanged, size < before { isRepeated = true }
            trials.append(trial)
        }
        guard isRepeated, trials.count(where: { $0.size >= before }) > 1 else { return nil }
        self.init(.stall, linkMTU: before)
        self.trials = trials
        agreedSegment = before
    }
}

extension PathSizeFacts.Trial {
    /// A hello and its answer, as a dialogue with segments for packets of that size.
    fileprivate init(_ tls: TLSFact, _ attempt: Attempt, size: Int) {
        self.init(.segments, size: size)
        let came = attempt.packets.filter { !$0.fromInitiator && $0.tcp != nil }
        longestSeenComing = came.map(\.payloadLength).max() ?? 0
        if !attempt.packets.isEmpty { wasSeenLeaving = true }
        outcome =
            switch tls.outcome {
            case _ where tls.isRead: .passed
            case .broken(.silence(_, isAcknowledged: true)): .unanswered
            case .broken(.silence(_, isAcknowledged: false)): .unacknowledged
            default: .other
            }
    }
}
