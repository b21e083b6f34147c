/// The header of GTP's user plane: version 1 (3GPP TS 29.281 section 5) and version 0 (GSM 09.60 section 6).
@frozen
public struct GTPHeader: Hashable, Sendable {
    /// A tunnelled packet: the only message that carries one.
    public static let userData: UInt8 = 255

    public var version: UInt8
    public var messageType: UInt8
    /// The tunnel endpoint; version 0's flow label.
    public var endpoint: UInt32
    /// Where the message ends, in bytes from the header's start.
    public var end: Int
    /// In bytes, extension headers included.
    public var length: Int

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(8, at: offset, for: .gtp)
        let flags = bytes[offset]
        version = flags >> 5
        messageType = bytes[offset &+ 1]
        let payload = Int(bytes.uint16(at: offset &+ 2))
        switch version {
        case 0:
            length = 20
            try bytes.require(length, at: offset, for: .gtp)
            endpoint = UInt32(bytes.uint16(at: offset &+ 6))
            end = length &+ payload
        case 1:
            length = 8
            endpoint = bytes.uint32(at: offset &+ 4)
            end = length &+ payload
            // Extension, sequence number, N-PDU number: any of them brings the word for all three.
            if flags & 0x07 != 0 {
                try bytes.require(12, at: offset, for: .gtp)
                length = 12
                if flags & 0x04 != 0 { try skipExtensions(bytes, offset, first: bytes[offset &+ 11]) }
            }
        default: throw DecodeError(.gtp, at: offset, .badVersion(version))
        }
        try bytes.require(length, at: offset, for: .gtp)
    }

    /// Section 5.2: a length in words of four bytes, the content, and the next one's type.
    private mutating func skipExtensions(_ bytes: Span<UInt8>, _ offset: Int, first: UInt8) throws(DecodeError) {
        var next = first
        var count = 0
        while next != 0 {
            count &+= 1
            guard count <= Encapsulations.limit else {
                throw DecodeError(.gtp, at: offset, .chainTooLong(limit: Encapsulations.limit))
            }
            try bytes.require(length &+ 4, at: offset, for: .gtp)
            let size = Int(bytes[offset &+ length]) &* 4
            guard size > 0 else { throw DecodeError(.gtp, at: offset &+ length, .badLength(found: 0, minimum: 4)) }
            try bytes.require(length &+ size, at: offset, for: .gtp)
            length &+= size
            next = bytes[offset &+ length &- 1]
        }
    }
}
