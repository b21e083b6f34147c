public import PacketWire

/// The first request of HTTP/1 and its answer.
public struct HTTPExchange: Sendable, Hashable {
    public internal(set) var request: Seen<HTTPRequestLine>?
    public internal(set) var status: Seen<HTTPStatusLine>?
    /// Of an answer that says something about the way to the server, what its first segment bears beside the status.
    public internal(set) var answer: HTTPAnswerStart?

    /// What a status says is the application's affair, unless it may be somebody's on the way, or a proxy refuses.
    var isPlain: Bool {
        guard let request = request?.value, !request.isHTTP2 else { return true }
        return status.map { answer == nil && (!request.isConnect || $0.value.code < 400) } ?? false
    }
}

/// What the first segment of an answer tells beside its status.
public struct HTTPAnswerStart: Sendable, Hashable {
    public var server: NetworkText?
    public var via: NetworkText?
    public var location: NetworkText?
    /// The beginning of the content, as much as came in the same segment, 1,024 bytes at most.
    public var content: [UInt8]

    /// Answers that refuse, lead elsewhere, or are a gateway's. All others are the application's own affair.
    static func isTelling(_ code: Int) -> Bool {
        switch code {
        case 301, 302, 303, 307, 308, 403, 407, 451, 502, 503, 504, 511: true
        default: false
        }
    }

    init?(_ bytes: Span<UInt8>) {
        guard let head = HTTPHead(decoding: bytes), Self.isTelling(head.status.code) else { return nil }
        server = head.field("Server")
        via = head.field("Via")
        location = head.field("Location")
        content = []
        guard let end = head.end else { return }
        for place in end..<min(bytes.count, end + 1_024) { content.append(bytes[place]) }
    }
}

/// Who spoke first in SSH, and as what.
public struct SSHExchange: Sendable, Hashable {
    public internal(set) var client: Seen<NetworkText>?
    public internal(set) var server: Seen<NetworkText>?
    /// What a server said instead.
    public internal(set) var refusal: Seen<NetworkText>?

    var isPlain: Bool { client != nil && server != nil }

    /// A server may say other lines first (RFC 4253 section 4.2), in the same segment or in one of its own.
    mutating func read(_ bytes: Span<UInt8>, fromInitiator: Bool, frame: Int, at: Instant) {
        guard let found = SSHIdentification(amongLinesOf: bytes) else {
            if !fromInitiator, refusal == nil {
                let start = (0..<min(bytes.count, 80)).map { bytes[$0] }.prefix { $0 != 0x0D && $0 != 0x0A }
                refusal = Seen(value: NetworkText(bytes: Array(start)), frame: frame, at: at)
            }
            return
        }
        let seen = Seen(value: found.text, frame: frame, at: at)
        if fromInitiator {
            client = seen
        } else {
            (server, refusal) = (seen, nil)
        }
    }
}
