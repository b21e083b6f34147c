public import PacketWire

/// What a client asked of a SOCKS proxy, and what that said: RFC 1928, RFC 1929, and version 4.
public struct SOCKSExchange: Sendable, Hashable {
    /// The greeting, or the request of version 4.
    public let begun: Seen<SOCKSVersion>
    /// `host:port`
    public private(set) var place: Seen<NetworkText>?
    public private(set) var method: Seen<SOCKSMethod>?
    public private(set) var login: Seen<Bool>?
    public private(set) var reply: Seen<SOCKSReply>?
    /// What came in place of SOCKS: its first bytes.
    public private(set) var foreign: Seen<NetworkText>?
    /// Bytes of the proxy's words that were read, up to its reply.
    public private(set) var answered: UInt32 = 0
    private var client: SOCKSClientReader
    private var proxy: SOCKSAnswerReader

    /// Nil where the first words of a connection are none of SOCKS.
    init?(beginning first: Span<UInt8>, frame: Int, at: Instant) {
        guard let client = SOCKSClientReader(beginning: first) else { return nil }
        self.client = client
        proxy = SOCKSAnswerReader(client.version)
        begun = Seen(value: client.version, frame: frame, at: at)
    }

    public var version: SOCKSVersion { begun.value }
    public var offered: [SOCKSMethod] { client.offered }
    /// What follows goes to the place.
    public var hasTunnel: Bool { reply?.value.isGranted ?? false }
    /// There is none, or nobody who listens can follow how it comes to be.
    var isRefused: Bool { proxy.isDone && !hasTunnel }
    /// What answers shows that it was no SOCKS at all: neither a proxy of the other version, nor one of HTTP.
    var isAnothers: Bool { foreign.map { !Self.isProxys($0.value.bytes) } ?? false }

    private static func isProxys(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: "HTTP/".utf8) || bytes.count >= 2 && (bytes[0] == 0 && (90...93).contains(bytes[1]))
            || bytes.starts(with: [5, 0]) || bytes.starts(with: [5, 0xFF])
    }

    var isPlain: Bool { hasTunnel }

    mutating func readClient(_ bytes: Span<UInt8>, isFirst: Bool, frame: Int, at: Instant) {
        if !isFirst { client.read(bytes) }
        if place == nil, let text = client.place { place = Seen(value: text, frame: frame, at: at) }
    }

    mutating func readProxy(_ bytes: Span<UInt8>, frame: Int, at: Instant) {
        answered &+= UInt32(truncatingIfNeeded: bytes.count)
        for event in proxy.read(bytes.array(0..<min(bytes.count, 1_024))) {
            switch event {
            case .method(let method): self.method = Seen(value: method, frame: frame, at: at)
            case .login(let isAccepted): login = Seen(value: isAccepted, frame: frame, at: at)
            case .reply(let reply): self.reply = Seen(value: reply, frame: frame, at: at)
            case .foreign(let text): foreign = Seen(value: text, frame: frame, at: at)
            }
        }
    }
}
