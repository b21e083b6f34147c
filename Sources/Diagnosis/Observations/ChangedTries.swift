public import PacketWire

/// Tries of what was asked for with one thing changed: a source port below 1024, another source address, something left
/// out of the SYN. One that passes among many that fail may be the one that a limit lets through each so often, or chance,
/// so it comes again: a rule lets it through each time.
public struct ChangedTries: Sendable, Hashable {
    /// What was changed; the same again has the same value.
    public struct Change: Sendable, Hashable {
        public var experiment: Experiment
        public var sourcePort: UInt16?
        public var source: IPAddress?

        /// Nil where nothing was changed.
        init?(_ attempt: Attempt) {
            guard case .experiment(let experiment) = attempt.purpose else { return nil }
            self.experiment = experiment
            switch experiment {
            case .privilegedPort: sourcePort = attempt.local?.port
            case .otherSource: source = attempt.local?.address
            case .variant: break
            default: return nil
            }
        }
    }

    private struct Outcome: Sendable, Hashable {
        var change: Change
        var passed = 0
        var tried = 0
    }

    /// In the order in which they were tried first.
    private var outcomes: [Outcome] = []

    public init(_ attempts: [Attempt]) {
        for attempt in attempts {
            // What could not be sent was no try.
            guard let change = Change(attempt), !attempt.hasFailedHere else { continue }
            let index = outcomes.firstIndex { $0.change == change } ?? outcomes.count
            if index == outcomes.count { outcomes.append(Outcome(change: change)) }
            outcomes[index].tried += 1
            if attempt.isPassing { outcomes[index].passed += 1 }
        }
    }

    /// What passed and was not tried again: the first of each kind, for all of a kind stand and fall together.
    public var passedOnce: [Change] {
        [.port, .source, .content].compactMap { (kind: Change.Kind) in
            let passed = outcomes.filter { $0.change.kind == kind && $0.passed > 0 }
            return passed.contains { $0.tried > 1 } ? nil : passed.first?.change
        }
    }

    /// The same passed, and no more often than it failed: the change is not what let it through.
    func isChance(_ attempt: Attempt) -> Bool {
        outcome(of: attempt).map { $0.passed > 0 && $0.tried > 1 && $0.passed * 2 <= $0.tried } ?? false
    }

    /// The same passed again.
    func isConfirmed(_ attempt: Attempt) -> Bool {
        outcome(of: attempt).map { $0.passed > 1 && $0.passed * 2 > $0.tried } ?? false
    }

    private func outcome(of attempt: Attempt) -> Outcome? {
        Change(attempt).flatMap { change in outcomes.first { $0.change == change } }
    }
}

extension Attempt {
    fileprivate var hasFailedHere: Bool {
        if case .localError = answer { true } else { false }
    }
}

extension ChangedTries.Change {
    fileprivate enum Kind: Hashable { case port, source, content }

    fileprivate var kind: Kind { sourcePort != nil ? .port : source != nil ? .source : .content }
}
