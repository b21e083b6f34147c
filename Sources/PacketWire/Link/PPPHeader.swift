/// The PPP protocol field, after the address and control bytes of HDLC framing where they are present
/// (RFC 1661 section 2, RFC 1662 section 3.1).
@frozen
public struct PPPHeader: Hashable, Sendable {
    public var protocolID: UInt16
    /// Bytes that it took: HDLC's two are optional, and the protocol field may be compressed to one byte.
    public var length: Int

    public init(_ etherType: EtherType) {
        protocolID = etherType == .ipv6 ? 0x0057 : etherType == .mplsUnicast ? 0x0281 : 0x0021
        length = 2
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(1, at: offset, for: .ppp)
        length = 0
        if bytes.available(from: offset) >= 2, bytes[offset] == 0xFF, bytes[offset &+ 1] == 0x03 { length = 2 }
        try bytes.require(length &+ 1, at: offset, for: .ppp)
        // The low bit of a complete field's first byte is 0, of its last byte 1.
        if bytes[offset &+ length] & 1 == 1 {
            protocolID = UInt16(bytes[offset &+ length])
            length &+= 1
        } else {
            try bytes.require(length &+ 2, at: offset, for: .ppp)
            protocolID = bytes.uint16(at: offset &+ length)
            length &+= 2
        }
    }

    static let multilink: UInt16 = 0x003D

    /// A packet that its bundle did not split up: the multilink header says that it begins and ends here, and its own
    /// protocol follows (RFC 1990 section 3). The sequence number has 24 bits; short ones are negotiated, and rare.
    mutating func enterMultilink(_ bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(length &+ 4, at: offset, for: .ppp)
        guard bytes[offset &+ length] == 0xC0 else { return }
        let inner = try PPPHeader(decoding: bytes, at: offset &+ length &+ 4)
        guard inner.etherType != nil else { return }
        protocolID = inner.protocolID
        length &+= 4 &+ inner.length
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: protocolID)
    }

    public var etherType: EtherType? {
        switch protocolID {
        case 0x0021: .ipv4
        case 0x0057: .ipv6
        case 0x0281: .mplsUnicast
        case 0x0283: .mplsMulticast
        default: nil
        }
    }
}
