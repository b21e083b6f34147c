/// IEEE 802.2 logical link control, with the SNAP extension of RFC 1042 where it is present.
@frozen
public struct LLCHeader: Hashable, Sendable {
    public var destinationServiceAccessPoint: UInt8
    public var sourceServiceAccessPoint: UInt8
    public var control: UInt8
    /// SNAP's organization code, 24 bits; nil without SNAP.
    public var organization: UInt32?
    /// SNAP's protocol; an EtherType when the organization is 0 (or 0xF8, RFC 1042's bridge tunnel).
    public var protocolID: UInt16

    public static func snap(_ etherType: EtherType) -> LLCHeader {
        LLCHeader(
            destinationServiceAccessPoint: 0xAA, sourceServiceAccessPoint: 0xAA, control: 3, organization: 0,
            protocolID: etherType.rawValue)
    }

    public init(
        destinationServiceAccessPoint: UInt8, sourceServiceAccessPoint: UInt8, control: UInt8,
        organization: UInt32? = nil, protocolID: UInt16 = 0
    ) {
        self.destinationServiceAccessPoint = destinationServiceAccessPoint
        self.sourceServiceAccessPoint = sourceServiceAccessPoint
        self.control = control
        self.organization = organization
        self.protocolID = protocolID
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(3, at: offset, for: .llc)
        destinationServiceAccessPoint = bytes[offset]
        sourceServiceAccessPoint = bytes[offset &+ 1]
        control = bytes[offset &+ 2]
        organization = nil
        protocolID = 0
        if destinationServiceAccessPoint == 0xAA, sourceServiceAccessPoint == 0xAA, control == 3 {
            try bytes.require(8, at: offset, for: .llc)
            organization = bytes.uint32(at: offset &+ 2) & 0xFF_FFFF
            protocolID = bytes.uint16(at: offset &+ 6)
        }
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes += [destinationServiceAccessPoint, sourceServiceAccessPoint, control]
        guard let organization else { return }
        bytes.append(UInt8(truncatingIfNeeded: organization >> 16))
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: organization))
        bytes.append(bigEndian: protocolID)
    }

    public var length: Int { organization == nil ? 3 : 8 }

    /// What follows, when it is something Ethernet knows. 0x06 is the SAP that RFC 1010 assigned to IP.
    public var etherType: EtherType? {
        switch organization {
        case 0, 0xF8: EtherType(rawValue: protocolID)
        case nil where destinationServiceAccessPoint == 0x06 && sourceServiceAccessPoint == 0x06: .ipv4
        default: nil
        }
    }
}
