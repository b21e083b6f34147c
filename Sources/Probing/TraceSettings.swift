public import Conversations

/// How often a path is walked, and how fast.
public struct TraceSettings: Sendable, Hashable {
    /// How often each position is asked, by the target's packet and by the control's.
    public var rounds = 3
    /// How long the answers of a round are waited for.
    public var roundPatience: TimeSpan = .milliseconds(900)
    /// However long the target takes.
    static let longestPatience = TimeSpan.seconds(4)
    /// The same for one position, where they are asked one after another.
    public var singlePatience: TimeSpan { TimeSpan(nanoseconds: roundPatience.nanoseconds / 3) }
    /// Between the beginnings of two rounds, at least.
    public var gap: TimeSpan = .milliseconds(250)
    /// How long a better control is waited for.
    public var controlWait: TimeSpan = .milliseconds(200)
    /// Past the last hop that answers: in the first round as far as a path may have silent hops, then only to see
    /// that the silence stays.
    public var laterWindow = 2

    public init() {}
}

/// The ICMP errors that a router has to spend on us. Linux gives one host six at once and then one a second
/// (net/ipv4/icmp.c, icmp_ratelimit; net/ipv4/inetpeer.c, inet_peer_xrlim_allow): what is asked faster looks lost.
struct ICMPAllowance: Sendable, Hashable {
    static let most: Double = 6

    private var left = most
    private(set) var since: Instant

    init(at now: Instant) { since = now }

    /// So many answers of each router are asked for now; fewer than none where they did not come.
    mutating func spend(_ count: Int, at now: Instant) {
        left = present(at: now) - Double(count)
        since = now
    }

    func present(at now: Instant) -> Double {
        min(Self.most, left + max(0, (now - since).seconds))
    }

    /// When so many answers can be asked for.
    func moment(for count: Int, after now: Instant) -> Instant {
        let missing = Double(count) - present(at: now)
        return missing <= 0 ? now : now + TimeSpan(nanoseconds: Int64(missing * 1_000_000_000) + 1)
    }
}
