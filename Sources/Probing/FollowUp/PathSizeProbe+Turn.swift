public import Conversations
import Diagnosis

/// Several targets of one host: it has only so many ICMP errors for this machine, whichever of them asks, and its path
/// is one. They measure one after another, and who comes later takes over what is known.
extension PathSizeProbe {
    /// It can do nothing until it is given its turn.
    public var wantsTurn: Bool { phase == .waiting }
    /// Nobody else may measure the same host meanwhile.
    public var holdsTurn: Bool { hasTurn && phase != .finished && means != .segments }
    /// It has had its turn, and given it back.
    public var hasMeasured: Bool { hasTurn && !holdsTurn }
    /// When the host was last asked for an answer.
    public var lastAsked: Instant { allowance.since }

    /// - Parameter earlier: who has measured the same host last; nil where nobody has.
    public mutating func takeTurn(after earlier: PathSizeProbe?, at now: Instant) -> [FollowUpAction] {
        guard wantsTurn else { return [] }
        hasTurn = true
        phase = .searching
        allowance = earlier?.allowance ?? ICMPAllowance(at: now)
        if let earlier, earlier.situation.linkMTU == situation.linkMTU { adopt(earlier) }
        return proceed(at: now)
    }

    private mutating func adopt(_ earlier: PathSizeProbe) {
        let known = earlier.facts.trials.filter { $0.means != .segments }
        // Where nothing answered, that is known, too.
        guard let last = known.last(where: { $0.timeToLive == nil }) else { return }
        facts.trials += known
        means = last.means
        search = SizeSearch(from: 0, to: 0)
        let limit = facts.limitThere
        limit.map { search.note(passed: $0.passed) }
        limit?.lost.map { search.note(lost: $0) }
        nextMeans()
    }
}
