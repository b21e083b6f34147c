/// VXLAN, RFC 7348 section 5, and its extension with a protocol of its own (VXLAN-GPE).
@frozen
public struct VXLANHeader: Hashable, Sendable {
    public static let length = 8

    /// 24 bits.
    public var network: UInt32
    /// VXLAN-GPE's number of what follows; plain VXLAN carries Ethernet.
    public var nextProtocol: UInt8

    public init(network: UInt32, nextProtocol: UInt8 = 0) {
        self.network = network & 0xFF_FFFF
        self.nextProtocol = nextProtocol
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .vxlan)
        // Without the I flag there is no network identifier, and the packet is to be dropped.
        guard bytes[offset] & 0x08 != 0 else { throw DecodeError(.vxlan, at: offset, .badValue(UInt32(bytes[offset]))) }
        network = bytes.uint32(at: offset &+ 4) >> 8
        nextProtocol = bytes[offset] & 0x04 != 0 ? bytes[offset &+ 3] : 0
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes += [nextProtocol == 0 ? 0x08 : 0x0C, 0, 0, nextProtocol]
        bytes.append(bigEndian: network << 8)
    }
}

/// Geneve, RFC 8926 section 3.4.
@frozen
public struct GeneveHeader: Hashable, Sendable {
    public static let minimumLength = 8

    /// 24 bits.
    public var network: UInt32
    public var protocolType: UInt16
    /// In bytes.
    public var optionsLength: Int
    /// O: for the tunnel's own end, not for the inner packet's.
    public var isControl: Bool

    public init(network: UInt32, protocolType: UInt16 = 0x6558) {
        self.network = network & 0xFF_FFFF
        self.protocolType = protocolType
        optionsLength = 0
        isControl = false
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.minimumLength, at: offset, for: .geneve)
        guard bytes[offset] >> 6 == 0 else { throw DecodeError(.geneve, at: offset, .badVersion(bytes[offset] >> 6)) }
        optionsLength = Int(bytes[offset] & 0x3F) &* 4
        isControl = bytes[offset &+ 1] & 0x80 != 0
        protocolType = bytes.uint16(at: offset &+ 2)
        network = bytes.uint32(at: offset &+ 4) >> 8
        try bytes.require(length, at: offset, for: .geneve)
    }

    public var length: Int { Self.minimumLength &+ optionsLength }

    public func encode(into bytes: inout [UInt8]) {
        bytes += [UInt8(truncatingIfNeeded: optionsLength / 4) & 0x3F, isControl ? 0x80 : 0]
        bytes.append(bigEndian: protocolType)
        bytes.append(bigEndian: network << 8)
    }
}

/// The service header of RFC 8300 section 2: what stands between an overlay and its packet.
@frozen
public struct ServiceHeader: Hashable, Sendable {
    /// Path and index, 24 and 8 bits.
    public var path: UInt32
    public var nextProtocol: UInt8
    /// In bytes.
    public var length: Int

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(8, at: offset, for: .serviceHeader)
        let word = bytes.uint16(at: offset)
        guard word >> 14 == 0 else {
            throw DecodeError(.serviceHeader, at: offset, .badVersion(UInt8(truncatingIfNeeded: word >> 14)))
        }
        length = Int(word & 0x3F) &* 4
        guard length >= 8 else { throw DecodeError(.serviceHeader, at: offset, .badLength(found: length, minimum: 8)) }
        nextProtocol = bytes[offset &+ 3]
        path = bytes.uint32(at: offset &+ 4)
        try bytes.require(length, at: offset, for: .serviceHeader)
    }
}
