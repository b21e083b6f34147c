import Conversations

/// What became of the first packet of each flow, and of those that came behind it: who protects a service against floods
/// lets nothing through of which it has not seen the same before, for whoever forges a source never sends again (RFC 4987
/// section 3.3 names what else is done).
struct FlowStarts: Sendable, Hashable {
    /// Flows whose first packet got no answer, and flows whose first did.
    private(set) var failed = 0
    private(set) var passed = 0
    /// Of the former, those that came by themselves: no other packet of the kind within a second before.
    private(set) var failedAlone = 0
    /// Flows of which a later packet got through.
    private(set) var passedLater = 0
    /// Of those the flows that got through at once when they were taken up again: no host is merely slow then.
    private(set) var resumed = 0
    /// Packets that were no flow's first and got no answer either.
    private(set) var failedLater = 0
    /// And that did.
    private(set) var answeredLater = 0

    /// Long enough for every limit that a burst of eight meets.
    static let pause = TimeSpan.milliseconds(900)

    init(_ trials: [Trials.Trial]) {
        var known: Set<UInt16> = []
        var later: Set<UInt16> = []
        var atOnce: Set<UInt16> = []
        let moments = trials.flatMap(\.moments).sorted()
        for trial in trials.sorted(by: { $0.startedAt < $1.startedAt }) {
            guard let port = trial.sourcePort else { continue }
            let isStart = known.insert(port).inserted
            let behind =
                if !isStart {
                    trial.sent
                } else if trial.continuesFlow {
                    // Whether what went before it got as far as whoever drops is not known: it is no start, and no later one.
                    max(0, trial.sent - 1)
                } else {
                    noteStart(trial, moments)
                }
            let passes = trial.isAnswered && behind > 0
            failedLater += behind - (passes ? 1 : 0)
            if passes {
                later.insert(port)
                answeredLater += 1
            }
            if !isStart, trial.passedAtOnce { atOnce.insert(port) }
        }
        (passedLater, resumed) = (later.count, atOnce.count)
    }

    /// - Returns: how many packets came behind the flow's first.
    private mutating func noteStart(_ trial: Trials.Trial, _ moments: [Instant]) -> Int {
        if trial.passedAtOnce {
            passed += 1
        } else {
            failed += 1
            let before = moments.last { $0 < trial.startedAt }
            if before.map({ trial.startedAt - $0 >= Self.pause }) ?? true { failedAlone += 1 }
        }
        return max(0, trial.sent - 1)
    }

    /// The first packet of each flow fails, as far as was seen, and of the others none, or as few as get lost on any path.
    var mayFailAlways: Bool {
        failed >= 5 && passed == 0 && (failedLater == 0 || failedLater * 4 <= answeredLater && chance <= 0.01)
    }

    /// The first packet of each flow fails more often than the others, more than chance makes it: whatever else gets lost.
    var areWorse: Bool { failed >= 5 && passed == 0 && answeredLater >= 4 && chance <= 0.05 }

    /// So many of each kind that chance does not sort them so: of fifteen packets five that pass are the very five that are
    /// no flow's first once in three thousand times. A limit lets a first one pass, too, when it comes by itself.
    var isDecisive: Bool {
        mayFailAlways && passedLater >= 4 && failedAlone >= 2 && resumed >= 2 && (failedLater == 0 || chance <= 0.001)
    }

    /// How likely chance, which loses as many of all these packets, loses every flow's first.
    private var chance: Double {
        let later = failedLater + answeredLater
        return PortOutcomes.choices(failedLater, of: later)
            / PortOutcomes.choices(failed + failedLater, of: failed + later)
    }
}

extension Trials {
    var flowStarts: FlowStarts { FlowStarts(trials) }

    /// Nothing was seen of a flow's first packet that passed: whatever comes from a port that was tried before tells
    /// nothing of those.
    public var mayFailAtStart: Bool { flowStarts.mayFailAlways }
}
