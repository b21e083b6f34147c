import Conversations

/// Room for ladders. A Linux router answers one host with six ICMP errors at once and then one a second
/// (net/ipv4/icmp.c, icmp_ratelimit; inetpeer.c), and every ladder with its control costs the first router two:
/// three ladders may start together, then one a second. Who would have to wait too long goes without.
struct LadderBudget {
    private var tokens: Double = 3
    private var refilledAt = Instant.zero
    private(set) var waiting: [(target: Int, since: Instant)] = []

    static let burst: Double = 3
    static let perSecond: Double = 1
    static let longestWait = TimeSpan.seconds(5)

    mutating func request(_ target: Int, at now: Instant) {
        waiting.append((target, now))
    }

    mutating func cancel(_ target: Int) {
        waiting.removeAll { $0.target == target }
    }

    /// Who may climb now, and who has waited in vain.
    mutating func settle(at now: Instant) -> (granted: [Int], denied: [Int]) {
        tokens = min(Self.burst, tokens + max(0, (now - refilledAt).seconds) * Self.perSecond)
        refilledAt = now
        var granted: [Int] = []
        while tokens >= 1, !waiting.isEmpty {
            tokens -= 1
            granted.append(waiting.removeFirst().target)
        }
        let denied = waiting.filter { now - $0.since >= Self.longestWait }.map(\.target)
        waiting.removeAll { now - $0.since >= Self.longestWait }
        return (granted, denied)
    }

    /// When somebody who waits can be answered next.
    func nextMoment(after now: Instant) -> Instant? {
        guard let first = waiting.first else { return nil }
        let missing = max(0, 1 - tokens) / Self.perSecond
        let refill = now + TimeSpan(nanoseconds: Int64(missing * 1_000_000_000) + 1_000_000)
        return min(refill, first.since + Self.longestWait)
    }
}
