/// The fixed IPv6 header, RFC 8200 section 3.
@frozen
public struct IPv6Header: Hashable, Sendable {
    public static let length = 40

    public var trafficClass: UInt8
    /// 20 bits.
    public var flowLabel: UInt32
    /// In bytes, without this header. 0 in jumbograms.
    public var payloadLength: UInt16
    /// The first extension header, or the transport.
    public var nextHeader: IPProtocol
    public var hopLimit: UInt8
    public var source: IPv6Address
    public var destination: IPv6Address

    public init(
        from source: IPv6Address, to destination: IPv6Address, _ nextHeader: IPProtocol, payloadLength: Int,
        hopLimit: UInt8 = 64, trafficClass: UInt8 = 0, flowLabel: UInt32 = 0
    ) {
        self.trafficClass = trafficClass
        self.flowLabel = flowLabel & 0xF_FFFF
        self.payloadLength = UInt16(exactly: payloadLength) ?? 0
        self.nextHeader = nextHeader
        self.hopLimit = hopLimit
        self.source = source
        self.destination = destination
    }

    @inline(__always)
    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .ipv6)
        let word = bytes.uint32(at: offset)
        guard word >> 28 == 6 else {
            throw DecodeError(.ipv6, at: offset, .badVersion(UInt8(truncatingIfNeeded: word >> 28)))
        }
        trafficClass = UInt8(truncatingIfNeeded: word >> 20)
        flowLabel = word & 0xF_FFFF
        payloadLength = bytes.uint16(at: offset &+ 4)
        nextHeader = IPProtocol(rawValue: bytes[offset &+ 6])
        hopLimit = bytes[offset &+ 7]
        source = IPv6Address(rawValue: bytes.uint128(at: offset &+ 8))
        destination = IPv6Address(rawValue: bytes.uint128(at: offset &+ 24))
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: 0x6000_0000 | UInt32(trafficClass) << 20 | flowLabel & 0xF_FFFF)
        bytes.append(bigEndian: payloadLength)
        bytes.append(nextHeader.rawValue)
        bytes.append(hopLimit)
        bytes.append(bigEndian: source.rawValue)
        bytes.append(bigEndian: destination.rawValue)
    }
}
