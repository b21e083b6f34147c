import PacketWire

/// What the initiator said after the last datagram that it got: datagrams have no numbers, and nobody says that one
/// conversation has ended.
public struct UnheardDatagrams: Sendable, Hashable {
    public let count: Int
    /// When the responder was last heard.
    public let heard: Instant
    public let first: Instant
    public let last: Instant

    /// Fewer may have been lost by chance, or owe no answer.
    static let fewest = 3

    /// How long the initiator had nothing to say before.
    public var pause: TimeSpan { first - heard }
    /// How long it went on asking.
    public var span: TimeSpan { last - first }
}

extension ConversationOutline {
    /// Nil where the responder never said anything, or had the last word but two.
    public var unheard: UnheardDatagrams? {
        guard case .flow(let flow) = subject, flow.transport == .udp, isAnswered, !track.events.contains(.refused),
            track.unheard.count >= UnheardDatagrams.fewest
        else { return nil }
        return UnheardDatagrams(
            count: track.unheard.count, heard: track.unheard.heard, first: track.unheard.first, last: lastSeen)
    }
}
