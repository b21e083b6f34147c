/// A mirrored Ethernet frame in GRE: Cisco's ERSPAN types I (no header at all), II and III
/// (draft-foschiano-erspan-03 section 4).
@frozen
public struct ERSPANHeader: Hashable, Sendable {
    /// 1, 2 or 3.
    public var type: UInt8
    /// The mirroring session, 10 bits; 0 in type I.
    public var session: UInt16
    public var vlan: UInt16
    /// In bytes.
    public var length: Int

    /// - Parameter hasSequence: GRE's S flag, which type I leaves out.
    public init(decoding bytes: Span<UInt8>, at offset: Int, _ gre: GREHeader) throws(DecodeError) {
        session = 0
        vlan = 0
        guard gre.protocolType == GREHeader.erspanIII || gre.sequenceNumber != nil else {
            type = 1
            length = 0
            return
        }
        try bytes.require(8, at: offset, for: .erspan)
        let version = bytes[offset] >> 4
        vlan = bytes.uint16(at: offset) & 0xFFF
        session = bytes.uint16(at: offset &+ 2) & 0x3FF
        switch version {
        case 1:
            type = 2
            length = 8
        case 2:
            type = 3
            length = 12
            try bytes.require(length, at: offset, for: .erspan)
            // O: eight bytes more that depend on the platform.
            if bytes[offset &+ 11] & 1 != 0 { length = 20 }
        default: throw DecodeError(.erspan, at: offset, .badVersion(version))
        }
        try bytes.require(length, at: offset, for: .erspan)
    }
}
