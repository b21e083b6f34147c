import PacketWire

/// What a talking service says, turn by turn: `220 mail.lab / 250 STARTTLS`. The first turn is said at once, each next
/// one when the client has said something; behind the last it is silent and holds the connection.
///
/// `\r`, `\n`, `\t` and `\xHH` stand for bytes. A turn may begin with a word in angle brackets: `<slow>` says a byte every
/// half second, `<endless>` goes on for as long as anybody listens, `<close>` and `<reset>` end the connection behind it.
public struct Talk: Hashable, Sendable {
    public enum Manner: String, Hashable, Sendable, CaseIterable {
        case plain
        case slow
        case endless
        case close
        case reset
    }

    public struct Turn: Hashable, Sendable {
        public var manner: Manner
        public var bytes: [UInt8]
    }

    public var turns: [Turn]
    /// As it was written.
    let text: String

    /// Nil where an escape is none.
    init?(_ text: String) {
        self.text = text
        turns = []
        for part in Self.parts(text) {
            var rest = Substring(part)
            var manner = Manner.plain
            for known in Manner.allCases where rest.hasPrefix("<\(known.rawValue)>") {
                manner = known
                rest = rest.dropFirst(known.rawValue.count + 2)
            }
            guard let bytes = [UInt8](unescaping: rest) else { return nil }
            turns.append(Turn(manner: manner, bytes: bytes))
        }
    }

    /// Between turns stands a slash with spaces beside it.
    private static func parts(_ text: String) -> [String] {
        var parts = [""]
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if word == "/" {
                parts.append("")
            } else {
                parts[parts.count - 1] += (parts[parts.count - 1].isEmpty ? "" : " ") + word
            }
        }
        return parts
    }
}
