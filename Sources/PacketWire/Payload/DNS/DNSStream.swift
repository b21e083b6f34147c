/// DNS messages out of a connection's bytes: each has its length in front (RFC 1035 section 4.2.2).
///
/// Never holds more than one message and its length.
public struct DNSStream: Sendable, Hashable {
    private var held: [UInt8] = []

    private static let longest = 2 + Int(UInt16.max)

    public init() {}

    /// What came; gives the messages that are whole by now.
    public mutating func append(_ bytes: [UInt8]) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        var rest = bytes[...]
        repeat {
            let part = rest.prefix(Self.longest - held.count)
            held += part
            rest = rest.dropFirst(part.count)
            while held.count >= 2 {
                let length = Int(held[0]) << 8 | Int(held[1])
                guard held.count >= 2 + length else { break }
                messages.append(Array(held[2..<2 + length]))
                held.removeFirst(2 + length)
            }
        } while !rest.isEmpty
        return messages
    }
}
