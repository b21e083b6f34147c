/// Finds the empty line that ends a head (RFC 9112 section 2.1) in pieces of any size, without keeping them: what a
/// head is read on for that is too long to be kept.
public struct HTTPHeadEnd: Hashable, Sendable {
    private enum Place: Hashable, Sendable {
        case inLine
        case behindLine
        /// Behind the CR that would be all of an empty line: a reader may take LF alone (section 2.2).
        case behindReturn
    }

    /// So much of a head is waited for. Clients give up after 8 KiB to some hundred; none waits for ever.
    public static let longest = 65_536

    private var place = Place.inLine

    public init() {}

    /// How many of these bytes are the head's, when it ends in them; nil where it goes on.
    public mutating func read(_ bytes: Span<UInt8>) -> Int? {
        for index in bytes.indices {
            switch (bytes[index], place) {
            case (0x0A, .inLine): place = .behindLine
            case (0x0A, _): return index + 1
            case (0x0D, .behindLine): place = .behindReturn
            default: place = .inLine
            }
        }
        return nil
    }
}
