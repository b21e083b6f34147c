/// What a datagram is that came back for a question.
public enum ServiceReply: Sendable, Hashable {
    /// The service's own answer to this very question, with what is worth saying about it: `version 4, stratum 2`.
    /// Empty where it says nothing but that it is there. Safe to print.
    case answered(String)
    /// Something else. Something sends from the port all the same.
    case foreign(Mismatch)

    public enum Mismatch: Sendable, Hashable, CustomStringConvertible {
        /// The question itself: an echo.
        case question
        /// It ends before the header does.
        case cut(count: Int, needed: Int)
        /// The protocol, and not what was asked.
        case anotherTransaction
        /// The protocol, in the part of one who asks.
        case noReply
        case anotherProtocol
        case malformed

        public var description: String {
            switch self {
            case .question: "the question itself came back"
            case .cut(let count, let needed): "\(count) bytes where at least \(needed) are needed"
            case .anotherTransaction: "it belongs to another question"
            case .noReply: "it is a question, and no reply"
            case .anotherProtocol: "it is of another protocol"
            case .malformed: "it is malformed"
            }
        }
    }

    /// What is worth saying, in order, without what is not known.
    static func answered(saying parts: [String?]) -> ServiceReply {
        .answered(parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ", "))
    }
}

/// An answer that is the service's own word that it does not serve the client, or not now.
public struct ServiceRefusal: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Whoever asks is none of those that it serves.
        case notAllowed
        /// It was asked too often.
        case tooOften
    }

    public let kind: Kind
    /// In its own words: `kiss code DENY: it gives this client no time`. Safe to print.
    public let words: String

    init(_ kind: Kind, saying words: String) { (self.kind, self.words) = (kind, words) }
}

extension Span where Element == UInt8 {
    /// What a peer means as text, to be printed: bounded and escaped.
    func shown(_ range: Range<Int>, most: Int = 80) -> String {
        let range = range.clamped(to: 0..<count)
        let cut = range.count > most
        return String(escaping: array(cut ? range.lowerBound..<range.lowerBound &+ most : range)) + (cut ? "…" : "")
    }
}
