/// The control bits of a TCP header, RFC 9293 section 3.1, RFC 3168 (ECE, CWR), RFC 9768 (AE).
@frozen
public struct TCPFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
    /// The low 12 bits of the header's offset-and-flags word; the upper three of them are reserved.
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    // Computed, not stored: a constant of another module would be fetched by a call for each packet.
    @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 0x001) }
    @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 0x002) }
    @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 0x004) }
    @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 0x008) }
    @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 0x010) }
    @inlinable public static var urg: TCPFlags { TCPFlags(rawValue: 0x020) }
    @inlinable public static var ece: TCPFlags { TCPFlags(rawValue: 0x040) }
    @inlinable public static var cwr: TCPFlags { TCPFlags(rawValue: 0x080) }
    /// Accurate ECN; once the nonce sum of RFC 3540.
    @inlinable public static var ae: TCPFlags { TCPFlags(rawValue: 0x100) }
    @inlinable public static var reserved: TCPFlags { TCPFlags(rawValue: 0xE00) }

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
