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

    /// Safe to print; not to be compared with: use `bytes` for that.
    public var description: String { String(escaping: bytes) }
}
