/// Bytes that a peer means as text: kept as they came, printed escaped.
public struct NetworkText: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public var bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// So much of a line is enough to tell who speaks.
    public static let longestFirstLine = 80

    /// The first line, without its end: what a person would call the whole.
    public var firstLine: NetworkText {
        NetworkText(bytes: Array(bytes.prefix { $0 != 0x0A && $0 != 0x0D }.prefix(Self.longestFirstLine)))
    }

    /// Safe to print; not to be compared with: use `bytes` for that.
    public var description: String { String(escaping: bytes) }
}
