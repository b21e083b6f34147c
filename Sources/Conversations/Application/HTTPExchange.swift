public import PacketWire

/// The first request of HTTP/1 and its answer.
public struct HTTPExchange: Sendable, Hashable {
    public internal(set) var request: Seen<HTTPRequestLine>?
    public internal(set) var status: Seen<HTTPStatusLine>?
    /// Of an answer that says something about the way to the server, what its beginning bears beside the status.
    public internal(set) var answer: HTTPAnswerStart?
    /// What came in place of an answer: its first bytes.
    public internal(set) var foreign: Seen<NetworkText>?
    /// How many bytes of an answer came whose head is not whole; 0 where it is, or where the capture has not all of it.
    public internal(set) var unfinished: UInt32 = 0
    /// The frame of an answer of which the capture keeps too little to tell its status; 0 for none.
    public internal(set) var answerCutAt: UInt32 = 0
    /// There were so many of them that no end is looked for any more.
    public var isEndless: Bool { unfinished >= HTTPHeadEnd.longest }

    /// How long the responder's stream is when the answer is whole, as far as its head announces that (RFC 9112 section
    /// 6.3); 0 where it does not.
    public internal(set) var wholeLength: UInt32 = 0
    /// It comes in chunks (RFC 9112 section 7.1), so that what is known of its length is the least that it may be.
    public internal(set) var isChunked = false
    /// How long the initiator's stream is when the request is whole, where that has content and its head announces it; else 0.
    public internal(set) var requestLength: UInt32 = 0

    /// A proxy carries what follows: RFC 9110 section 9.3.6.
    var hasTunnel: Bool {
        guard let status, request?.value.isConnect == true else { return false }
        return (200..<300).contains(status.value.code)
    }

    /// What a status says is the application's affair, unless it may be somebody's on the way, or a proxy refuses.
    var isPlain: Bool {
        guard let request = request?.value, !request.isHTTP2 else { return true }
        guard foreign == nil, unfinished == 0 else { return false }
        return status.map { answer == nil && (!request.isConnect || $0.value.code < 300) } ?? false
    }
}

extension HTTPExchange {
    /// A request and an answer of which nothing is counted but that they were there: most are so.
    var isOrdinary: Bool {
        guard let request, let status else { return false }
        return status.value.code < 400 && !request.value.isHTTP2 && isPlain
    }
}

/// What the beginning of an answer tells beside its status.
public struct HTTPAnswerStart: Sendable, Hashable {
    public var server: NetworkText?
    public var via: NetworkText?
    public var location: NetworkText?
    /// How a proxy wants to be told who asks: RFC 9110 section 11.7.1.
    public var proxyAuthenticate: NetworkText?
    /// The beginning of the content, 1,024 bytes at most.
    public var content: [UInt8] = []
    /// There is more of it than was seen.
    public var isCut = false

    /// A probe looks at more of the one page that it asked for; a capture has many, and pages of refusal are short.
    static let longestContent = 1_024

    /// Answers that refuse, lead elsewhere, are a gateway's (with the numbers that an edge has of its own for what is behind
    /// it), or do not like to be asked in the clear, or so often. All others are the
    /// application's own affair, but for pages that bear a filter's mark.
    static func isTelling(_ code: Int) -> Bool {
        switch code {
        case 301, 302, 303, 307, 308, 400, 403, 407, 429, 451, 502, 503, 504, 511, 520...526: true
        default: false
        }
    }

    init(_ head: HTTPHead) {
        server = head.field("Server")
        via = head.list("Via")
        location = head.field("Location")
        proxyAuthenticate = head.list("Proxy-Authenticate")
    }
}
