/// Cisco's Inter-Switch Link: a header in front of a whole frame on a trunk, older than 802.1Q, and a second frame check
/// behind it.
struct ISLHeader {
    static let length = 26
    static let frameCheckLength = 4

    /// The upper 40 bits of the address that such frames are sent to; the last byte holds a type and a priority.
    private static let addresses: [UInt64] = [0x01_000C_0000, 0x03_000C_0000]

    let vlan: UInt16

    /// Told from 802.3 by its address, and by the SNAP header that is part of it.
    static func isPresent(_ bytes: Span<UInt8>, at offset: Int) -> Bool {
        guard bytes.available(from: offset) >= length else { return false }
        return addresses.contains(bytes.macAddress(at: offset).rawValue >> 8)
            && bytes.uint32(at: offset &+ 14) >> 8 == 0xAA_AA03
    }

    init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .vlan)
        vlan = bytes.uint16(at: offset &+ 20) >> 1
    }
}

extension Packet {
    /// The frame inside, with its tag's number as that of a VLAN.
    mutating func decodeISL(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try ISLHeader(decoding: frame, at: offset)
        try wrap(.vlan, UInt32(header.vlan & 0xFFF), at: offset, .vlan)
        try decodeEthernet(
            frame, at: offset &+ ISLHeader.length, wireEnd: Swift.max(wireEnd &- ISLHeader.frameCheckLength, 0))
    }
}
