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

    /// What a status says is the application's affair, unless it may be somebody's on the way, or a proxy refuses.
    var isPlain: Bool {
        guard let request = request?.value, !request.isHTTP2 else { return true }
        guard foreign == nil, unfinished == 0 else { return false }
        return status.map { answer == nil && (!request.isConnect || $0.value.code < 400) } ?? false
    }
}

/// What the beginning of an answer tells beside its status.
public struct HTTPAnswerStart: Sendable, Hashable {
    public var server: NetworkText?
    public var via: NetworkText?
    public var location: NetworkText?
    /// The beginning of the content, 1,024 bytes at most.
    public var content: [UInt8] = []

    /// No page of refusal says later what it is.
    static let longestContent = 1_024

    /// Answers that refuse, lead elsewhere, are a gateway's, or do not like to be asked in the clear. All others are the
    /// application's own affair, but for pages that bear a filter's mark.
    static func isTelling(_ code: Int) -> Bool {
        switch code {
        case 301, 302, 303, 307, 308, 400, 403, 407, 451, 502, 503, 504, 511: true
        default: false
        }
    }

    init(_ head: HTTPHead) {
        server = head.field("Server")
        via = head.field("Via")
        location = head.field("Location")
    }
}

/// An answer of HTTP/1 as it comes in, in segments of any size: nothing is kept of it but a head that is not whole yet,
/// and the beginning of a page that may be somebody else's than the server's.
struct HTTPAnswerReader: Sendable, Hashable {
    /// As in a probe: a head that is longer says enough in its beginning.
    static let longestHead = 16_384
    /// From where the latest head begins.
    private var pending: [UInt8] = []
    /// While content is waited for, and how much of it.
    private var start: HTTPAnswerStart?
    private var wanted = 0
    private(set) var isDone = false

    /// - Parameter isCut: the capture has not the whole segment, so that nothing is known of what follows.
    mutating func read(_ bytes: Span<UInt8>, isCut: Bool, frame: Int, at: Instant, into http: inout HTTPExchange) {
        guard !isDone else { return }
        if start != nil {
            take(bytes, from: 0)
        } else if pending.isEmpty {
            readHead(bytes, frame, at, &http)
        } else {
            for place in 0..<min(bytes.count, Self.longestHead - pending.count) { pending.append(bytes[place]) }
            let collected = pending
            pending = []
            readHead(collected.span, frame, at, &http)
        }
        if isCut { finish(&http) }
        if let start, isDone || start.content.count >= wanted { close(start, &http) }
    }

    private mutating func readHead(_ bytes: Span<UInt8>, _ frame: Int, _ at: Instant, _ http: inout HTTPExchange) {
        var place = 0
        while true {
            let rest = bytes.extracting(place...)
            guard let head = HTTPHead(decoding: rest) else {
                if Self.mayBegin(rest) { return wait(rest, &http) }
                http.foreign = Seen(value: Self.line(rest), frame: frame, at: at)
                return finish(&http)
            }
            if head.status.isInterim {
                // The real answer may have come with it.
                guard let end = head.end else { return wait(rest, &http) }
                place += end
                if place >= bytes.count { return wait(bytes.extracting(bytes.count...), &http) }
                continue
            }
            if http.status == nil { http.status = Seen(value: head.status, frame: frame, at: at) }
            guard let end = head.end else {
                if rest.count >= Self.longestHead { return finish(&http) }
                return wait(rest, &http)
            }
            http.unfinished = 0
            wanted = Self.contentLength(head)
            start = HTTPAnswerStart(head)
            if wanted > 0 { take(rest, from: end) }
            return
        }
    }

    /// How much of the content may tell something: that of a page which may be another's.
    private static func contentLength(_ head: HTTPHead) -> Int {
        let code = head.status.code
        guard
            HTTPAnswerStart.isTelling(code)
                || code == 200 && head.field("Content-Type")?.isText ?? false
        else { return 0 }
        let announced = head.field("Content-Length").flatMap { Int($0.description) } ?? HTTPAnswerStart.longestContent
        return max(0, min(announced, HTTPAnswerStart.longestContent))
    }

    private mutating func take(_ bytes: Span<UInt8>, from place: Int) {
        let room = wanted - (start?.content.count ?? 0)
        guard room > 0, place < bytes.count else { return }
        for place in place..<min(bytes.count, place + room) { start?.content.append(bytes[place]) }
    }

    private mutating func wait(_ bytes: Span<UInt8>, _ http: inout HTTPExchange) {
        pending = (0..<bytes.count).map { bytes[$0] }
        http.unfinished = UInt32(clamping: bytes.count)
    }

    private mutating func finish(_ http: inout HTTPExchange) {
        http.unfinished = 0
        pending = []
        isDone = true
    }

    /// What is kept of it: what tells, and what bears a filter's mark.
    private mutating func close(_ start: HTTPAnswerStart, _ http: inout HTTPExchange) {
        self.start = nil
        finish(&http)
        guard let code = http.status?.value.code else { return }
        let fields = [start.server, start.via, start.location]
        if HTTPAnswerStart.isTelling(code)
            || !start.content.isEmpty && FilterMarks.maker(code, fields, start.content) != nil
        {
            http.answer = start
        }
    }

    /// Nothing more comes: a page that ended early is told as far as it came.
    mutating func end(_ http: inout HTTPExchange) {
        if let start { close(start, &http) }
    }

    /// What a person would call the answer.
    private static func line(_ bytes: Span<UInt8>) -> NetworkText {
        var line: [UInt8] = []
        for place in 0..<min(bytes.count, 80) {
            if bytes[place] == 0x0A || bytes[place] == 0x0D { break }
            line.append(bytes[place])
        }
        return NetworkText(bytes: line)
    }

    private static func mayBegin(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count < 12 else { return false }
        for (place, byte) in "HTTP/1.".utf8.enumerated() where place < bytes.count && bytes[place] != byte {
            return false
        }
        return true
    }
}

extension NetworkText {
    /// `text/html`, in any case of letters.
    fileprivate var isText: Bool { bytes.prefix(5).elementsEqual("text/".utf8) { $0 | 0x20 == $1 | 0x20 } }
}
