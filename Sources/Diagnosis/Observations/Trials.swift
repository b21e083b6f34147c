public import Conversations
import PacketWire

/// All tries of exactly what was asked for: the primary attempt and its repetitions from other source ports, put
/// beside each other. Together they tell loss from a block, and both from what depends on the source port.
public struct Trials: Sendable, Hashable {
    /// One connection attempt.
    public struct Trial: Sendable, Hashable {
        public var sourcePort: UInt16?
        public var startedAt: Instant
        /// Packets of it that were sent before its answer, or before the observation ended.
        public var sent: Int
        public var isAnswered: Bool
        /// Which round of source ports it belongs to; 0 for everything else.
        public var round: Int
        public var isPaced: Bool
    }

    public var trials: [Trial]

    public init(_ attempts: [Attempt]) {
        trials = attempts.compactMap { attempt in
            var round = 0
            var isPaced = false
            switch attempt.purpose {
            case .primary: break
            case .experiment(.sourcePort(let number)): round = number
            case .experiment(.paced): isPaced = true
            case .experiment(let other) where other.repeatsPrimary: break
            case .rung, .control, .controlRung, .experiment: return nil
            }
            let isAnswered: Bool
            switch attempt.answer {
            case .reached: isAnswered = true
            // What was refused is known not to be lost.
            case .reset, .refused, .timeExceeded, .localError: return nil
            case .silence: isAnswered = false
            }
            return Trial(
                sourcePort: attempt.local?.port, startedAt: attempt.startedAt,
                sent: isAnswered ? attempt.triesBeforeAnswer : attempt.tries, isAnswered: isAnswered, round: round,
                isPaced: isPaced)
        }
    }

    public var answered: [Trial] { trials.filter(\.isAnswered) }
    public var unanswered: [Trial] { trials.filter { !$0.isAnswered } }
    /// Some got through, and some did not at once.
    public var isMixed: Bool { !answered.isEmpty && lost > 0 }
    /// Packets sent in all tries.
    public var sent: Int { trials.map(\.sent).reduce(0, +) }
    /// Of those, how many brought no answer.
    public var lost: Int { sent - answered.count }

    /// Ports that failed every time they were tried, and ports that passed every time at once, among those that
    /// were tried in more than one round; nil where any port did both, or none of either kind is left.
    public var decidedByPort: (failing: [UInt16], passing: [UInt16])? {
        var results: [UInt16: (rounds: Int, failed: Int, passed: Int)] = [:]
        for trial in trials {
            guard let port = trial.sourcePort, trial.round > 0 || !trial.isAnswered else { continue }
            results[port, default: (0, 0, 0)].rounds += 1
            if !trial.isAnswered {
                results[port, default: (0, 0, 0)].failed += 1
            } else if trial.sent == 1 {
                results[port, default: (0, 0, 0)].passed += 1
            }
        }
        let again = results.filter { $0.value.rounds > 1 }
        guard again.allSatisfy({ $0.value.failed == $0.value.rounds || $0.value.passed == $0.value.rounds }) else {
            return nil
        }
        let failing = again.filter { $0.value.failed > 0 }.keys.sorted()
        let passing = again.filter { $0.value.passed > 0 }.keys.sorted()
        return failing.isEmpty || passing.isEmpty ? nil : (failing, passing)
    }
}

extension Attempt {
    /// How many packets it took until the answer: the wire's count, else the kernel's.
    var triesBeforeAnswer: Int {
        let answer = packets.first { !$0.fromInitiator && $0.icmpError == nil }
        guard let answer else { return max(1, 1 + (socket?.retransmissions ?? 0)) }
        let sent = packets.filter { packet in
            packet.fromInitiator && packet.at <= answer.at && (packet.tcp?.flags.contains(.syn) ?? true)
        }
        return max(1, sent.count)
    }
}

/// A share with its interval: `3 of 10 lost (11 to 60 %)`.
struct Share: Sendable, Hashable {
    var count: Int
    var total: Int

    /// Wilson's score interval at 95 %, in whole percent: it holds for small numbers, where the usual formula says
    /// nonsense (E. B. Wilson, JASA 22, 1927).
    var interval: ClosedRange<Int> {
        guard total > 0 else { return 0...100 }
        let z = 1.96
        let n = Double(total)
        let p = Double(count) / n
        let centre = p + z * z / (2 * n)
        let width = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 + z * z / n
        let low = max(0, (centre - width) / scale * 100)
        let high = min(100, (centre + width) / scale * 100)
        return Int(low.rounded(.down))...Int(high.rounded(.up))
    }

    var phrase: String { "\(count) of \(total) lost, so \(interval.lowerBound) to \(interval.upperBound) %" }
}
