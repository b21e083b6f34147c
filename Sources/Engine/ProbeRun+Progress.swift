import Conversations
import Diagnosis
import PacketWire
import Probing

/// What a person who waits is told.
extension ProbeRun {
    func tellProgress(at now: Instant, _ progress: (ProbeProgress) -> Void) {
        let pending = targets.filter { $0.diagnosis == nil && $0.isStarted }
        guard let first = pending.first else { return }
        let attempts = first.probe?.facts.attempts ?? []
        let followUps = first.followUps
        let what =
            followUps.isOver
            ? attempts.last?.progressPhrase(
                // What is said takes longer than what is compared beside it.
                isConversing: first.request != nil && attempts.first?.socket?.state == .connected)
            : followUps.plans[followUps.current].progressPhrase
        progress(
            .trying(
                pending: pending.map(\.target), what: what ?? "preparing",
                since: now - (attempts.first?.startedAt ?? now),
                most: request.settings.longest(isThorough: request.isThorough, isConversing: first.request != nil)))
    }
}

extension Attempt {
    /// What it is tried for, in a few words.
    func progressPhrase(isConversing: Bool) -> String {
        switch (purpose, isConversing) {
        case (.experiment(.hello), _): "comparing other hellos"
        case (.experiment, _): "comparing other connections"
        case (.rung, _): "looking for the hop"
        case (_, true): "waiting for the answer"
        case (.primary, _): kind.transport == .tcp ? "connecting" : "waiting for an answer"
        case (.control, _), (.controlRung, _): "comparing with what else the host answers"
        }
    }
}

extension ProbeSettings {
    /// The matrix of hellos, and what is measured of the path and of quiet connections besides their own waiting.
    private static let comparing = TimeSpan.seconds(10)

    /// How long one target can take: its silence, its packets at their pace, and what is said behind the handshake.
    fileprivate func longest(isThorough: Bool, isConversing: Bool) -> TimeSpan {
        let pace = max(1, packetsPerSecond)
        let sending = (packets(isThorough: isThorough) + pace - 1) / pace
        var longest = patienceWithoutControl + investigation + .seconds(Int64(sending))
        if isConversing { longest = longest + dialogue + Self.comparing }
        if measuresPathSize { longest = longest + Self.comparing }
        if let idle = idleTimes.max() { longest = longest + idle + idle + Self.comparing }
        return longest
    }
}
