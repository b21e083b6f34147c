/// A rule of this machine's packet filter that stops a flow.
public struct LocalRule: Sendable, Hashable {
    /// How it is known.
    public enum Ground: Sendable, Hashable {
        /// Its counter rose with our packets.
        case counted(packets: UInt64)
        /// It has no counter; walking the ruleset in hook order, it is the one that this flow's packet meets.
        case matched
        /// Whether it meets this flow's packet depends on something that its fields do not tell: a rate, a mark, an
        /// owner. It is listed, and never claimed.
        case possible
    }

    /// `ip`, `ip6`, `inet`, `netdev`, …
    public var family: String
    public var table: String
    public var chain: String
    /// Nil for a chain's policy.
    public var handle: UInt64?
    /// `output`, `input`, `prerouting`, …: where the packet meets it.
    public var hook: String
    /// What it does: `drop`, `reject with icmp port-unreachable`, …
    public var action: String
    /// The rule as its own tool prints it, comment included.
    public var text: String
    public var ground: Ground
    /// Whether it is met by our packets on their way out, or by the answers on their way in.
    public var isOutgoing: Bool
    /// The texts of rules before it that would have let the packet pass, if what cannot be decided held.
    public var exceptions: [String]

    public init(
        family: String, table: String, chain: String, handle: UInt64?, hook: String, action: String, text: String,
        ground: Ground, isOutgoing: Bool, exceptions: [String] = []
    ) {
        self.exceptions = exceptions
        self.family = family
        self.table = table
        self.chain = chain
        self.handle = handle
        self.hook = hook
        self.action = action
        self.text = text
        self.ground = ground
        self.isOutgoing = isOutgoing
    }
}
