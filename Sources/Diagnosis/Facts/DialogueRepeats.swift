public import PacketWire

/// The dialogue that failed, some more times, each on a connection of its own.
public struct DialogueRepeats: Sendable, Hashable {
    public var tried: Int
    /// Of these the far end answered as a server does that can serve.
    public var answered: Int

    public init(tried: Int, answered: Int) {
        self.tried = tried
        self.answered = answered
    }
}

extension HTTPStatusLine {
    /// A gateway says that the server behind it does not serve: with HTTP's own words (RFC 9110 section 15.6), or with those
    /// of a network before servers.
    public var isUnserved: Bool { (502...504).contains(code) || (520...526).contains(code) }
}

extension ApplicationFacts {
    /// The request was answered so.
    public var isUnserved: Bool { http?.status?.isUnserved ?? false }

    /// The request failed, and another one may meet another server behind the same address. What fails in TLS has its own
    /// repetition among the other hellos.
    public var isWorthRepeating: Bool {
        guard let http, hellos.isEmpty else { return false }
        return isUnserved || http.end != nil && !http.isEndless
    }
}
