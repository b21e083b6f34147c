/// The first line of either side of an SSH connection: RFC 4253 section 4.2.
public struct SSHIdentification: Hashable, Sendable {
    /// The whole line: `SSH-2.0-OpenSSH_9.2p1 Debian-2`.
    public var text: NetworkText

    /// Its limit, line end included.
    static let longest = 255

    /// Nil where it is none. A server may write other lines first, and those are none.
    public init?(decoding bytes: Span<UInt8>) {
        guard bytes.begins(with: "SSH-") else { return nil }
        let line = bytes.line(from: 0)
        guard line.count <= Self.longest else { return nil }
        text = NetworkText(bytes: bytes.array(line))
    }

    /// The first line that is one, among those that a server may say before it, and where what follows it begins.
    public static func among(linesOf bytes: Span<UInt8>) -> (identification: SSHIdentification, end: Int)? {
        var place = 0
        for _ in 0..<64 {
            if place >= bytes.count { break }
            let end = bytes.behindLine(bytes.line(from: place).upperBound)
            if let found = SSHIdentification(decoding: bytes.extracting(place...)) { return (found, end) }
            place = end
        }
        return nil
    }

    /// `2.0`; 1.99 stands for a server that speaks both.
    public var protocolVersion: NetworkText {
        NetworkText(bytes: Array(text.bytes.dropFirst(4).prefix { $0 != UInt8(ascii: "-") }))
    }
}
