/// Answers QUIC clients as a server does that speaks none of their versions: version negotiation (RFC 9000 section 6.1,
/// RFC 8999 section 6), which needs no key and keeps nothing.
enum QUICAnswer {
    /// What no client may send less than in its first datagram: RFC 9000 section 14.1.
    private static let shortest = 1_200
    private static let spoken: [UInt32] = [1, 0x6B33_43CF]

    /// The answer to a datagram; nil where a server stays silent.
    static func message(to datagram: [UInt8]) -> [UInt8]? {
        guard datagram.count >= shortest, datagram[0] & 0x80 != 0 else { return nil }
        let version = datagram[1...4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        // Version negotiation is not answered, and what this server speaks it would answer otherwise.
        guard version != 0, !spoken.contains(version), let destination = identifier(datagram, at: 5),
            let source = identifier(datagram, at: 6 + destination.count)
        else { return nil }
        var answer: [UInt8] = [0xC0, 0, 0, 0, 0]
        // Each end's identifier comes back as the other's.
        answer += [UInt8(source.count)] + source + [UInt8(destination.count)] + destination
        for number in spoken {
            answer += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        }
        return answer
    }

    /// A length and so many bytes; nil where they are cut.
    private static func identifier(_ datagram: [UInt8], at offset: Int) -> ArraySlice<UInt8>? {
        guard offset < datagram.count else { return nil }
        let length = Int(datagram[offset])
        guard length <= datagram.count - offset - 1 else { return nil }
        return datagram[(offset + 1)..<(offset + 1 + length)]
    }
}
