/// How a connection ended, as far as the capture saw it.
@frozen
public struct TCPClose: Sendable, Hashable {
    /// RFC 9293 section 3.6: a FIN says that no more data follows; a RST that there is no connection (any more).
    @frozen
    public enum Manner: UInt8, Sendable, Hashable {
        case fin
        case reset
    }

    /// Who sent the first FIN or RST, which of the two it was, and in which frame.
    public var byInitiator: Bool
    public var manner: Manner
    public var at: Instant
    public var frame: UInt32
    /// Whether a RST came, be it first or after a FIN, and from whom the first one was.
    public var reset: Reset?

    @frozen
    public struct Reset: Sendable, Hashable {
        public var byInitiator: Bool
        public var frame: UInt32
    }
}
