/// How an HTTP/1 client begins: RFC 9112 section 3.
public struct HTTPRequestLine: Hashable, Sendable {
    public var method: NetworkText { text(0..<methodEnd) }
    /// A path, a whole URL (to a proxy), or host and port (CONNECT). What is longer than `longestKept` is cut.
    public var target: NetworkText { text(methodEnd..<targetEnd) }
    /// The Host header, where it is among the same bytes.
    public var host: NetworkText? { hasHost ? text(targetEnd..<UInt16(truncatingIfNeeded: words.count)) : nil }

    /// Method, target and host, one behind the other: a capture has very many requests, and each array is a piece of memory
    /// by itself.
    private let words: [UInt8]
    private let methodEnd: UInt16
    private let targetEnd: UInt16
    private let hasHost: Bool

    private func text(_ range: Range<UInt16>) -> NetworkText {
        NetworkText(bytes: words.span.array(Int(range.lowerBound)..<Int(range.upperBound)))
    }

    static let longestKept = 255
    /// Of the methods in IANA's registry, those that are seen; PRI is how HTTP/2 begins, RFC 9113 section 3.4.
    private static let methods: [StaticString] = [
        "GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "TRACE ", "PROPFIND ", "REPORT ",
        "MKCOL ", "PRI ",
    ]

    /// The letters that methods begin with: most payloads begin with none of them.
    private static let isInitial: [Bool] = (0..<256).map { byte in
        methods.contains { unsafe Int($0.utf8Start[0]) == byte }
    }

    /// Reads as much as there is; nil where it is no request.
    public init?(decoding bytes: Span<UInt8>) {
        guard let places = Self.places(in: bytes) else { return nil }
        let method = 0..<places.target.lowerBound &- 1
        let target = places.target.prefix(Self.longestKept)
        let host = Self.host(bytes, from: places.lineEnd)
        var words: [UInt8] = []
        words.reserveCapacity(method.count &+ target.count &+ (host?.count ?? 0))
        words.append(bytes.extracting(method))
        words.append(bytes.extracting(target))
        if let host { words.append(bytes.extracting(host)) }
        self.words = words
        methodEnd = UInt16(truncatingIfNeeded: method.count)
        targetEnd = UInt16(truncatingIfNeeded: method.count &+ target.count)
        hasHost = host != nil
    }

    /// Whether it begins like a request.
    public static func isPresent(in bytes: Span<UInt8>) -> Bool { places(in: bytes) != nil }

    private static func places(in bytes: Span<UInt8>) -> (target: Range<Int>, lineEnd: Int)? {
        guard bytes.count > 0, isInitial[Int(bytes[0])], let method = methods.first(where: { bytes.begins(with: $0) })
        else { return nil }
        let start = method.utf8CodeUnitCount
        let line = bytes.line(from: 0)
        guard start < line.upperBound else { return nil }
        let text = bytes.extracting(start..<line.upperBound)
        let end = text.first(0x20) ?? text.count
        // A whole line says its version; a line that is cut is taken for what it begins like.
        if line.upperBound < bytes.count {
            guard text.count >= end &+ 6, text.extracting((end &+ 1)...).begins(with: "HTTP/") else { return nil }
        }
        return (start..<start &+ end, line.upperBound)
    }

    /// A connection preface and no request.
    public var isHTTP2: Bool { isMethod("PRI") }
    /// It asks a proxy for a tunnel: RFC 9110 section 9.3.6.
    public var isConnect: Bool { isMethod("CONNECT") }
    /// It asks for a head alone: RFC 9110 section 9.3.2.
    package var isHead: Bool { isMethod("HEAD") }

    @inline(__always)
    private func isMethod(_ name: StaticString) -> Bool {
        methodEnd == name.utf8CodeUnitCount && words.span.begins(with: name)
    }

    /// What such a request gets where nobody stands in the way; nil where nobody knows.
    package var knownAnswer: KnownAnswer? {
        KnownAnswer.mayBeKnown(words.span.extracting(Int(methodEnd)..<Int(targetEnd)))
            ? KnownAnswer(path: target, host: host) : nil
    }

    private static func host(_ bytes: Span<UInt8>, from offset: Int) -> Range<Int>? {
        var place = bytes.behindLine(offset)
        for _ in 0..<64 {
            if place >= bytes.count { break }
            let line = bytes.line(from: place)
            if line.isEmpty { return nil }
            let field = bytes.extracting(line)
            if field.count > 5, field[4] == UInt8(ascii: ":"), field.beginsIgnoringCase("host") {
                var start = 5
                while start < field.count, field[start] == 0x20 || field[start] == 0x09 { start &+= 1 }
                start &+= line.lowerBound
                return start..<Swift.min(line.upperBound, start &+ longestKept)
            }
            place = bytes.behindLine(line.upperBound)
        }
        return nil
    }
}
