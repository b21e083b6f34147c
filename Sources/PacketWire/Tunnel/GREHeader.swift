/// Generic routing encapsulation: RFC 2784 with the key and sequence number of RFC 2890, the routing of the
/// older RFC 1701, and version 1 as PPTP uses it (RFC 2637 section 4.1).
@frozen
public struct GREHeader: Hashable, Sendable {
    /// What the payload is: an EtherType, and a few numbers that only GRE knows.
    public var protocolType: UInt16
    public var version: UInt8
    public var key: UInt32?
    public var sequenceNumber: UInt32?
    /// Version 1 only.
    public var acknowledgementNumber: UInt32?
    public var hasChecksum: Bool
    /// In bytes.
    public private(set) var length: Int

    static let bridge: UInt16 = 0x6558
    static let ppp: UInt16 = 0x880B
    static let erspan: UInt16 = 0x88BE
    static let erspanIII: UInt16 = 0x22EB
    /// Cisco's web cache redirection: an optional header, then IPv4.
    static let wccp: UInt16 = 0x883E
    static let serviceFunctionChain: UInt16 = 0x894F

    public init(_ protocolType: UInt16, key: UInt32? = nil, sequenceNumber: UInt32? = nil, version: UInt8 = 0) {
        self.protocolType = protocolType
        self.version = version
        self.key = key
        self.sequenceNumber = sequenceNumber
        acknowledgementNumber = nil
        hasChecksum = false
        length = 4 + (key == nil ? 0 : 4) + (sequenceNumber == nil ? 0 : 4)
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(4, at: offset, for: .gre)
        let flags = bytes.uint16(at: offset)
        version = UInt8(truncatingIfNeeded: flags & 7)
        guard version <= 1 else { throw DecodeError(.gre, at: offset, .badVersion(version)) }
        protocolType = bytes.uint16(at: offset &+ 2)
        hasChecksum = flags & 0x8000 != 0
        key = nil
        sequenceNumber = nil
        acknowledgementNumber = nil
        length = 4
        let hasRouting = flags & 0x4000 != 0
        // RFC 1701: the routing flag brings the checksum's word along, and the other way round.
        if hasChecksum || hasRouting { length &+= 4 }
        if flags & 0x2000 != 0 { key = try Self.word(bytes, offset, &length) }
        if flags & 0x1000 != 0 { sequenceNumber = try Self.word(bytes, offset, &length) }
        if version == 1, flags & 0x0080 != 0 { acknowledgementNumber = try Self.word(bytes, offset, &length) }
        if hasRouting { try skipRouting(bytes, offset) }
        try bytes.require(length, at: offset, for: .gre)
    }

    private static func word(_ bytes: Span<UInt8>, _ offset: Int, _ length: inout Int) throws(DecodeError) -> UInt32 {
        try bytes.require(length &+ 4, at: offset, for: .gre)
        length &+= 4
        return bytes.uint32(at: offset &+ length &- 4)
    }

    /// Source route entries: family, offset, length of the list; a family and a length of 0 end them.
    private mutating func skipRouting(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodeError) {
        for _ in 0..<16 {
            try bytes.require(length &+ 4, at: offset, for: .gre)
            let family = bytes.uint16(at: offset &+ length)
            let size = Int(bytes[offset &+ length &+ 3])
            length &+= 4 &+ size
            if family == 0, size == 0 { return }
        }
        throw DecodeError(.gre, at: offset, .chainTooLong(limit: 16))
    }

    /// Writes the header without checksum and routing.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(
            bigEndian: (key == nil ? 0 : 0x2000) | (sequenceNumber == nil ? 0 : 0x1000) | UInt16(version)
                | (acknowledgementNumber == nil ? 0 : 0x80))
        bytes.append(bigEndian: protocolType)
        for word in [key, sequenceNumber, acknowledgementNumber] {
            if let word { bytes.append(bigEndian: word) }
        }
    }
}
