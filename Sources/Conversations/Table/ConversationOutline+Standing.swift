/// How far it is known what comes of a conversation, while packets are still to come.
@frozen
public enum ConversationStanding: Int, Sendable, Hashable, Comparable {
    /// An answer may be on its way.
    case young
    /// What was seen so far says something, and what follows may say something else.
    case telling
    /// Nobody has said anything for so long that whoever waits, waits for nothing.
    case silent
    /// Ended or refused, and what was under way has had time to arrive.
    case over

    /// What comes late: an answer behind a forged refusal, a reset behind the last FIN. A second is longer than
    /// round trips are, and shorter than Linux waits before it sends a SYN again.
    static let settling = TimeSpan.seconds(1)
    /// By then the third SYN has gone unanswered: Linux sends them after 1 s and after 3 s.
    static let unanswered = TimeSpan.milliseconds(3_500)
    /// A pause between two repetitions that is as long as that comes after five of them at the usual round trips
    /// (RFC 6298 section 5.5: each wait is twice the one before).
    static let stalled = TimeSpan.seconds(5)

    public static func < (a: ConversationStanding, b: ConversationStanding) -> Bool { a.rawValue < b.rawValue }
}

extension ConversationOutline {
    public func standing(at now: Instant) -> ConversationStanding {
        let (quiet, age) = (now - lastSeen, now - firstSeen)
        if isClosed || track.events.contains(.refused), quiet >= ConversationStanding.settling { return .over }
        if quiet >= ConversationStanding.stalled { return .silent }
        if age >= ConversationStanding.unanswered { return .telling }
        return isAnswered && quiet >= ConversationStanding.settling ? .telling : .young
    }
}
