/// Which parts of a connection's life were seen: the bits of Wireshark's `tcp.completeness`, set as it sets them.
@frozen
public struct TCPCompleteness: OptionSet, Sendable, Hashable {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A SYN without ACK was the first packet.
    public static let syn = TCPCompleteness(rawValue: 1)
    public static let synACK = TCPCompleteness(rawValue: 2)
    /// An acknowledgement without data.
    public static let ack = TCPCompleteness(rawValue: 4)
    public static let data = TCPCompleteness(rawValue: 8)
    /// A FIN with ACK.
    public static let fin = TCPCompleteness(rawValue: 16)
    public static let reset = TCPCompleteness(rawValue: 32)

    /// Opened and closed, with or without data between.
    public var isComplete: Bool {
        isSuperset(of: [.syn, .synACK, .ack]) && !isDisjoint(with: [.fin, .reset])
    }
}
