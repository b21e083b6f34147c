import Conversations
import Diagnosis
import PacketWire

/// What else of the host gets through, and which of it the control's ladder repeats.
extension TargetProbe {
    var hasPassingControl: Bool {
        facts.attempts.contains { $0.purpose == .control && $0.isPassing }
    }

    /// A router on the way answers in the target's name: it hands this port on to another host, of which the controls tell
    /// nothing.
    var isHandedOn: Bool {
        facts.attempts.contains { attempt in
            guard case .rung = attempt.purpose, case .timeExceeded(let refusal) = attempt.answer else { return false }
            return refusal.sender == facts.target.address
        }
    }

    /// An open port is the best control and is taken at once; anything else waits a moment for a better one.
    mutating func chooseControl(at now: Instant) -> [ProbeAction] {
        guard control == nil, let seen = controlSeenAt else { return [] }
        let passing = facts.attempts.indices.filter {
            facts.attempts[$0].purpose == .control && facts.attempts[$0].isPassing
        }
        let best = passing.max { Self.rank(facts.attempts[$0]) < Self.rank(facts.attempts[$1]) }
        let isOver = now - seen >= .milliseconds(150)
        // Where the target answered, the echo may show that something nearer takes every port.
        let awaitsEcho = facts.attempts[0].answer.hostDistance != nil && !isOver && !passing.contains(where: isEcho)
        guard let best, Self.rank(facts.attempts[best]) == 3 && !awaitsEcho || isOver else { return [] }
        control = facts.isEchoAlone ? passing.first(where: isEcho) ?? best : best
        return climb(at: now)
    }

    private func isEcho(_ attempt: Int) -> Bool { facts.attempts[attempt].kind == .echo }

    static func rank(_ attempt: Attempt) -> Int {
        switch (attempt.kind, attempt.answer) {
        case (.tcp, .reached): 3
        case (.tcp, _): 2
        default: 1
        }
    }
}
