/// Frame Relay: a Q.922 address of two to four bytes, then RFC 2427's protocol identifier, or Cisco's EtherType.
@frozen
public struct FrameRelayHeader: Hashable, Sendable {
    /// The data link connection, 10 bits or more.
    public var connection: UInt32
    /// What follows; nil for what is neither IP nor SNAP.
    public var content: Content?
    /// In bytes.
    public var length: Int

    @frozen
    public enum Content: Hashable, Sendable {
        case etherType(EtherType)
        /// 802.2's SNAP header without the service access points: organization and protocol.
        case snap(organization: UInt32, protocolID: UInt16)
        case ppp
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        var address = 0
        connection = 0
        // The lowest bit ends the address.
        repeat {
            try bytes.require(address &+ 1, at: offset, for: .frameRelay)
            guard address < 4 else { throw DecodeError(.frameRelay, at: offset, .chainTooLong(limit: 4)) }
            let byte = UInt32(bytes[offset &+ address])
            switch address {
            case 0: connection = byte >> 2
            case 1: connection = connection << 4 | byte >> 4
            default: connection = connection << 7 | byte >> 1
            }
            address &+= 1
        } while bytes[offset &+ address &- 1] & 1 == 0
        guard address >= 2 else { throw DecodeError(.frameRelay, at: offset, .badLength(found: 1, minimum: 2)) }
        try bytes.require(address &+ 2, at: offset, for: .frameRelay)
        length = address &+ 2
        content = nil
        guard bytes[offset &+ address] == 0x03 else {
            content = .etherType(EtherType(rawValue: bytes.uint16(at: offset &+ address)))
            return
        }
        // An optional pad brings the packet to an even offset.
        if bytes[offset &+ length &- 1] == 0 {
            length &+= 1
            try bytes.require(length, at: offset, for: .frameRelay)
        }
        switch bytes[offset &+ length &- 1] {
        case 0xCC: content = .etherType(.ipv4)
        case 0x8E: content = .etherType(.ipv6)
        case 0xCF: content = .ppp
        case 0x80:
            try bytes.require(length &+ 5, at: offset, for: .frameRelay)
            content = .snap(
                organization: bytes.uint32(at: offset &+ length &- 1) & 0xFF_FFFF,
                protocolID: bytes.uint16(at: offset &+ length &+ 3))
            length &+= 5
        default: break
        }
    }
}

/// Cisco's HDLC: address, control, EtherType.
@frozen
public struct CiscoHDLCHeader: Hashable, Sendable {
    public static let length = 4

    public var address: UInt8
    public var etherType: EtherType

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .hdlc)
        address = bytes[offset]
        etherType = EtherType(rawValue: bytes.uint16(at: offset &+ 2))
    }
}

/// ARCnet: two addresses of one byte, a protocol, and RFC 1201's fragmentation; Linux adds two bytes of its own
/// behind the addresses.
@frozen
public struct ARCnetHeader: Hashable, Sendable {
    public var protocolID: UInt8
    /// In bytes.
    public var length: Int
    /// A later part of a packet that was split.
    public var isContinuation: Bool

    public init(decoding bytes: Span<UInt8>, at offset: Int, isLinux: Bool) throws(DecodeError) {
        length = isLinux ? 5 : 3
        try bytes.require(length, at: offset, for: .arcnet)
        protocolID = bytes[offset &+ length &- 1]
        isContinuation = false
        // RFC 1051's old numbers have nothing else.
        guard protocolID != 240, protocolID != 241 else { return }
        try bytes.require(length &+ 3, at: offset, for: .arcnet)
        // The exception packet: a filler, then the header again.
        if bytes[offset &+ length] == 0xFF { length &+= 4 }
        try bytes.require(length &+ 3, at: offset, for: .arcnet)
        let split = bytes[offset &+ length]
        isContinuation = split != 0 && split & 1 == 0
        length &+= 3
    }

    public var etherType: EtherType? {
        switch protocolID {
        case 212, 240: .ipv4
        case 213, 241: .arp
        case 196: .ipv6
        default: nil
        }
    }
}
