public import PacketWire

/// The first request of HTTP/1 and its answer.
public struct HTTPExchange: Sendable, Hashable {
    public internal(set) var request: Seen<HTTPRequestLine>?
    public internal(set) var status: Seen<HTTPStatusLine>?

    var isPlain: Bool { request?.value.isHTTP2 ?? false || (status.map { $0.value.code < 400 } ?? false) }
}

/// Who spoke first in SSH, and as what.
public struct SSHExchange: Sendable, Hashable {
    public internal(set) var client: Seen<NetworkText>?
    public internal(set) var server: Seen<NetworkText>?
    /// What a server said instead.
    public internal(set) var refusal: Seen<NetworkText>?

    var isPlain: Bool { client != nil && server != nil }
}
