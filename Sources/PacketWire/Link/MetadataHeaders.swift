/// NFLOG: what Linux's packet filter logged, as attributes of a length, a type and a value; one is the packet.
@frozen
public struct NFLOGHeader: Hashable, Sendable {
    static let payload: UInt16 = 9

    /// The address family of the rule: 2 IPv4, 10 IPv6.
    public var family: UInt8
    /// The packet's range in the frame.
    public var packet: Range<Int>

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(4, at: offset, for: .nflog)
        family = bytes[offset]
        guard bytes[offset &+ 1] == 0 else { throw DecodeError(.nflog, at: offset, .badVersion(bytes[offset &+ 1])) }
        var place = offset &+ 4
        // Lengths and types are in the order of the host that captured; a length above 255 tells nothing apart,
        // so the first attribute, which is a small one, decides.
        try bytes.require(4, at: place, for: .nflog)
        let isLittleEndian = bytes[place &+ 1] == 0
        for _ in 0..<64 {
            try bytes.require(4, at: place, for: .nflog)
            var length = bytes.uint16(at: place)
            var type = bytes.uint16(at: place &+ 2)
            if isLittleEndian { (length, type) = (length.byteSwapped, type.byteSwapped) }
            guard length >= 4 else {
                throw DecodeError(.nflog, at: place, .badLength(found: Int(length), minimum: 4))
            }
            if type & 0x7FFF == Self.payload {
                packet = place &+ 4..<place &+ Int(length)
                return
            }
            place &+= (Int(length) &+ 3) & ~3
        }
        throw DecodeError(.nflog, at: offset, .chainTooLong(limit: 64))
    }
}

/// A header that names the link type of the frame behind it: Apple's PKTAP, and PPI.
@frozen
public struct WrappedLinkHeader: Hashable, Sendable {
    public var linkType: LinkType
    /// In bytes.
    public var length: Int

    /// Length, kind of record (1: a packet follows), link type: little-endian on every machine that has it.
    public init(pktap bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(12, at: offset, for: .pktap)
        length = Int(bytes.uint32(at: offset).byteSwapped)
        guard length >= 12 else { throw DecodeError(.pktap, at: offset, .badLength(found: length, minimum: 12)) }
        let kind = bytes.uint32(at: offset &+ 4).byteSwapped
        guard kind == 1 else { throw DecodeError(.pktap, at: offset &+ 4, .unknownProtocol(kind)) }
        linkType = LinkType(rawValue: bytes.uint32(at: offset &+ 8).byteSwapped)
        try bytes.require(length, at: offset, for: .pktap)
    }

    /// Version, flags, length, link type: little-endian.
    public init(ppi bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(8, at: offset, for: .ppi)
        guard bytes[offset] == 0 else { throw DecodeError(.ppi, at: offset, .badVersion(bytes[offset])) }
        length = Int(bytes.uint16(at: offset &+ 2).byteSwapped)
        guard length >= 8 else { throw DecodeError(.ppi, at: offset &+ 2, .badLength(found: length, minimum: 8)) }
        linkType = LinkType(rawValue: bytes.uint32(at: offset &+ 4).byteSwapped)
        try bytes.require(length, at: offset, for: .ppi)
    }
}

/// Endace's extensible record format: a record header in front of frames of many kinds.
@frozen
public struct ERFHeader: Hashable, Sendable {
    /// Without the bit that says that extension headers follow.
    public var type: UInt8
    /// Of the record's frame on the wire.
    public var wireLength: Int
    /// In bytes, extension headers and Ethernet's two bytes of padding included.
    public var length: Int

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(16, at: offset, for: .erf)
        type = bytes[offset &+ 8] & 0x7F
        wireLength = Int(bytes.uint16(at: offset &+ 14))
        length = 16
        var more = bytes[offset &+ 8] & 0x80 != 0
        while more {
            guard length < 16 &+ 8 &* 16 else { throw DecodeError(.erf, at: offset, .chainTooLong(limit: 16)) }
            try bytes.require(length &+ 8, at: offset, for: .erf)
            more = bytes[offset &+ length] & 0x80 != 0
            length &+= 8
        }
        if linkType == .ethernet { length &+= 2 }
        try bytes.require(length, at: offset, for: .erf)
    }

    /// What the record holds, where it is something that is decoded.
    public var linkType: LinkType? {
        switch type {
        case 1, 10, 15, 17: .ciscoHDLC
        case 2, 11, 16, 20: .ethernet
        case 22: .ipv4
        case 23: .ipv6
        default: nil
        }
    }
}

/// What a Juniper router puts in front of a frame: a magic number, flags, and attributes where the flags say so.
@frozen
public struct JuniperHeader: Hashable, Sendable {
    /// In bytes; the protocol's number included that stands in the link header's place where there is none.
    public var length: Int
    /// The frame of the interface's own kind follows, and not its IP packet.
    public var hasLinkHeader: Bool

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(4, at: offset, for: .link)
        let word = bytes.uint32(at: offset)
        guard word >> 8 == Self.magic else { throw DecodeError(.link, at: offset, .badValue(word >> 8)) }
        length = 4
        if word & 0x80 != 0 {
            try bytes.require(6, at: offset, for: .link)
            length = 6 &+ Int(bytes.uint16(at: offset &+ 4))
        }
        hasLinkHeader = word & 0x02 == 0
        if !hasLinkHeader { length &+= 4 }
        try bytes.require(length, at: offset, for: .link)
    }

    /// `MGC`.
    private static let magic: UInt32 = 0x4D_4743
}
