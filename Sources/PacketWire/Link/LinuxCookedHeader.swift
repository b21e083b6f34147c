/// How a packet passed the interface, as Linux tells a cooked capture: the PACKET_ values of linux/if_packet.h.
@frozen
public struct CookedPacketType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let toUs = CookedPacketType(rawValue: 0)
    public static let broadcast = CookedPacketType(rawValue: 1)
    public static let multicast = CookedPacketType(rawValue: 2)
    public static let toAnother = CookedPacketType(rawValue: 3)
    public static let fromUs = CookedPacketType(rawValue: 4)

    public var description: String {
        switch self {
        case .toUs: "to us"
        case .broadcast: "broadcast"
        case .multicast: "multicast"
        case .toAnother: "to another host"
        case .fromUs: "from us"
        default: "packet type \(rawValue)"
        }
    }
}

/// LINKTYPE_LINUX_SLL: what "any" captures carry instead of a link header.
@frozen
public struct LinuxCookedHeader: Hashable, Sendable {
    public static let length = 16

    public var packetType: CookedPacketType
    /// ARPHRD_ value of the interface: 1 Ethernet, 772 loopback.
    public var hardwareType: UInt16
    /// May exceed the eight bytes that there is room for.
    public var addressLength: UInt16
    /// Eight bytes, of which the first `addressLength` count.
    public var address: UInt64
    public var etherType: EtherType

    public init(packetType: CookedPacketType, hardwareType: UInt16 = 1, source: MACAddress, etherType: EtherType) {
        self.packetType = packetType
        self.hardwareType = hardwareType
        addressLength = 6
        address = source.rawValue << 16
        self.etherType = etherType
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .linuxCooked)
        packetType = CookedPacketType(rawValue: bytes.uint16(at: offset))
        hardwareType = bytes.uint16(at: offset &+ 2)
        addressLength = bytes.uint16(at: offset &+ 4)
        address = bytes.uint64(at: offset &+ 6)
        etherType = EtherType(rawValue: bytes.uint16(at: offset &+ 14))
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: packetType.rawValue)
        bytes.append(bigEndian: hardwareType)
        bytes.append(bigEndian: addressLength)
        bytes.append(bigEndian: address)
        bytes.append(bigEndian: etherType.rawValue)
    }

    /// Who sent it on the link; nil when the address is not a 48-bit one.
    public var source: MACAddress? { addressLength == 6 ? MACAddress(rawValue: address >> 16) : nil }
}

/// LINKTYPE_LINUX_SLL2: the same with the interface's index, so that an "any" capture says where it was.
@frozen
public struct LinuxCookedV2Header: Hashable, Sendable {
    public static let length = 20

    public var etherType: EtherType
    public var interfaceIndex: UInt32
    public var hardwareType: UInt16
    public var packetType: CookedPacketType
    public var addressLength: UInt8
    public var address: UInt64

    public init(
        packetType: CookedPacketType, interfaceIndex: UInt32, hardwareType: UInt16 = 1, source: MACAddress,
        etherType: EtherType
    ) {
        self.etherType = etherType
        self.interfaceIndex = interfaceIndex
        self.hardwareType = hardwareType
        self.packetType = packetType
        addressLength = 6
        address = source.rawValue << 16
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .linuxCooked)
        etherType = EtherType(rawValue: bytes.uint16(at: offset))
        interfaceIndex = bytes.uint32(at: offset &+ 4)
        hardwareType = bytes.uint16(at: offset &+ 8)
        packetType = CookedPacketType(rawValue: UInt16(bytes[offset &+ 10]))
        addressLength = bytes[offset &+ 11]
        address = bytes.uint64(at: offset &+ 12)
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: etherType.rawValue)
        bytes.append(bigEndian: UInt16(0))
        bytes.append(bigEndian: interfaceIndex)
        bytes.append(bigEndian: hardwareType)
        bytes.append(UInt8(truncatingIfNeeded: packetType.rawValue))
        bytes.append(addressLength)
        bytes.append(bigEndian: address)
    }

    public var source: MACAddress? { addressLength == 6 ? MACAddress(rawValue: address >> 16) : nil }
}
