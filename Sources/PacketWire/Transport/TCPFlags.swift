/// The control bits of a TCP header, RFC 9293 section 3.1, RFC 3168 (ECE, CWR), RFC 9768 (AE).
@frozen
public struct TCPFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
    /// The low 12 bits of the header's offset-and-flags word; the upper three of them are reserved.
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let fin = TCPFlags(rawValue: 0x001)
    public static let syn = TCPFlags(rawValue: 0x002)
    public static let rst = TCPFlags(rawValue: 0x004)
    public static let psh = TCPFlags(rawValue: 0x008)
    public static let ack = TCPFlags(rawValue: 0x010)
    public static let urg = TCPFlags(rawValue: 0x020)
    public static let ece = TCPFlags(rawValue: 0x040)
    public static let cwr = TCPFlags(rawValue: 0x080)
    /// Accurate ECN; once the nonce sum of RFC 3540.
    public static let ae = TCPFlags(rawValue: 0x100)
    public static let reserved = TCPFlags(rawValue: 0xE00)

    /// `SYN`, `SYN-ACK`, `RST-ACK`, `PSH-ACK`; `none` when no bit is set.
    public var description: String {
        // The two that every handshake is made of need no array.
        if self == .syn { return "SYN" }
        if self == .ack { return "ACK" }
        let names = Self.names.filter { contains($0.0) }.map(\.1)
        return names.isEmpty ? "none" : names.joined(separator: "-")
    }

    private static let names: [(TCPFlags, String)] = [
        (.syn, "SYN"), (.fin, "FIN"), (.rst, "RST"), (.psh, "PSH"), (.ack, "ACK"), (.urg, "URG"), (.ece, "ECE"),
        (.cwr, "CWR"), (.ae, "AE"),
    ]
}
