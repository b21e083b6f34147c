/// L2TP version 2, RFC 2661 section 3.1: PPP over UDP.
@frozen
public struct L2TPHeader: Hashable, Sendable {
    public var isControl: Bool
    public var tunnel: UInt16
    public var session: UInt16
    /// In bytes, the offset padding included.
    public var length: Int
    /// Where the message ends, in bytes from the header's start; nil where it does not say.
    public var end: Int?

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(6, at: offset, for: .l2tp)
        let flags = bytes.uint16(at: offset)
        guard flags & 0xF == 2 else {
            throw DecodeError(.l2tp, at: offset, .badVersion(UInt8(truncatingIfNeeded: flags & 0xF)))
        }
        isControl = flags & 0x8000 != 0
        length = 2
        end = nil
        if flags & 0x4000 != 0 {
            end = Int(bytes.uint16(at: offset &+ 2))
            length = 4
        }
        try bytes.require(length &+ 4, at: offset, for: .l2tp)
        tunnel = bytes.uint16(at: offset &+ length)
        session = bytes.uint16(at: offset &+ length &+ 2)
        length &+= 4
        if flags & 0x0800 != 0 { length &+= 4 }
        if flags & 0x0200 != 0 {
            try bytes.require(length &+ 2, at: offset, for: .l2tp)
            length &+= 2 &+ Int(bytes.uint16(at: offset &+ length))
        }
        try bytes.require(length, at: offset, for: .l2tp)
    }
}

/// What may stand between UDP and Teredo's IPv6 packet: RFC 4380 section 5.1.1.
@frozen
public struct TeredoHeader: Hashable, Sendable {
    /// In bytes; 0 where IPv6 begins at once.
    public var length: Int

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        length = 0
        try bytes.require(2, at: offset, for: .teredo)
        if bytes.uint16(at: offset) == 1 {
            try bytes.require(4, at: offset, for: .teredo)
            // Authentication: client identifier and value, then nonce and confirmation.
            length = 13 &+ Int(bytes[offset &+ 2]) &+ Int(bytes[offset &+ 3])
            try bytes.require(length &+ 2, at: offset, for: .teredo)
        }
        if bytes.uint16(at: offset &+ length) == 0 { length &+= 8 }
        try bytes.require(length, at: offset, for: .teredo)
    }
}

/// TZSP: four bytes and tagged fields in front of a frame that was copied elsewhere.
@frozen
public struct TZSPHeader: Hashable, Sendable {
    /// 1 is Ethernet, 18 802.11.
    public var encapsulated: UInt16
    /// In bytes.
    public var length: Int

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(5, at: offset, for: .tzsp)
        // Version 1, and a type that carries a frame: received, or to be sent.
        guard bytes[offset] == 1, bytes[offset &+ 1] <= 1 else {
            throw DecodeError(.tzsp, at: offset, .badVersion(bytes[offset]))
        }
        encapsulated = bytes.uint16(at: offset &+ 2)
        length = 4
        for _ in 0..<32 {
            try bytes.require(length &+ 1, at: offset, for: .tzsp)
            switch bytes[offset &+ length] {
            case 0: length &+= 1
            case 1:
                length &+= 1
                return
            default:
                try bytes.require(length &+ 2, at: offset, for: .tzsp)
                length &+= 2 &+ Int(bytes[offset &+ length &+ 1])
            }
        }
        throw DecodeError(.tzsp, at: offset, .chainTooLong(limit: 32))
    }
}
