import PacketWire

/// An answer of HTTP/1 as it comes in, in segments of any size: nothing is kept of it but a head that is not whole yet,
/// and the beginning of a page that may be somebody else's than the server's.
struct HTTPAnswerReader: Sendable, Hashable {
    /// Less than a probe waits for: a capture may hold many that never end.
    static let longestHead = 8_192
    /// Answers that announce another, and nothing else (RFC 9110 section 15.2).
    private static let mostInterim = 16
    /// Few heads are longer, and a capture may hold very many pages that never end.
    private static let longestKeptHead = 1_024
    /// What is no longer may still become a status line's protocol and code.
    private static let shortest = 12

    /// From where the latest head begins.
    private var pending: [UInt8] = []
    /// While content is waited for: the head as it came, and behind it what has come of the content. Of nearly all pages
    /// nothing more is made.
    private var page: [UInt8] = []
    /// How much of that is head; nil while no content is waited for.
    private var headLength: Int?
    /// In place of a head that is too long to be kept.
    private var start: HTTPAnswerStart?
    /// So much of the content.
    private var wanted = 0
    private var interim = 0
    /// Of a head that is longer than what is kept, and how much of that came.
    private var headEnd: HTTPHeadEnd?
    private var passed = 0
    /// Of the latest head.
    private var hasStatusLine = false
    private(set) var isDone = false
    /// How much of the content had not come with the head; nil where nobody says.
    private(set) var remaining: UInt32?

    /// The beginning of a page is kept, and not told yet.
    var holdsPage: Bool { headLength != nil }
    private var contentCount: Int { page.count - (headLength ?? 0) }

    /// - Parameter isCut: the capture has not the whole segment, so that nothing is known of what follows.
    mutating func read(_ bytes: Span<UInt8>, isCut: Bool, frame: Int, at: Instant, into http: inout HTTPExchange) {
        guard !isDone else { return }
        if holdsPage {
            take(bytes, from: 0)
        } else if headEnd != nil {
            pass(bytes, &http)
        } else if pending.isEmpty {
            readHead(bytes, isCut, frame, at, &http)
        } else {
            gather(bytes, isCut, frame, at, &http)
        }
        if isCut {
            if http.status == nil, http.foreign == nil { http.answerCutAt = UInt32(clamping: frame) }
            end(&http)
            finish(&http)
        } else if holdsPage, contentCount >= wanted {
            end(&http)
        }
    }

    /// More of a page that is kept, and not all of it; false where it is something else.
    mutating func takes(more bytes: Span<UInt8>) -> Bool {
        guard holdsPage, !isDone, contentCount + bytes.count < wanted else { return false }
        page.append(bytes)
        return true
    }

    /// Nothing more comes: a page that ended early is told as far as it came.
    mutating func end(_ http: inout HTTPExchange) {
        guard let headLength else { return }
        tell(headLength, &http)
        self.headLength = nil
        start = nil
        page = []
        finish(&http)
    }

    private func tell(_ headLength: Int, _ http: inout HTTPExchange) {
        guard let code = http.status?.value.code else { return }
        let isKept = http.isTelling(code) || http.hasKnownAnswer
        // What says it nowhere says it neither in a field nor in the content.
        if !isKept, code == 200, start == nil, !FilterMarks.mayMark(success: page.span) { return }
        let bytes = page.span
        guard
            var start = start ?? HTTPHead(decoding: bytes.extracting(..<headLength)).map({ HTTPAnswerStart($0) })
        else { return }
        start.content = bytes.array(headLength..<bytes.count)
        start.isCut = start.content.count < wanted
        if isKept || start.bearsMark(code) { http.answer = start }
    }

    // MARK: The head

    /// More of a head that was not whole: each byte is looked at once, and the head is read when its end has come.
    private mutating func gather(
        _ bytes: Span<UInt8>, _ isCut: Bool, _ frame: Int, _ at: Instant, _ http: inout HTTPExchange
    ) {
        let known = pending.count
        let taken = min(bytes.count, max(0, Self.longestHead - known))
        pending.append(bytes.extracting(..<taken))
        // Looked at again for what it says first, and for the end of it.
        let isReadable =
            known < Self.shortest || !hasStatusLine && pending[known...].contains(0x0A)
            || pending.endsHead(behind: known)
        guard isReadable || isCut || pending.count >= Self.longestHead else {
            http.unfinished = UInt32(clamping: pending.count)
            return
        }
        let collected = pending
        pending = []
        readHead(collected.span, isCut, frame, at, &http)
        if headEnd != nil, !isDone { pass(bytes.extracting(taken...), &http) }
    }

    private mutating func readHead(
        _ bytes: Span<UInt8>, _ isCut: Bool, _ frame: Int, _ at: Instant, _ http: inout HTTPExchange
    ) {
        var place = 0
        while true {
            let rest = bytes.extracting(place...)
            guard let status = HTTPStatusLine(decoding: rest) else {
                if Self.mayBegin(rest) { return wait(rest, &http) }
                // Radio over HTTP names itself in the protocol's place, and goes on like it.
                if !rest.begins("ICY ") { http.foreign = Seen(value: Self.line(rest), frame: frame, at: at) }
                return finish(&http)
            }
            let head = HTTPHeadOutline(decoding: rest)
            hasStatusLine = isCut || head.hasWholeStatus
            guard hasStatusLine else { return wait(rest, &http) }
            if status.isInterim {
                // The real answer may have come with it.
                guard let end = head.end else { return wait(rest, &http) }
                interim += 1
                guard interim <= Self.mostInterim else { return finish(&http) }
                place += end
                if place >= bytes.count { return wait(bytes.extracting(bytes.count...), &http) }
                continue
            }
            if http.status == nil { http.status = Seen(value: status, frame: frame, at: at) }
            guard let end = head.end else { return wait(rest, &http) }
            http.unfinished = 0
            if rest.count < Self.longestHead {
                remaining = head.contentLength(status.code, http.request?.value).map {
                    $0 - min($0, UInt32(rest.count - end))
                }
                if remaining == nil, head.isChunked(status.code, http.request?.value) {
                    remaining = HTTPChunks.missing(rest.extracting(end...))
                    http.isChunked = remaining != nil
                }
            }
            let isTelling = http.isTelling(status.code)
            let isKept = isTelling || status.code == 200 && http.hasKnownAnswer
            wanted = Self.contentLength(head, status.code, isKept: isKept)
            // Most answers are nobody's but the server's, and most of what could be another's shows at once that it is not.
            guard wanted > 0 || isTelling else { return finish(&http) }
            if !isKept, rest.count - end >= wanted, !FilterMarks.mayMark(success: rest.extracting(..<(end + wanted))) {
                return finish(&http)
            }
            keep(rest, end)
            return
        }
    }

    /// Of a page whose content is waited for, what there is of it so far.
    private mutating func keep(_ bytes: Span<UInt8>, _ end: Int) {
        let isLong = end > Self.longestKeptHead
        if isLong { start = HTTPHead(decoding: bytes).map { HTTPAnswerStart($0) } }
        headLength = isLong ? 0 : end
        page.reserveCapacity(wanted + (isLong ? 0 : end))
        if !isLong { page.append(bytes.extracting(..<end)) }
        take(bytes, from: end)
    }

    private mutating func wait(_ bytes: Span<UInt8>, _ http: inout HTTPExchange) {
        guard bytes.count < Self.longestHead else {
            guard hasStatusLine else { return finish(&http) }
            pending = []
            headEnd = HTTPHeadEnd()
            return pass(bytes, &http)
        }
        pending = bytes.array(0..<bytes.count)
        http.unfinished = UInt32(clamping: bytes.count)
    }

    /// More of a head than is kept: only its end is looked for.
    private mutating func pass(_ bytes: Span<UInt8>, _ http: inout HTTPExchange) {
        if headEnd?.read(bytes) != nil { return finish(&http) }
        passed += bytes.count
        http.unfinished = UInt32(clamping: passed)
        // So the answer stays: one whose head has no end.
        if http.isEndless { isDone = true }
    }

    private mutating func finish(_ http: inout HTTPExchange) {
        http.unfinished = 0
        pending = []
        isDone = true
    }

    // MARK: The content

    /// How much of the content may tell something: that of a page which may be another's.
    ///
    /// - Parameter isKept: it tells something whatever it says.
    private static func contentLength(_ head: HTTPHeadOutline, _ code: Int, isKept: Bool) -> Int {
        guard isKept || code == 200 && head.isText else { return 0 }
        let announced = head.contentLength ?? HTTPAnswerStart.longestContent
        return max(0, min(announced, HTTPAnswerStart.longestContent))
    }

    private mutating func take(_ bytes: Span<UInt8>, from place: Int) {
        let room = wanted - contentCount
        guard room > 0, place < bytes.count else { return }
        page.append(bytes.extracting(place..<min(bytes.count, place + room)))
    }

    /// What a person would call the answer.
    private static func line(_ bytes: Span<UInt8>) -> NetworkText {
        NetworkText(bytes: bytes.array(0..<min(bytes.count, NetworkText.longestFirstLine))).firstLine
    }

    private static func mayBegin(_ bytes: Span<UInt8>) -> Bool {
        bytes.count < shortest && bytes.begins("HTTP/1.")
    }
}

extension HTTPHeadOutline {
    /// The content's length where the head announces one: RFC 9112 section 6.3. More than a stream can number is none.
    fileprivate func contentLength(_ code: Int, _ request: HTTPRequestLine?) -> UInt32? {
        // Neither HEAD nor these have content, whatever their fields say.
        guard let request, !request.isHead, !request.isConnect else { return nil }
        guard let announced = contentLength, !hasTransferEncoding else { return nil }
        guard code >= 200, code != 204, code != 304 else { return nil }
        return (0..<1 << 30).contains(announced) ? UInt32(announced) : nil
    }

    /// It may come in chunks, and nothing else of its length is known.
    fileprivate func isChunked(_ code: Int, _ request: HTTPRequestLine?) -> Bool {
        guard let request, !request.isHead, !request.isConnect else { return false }
        return isChunked && code >= 200 && code != 204 && code != 304
    }
}

extension HTTPExchange {
    /// What CONNECT is refused with shows in its fields whether a proxy says so, whatever the status.
    fileprivate func isTelling(_ code: Int) -> Bool {
        HTTPAnswerStart.isTelling(code) || code >= 300 && request?.value.isConnect == true
    }

    /// It is known what such a request is answered with where nobody stands in the way.
    fileprivate var hasKnownAnswer: Bool { request?.value.knownAnswer != nil }
}

extension HTTPAnswerStart {
    /// The page is a filter's by what it says.
    fileprivate func bearsMark(_ code: Int) -> Bool {
        !content.isEmpty && FilterMarks.maker(code, [server, via, location], content) != nil
    }
}

extension [UInt8] {
    /// An empty line ends behind that place: RFC 9112 section 2.2 lets a reader take LF alone.
    fileprivate func endsHead(behind known: Int) -> Bool {
        for place in Swift.max(1, known)..<Swift.max(1, known, count) where self[place] == 0x0A {
            let before = self[place - 1] == 0x0D ? place - 2 : place - 1
            if before >= 0, self[before] == 0x0A { return true }
        }
        return false
    }
}

extension Span where Element == UInt8 {
    /// As far as there are bytes.
    fileprivate func begins(_ text: String) -> Bool {
        for (place, byte) in text.utf8.enumerated() where place < count && self[place] != byte { return false }
        return true
    }
}
