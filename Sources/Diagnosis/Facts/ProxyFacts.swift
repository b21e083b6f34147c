public import Conversations
public import PacketWire

/// The language in which a proxy is asked.
public enum ProxyKind: Sendable, Hashable {
    /// HTTP/1.1, with CONNECT for what it cannot ask itself (RFC 9110 section 9.3.6).
    case http
    case socks(SOCKSVersion)
}

/// Who asks a proxy.
public struct ProxyLogin: Sendable, Hashable {
    public var user: [UInt8]
    public var password: [UInt8]

    public init(user: [UInt8], password: [UInt8]) {
        (self.user, self.password) = (user, password)
    }
}

/// What a SOCKS proxy was asked, and said.
public struct SOCKSFact: Sendable, Hashable {
    public var version: SOCKSVersion
    /// `host:port`
    public var place: String
    public var sentAt: Instant
    /// The first byte that came back.
    public var answeredAt: Instant?
    /// The ways to say who asks that it was offered; empty of version 4.
    public var offered: [SOCKSMethod] = []
    /// How it wants to know who asks; nil of version 4.
    public var method: SOCKSMethod?
    /// Whether it took the login; nil where none was sent, or answered.
    public var isLoginAccepted: Bool?
    public var reply: SOCKSReply?
    /// What came in place of SOCKS: its first bytes.
    public var foreign: NetworkText?
    /// Bytes that came back.
    public var received = 0
    /// How it broke off before there was a reply.
    public var end: DialogueEnd?

    public init(_ version: SOCKSVersion, to place: String, sentAt: Instant) {
        (self.version, self.place, self.sentAt) = (version, place, sentAt)
    }
}
