public import Conversations
public import PacketWire

/// Words of the user's own, said as they are, and what came back. Nothing is known of what would answer them.
public struct WordsFact: Sendable, Hashable {
    /// How many bytes were said.
    public var count: Int
    public var sentAt: Instant
    /// The first byte that came back.
    public var answeredAt: Instant?
    /// How many came with it.
    public var received = 0
    /// The first line of them.
    public var answer: NetworkText?
    /// What came is an answer of HTTP; nil where it is none.
    public var http: HTTPFact?
    /// How it broke off before anything came.
    public var end: DialogueEnd?

    /// With the headers they are no longer than what every IPv4 host takes (RFC 791): their size is no matter.
    var fitAnyPath: Bool { count <= 500 }

    public init(count: Int, sentAt: Instant) {
        (self.count, self.sentAt) = (count, sentAt)
    }
}
