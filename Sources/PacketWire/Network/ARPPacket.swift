/// ARP for IPv4, RFC 826: who has an address, and who says so.
@frozen
public struct ARPPacket: Hashable, Sendable {
    /// Of the usual message, over 48-bit link addresses.
    public static let length = 28

    @frozen
    public struct Operation: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public var rawValue: UInt16

        @inlinable
        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        public static let request = Operation(rawValue: 1)
        public static let reply = Operation(rawValue: 2)

        public var description: String {
            switch self {
            case .request: "request"
            case .reply: "reply"
            default: "operation \(rawValue)"
            }
        }
    }

    public var operation: Operation
    /// In bytes: 6 nearly everywhere, 1 on ARCnet, 20 on InfiniBand (RFC 4391 section 9.1.1).
    public private(set) var hardwareAddressLength: UInt8
    /// 0 unless link addresses are those of IEEE 802, of 48 bits.
    public var senderHardwareAddress: MACAddress
    public var senderAddress: IPv4Address
    public var targetHardwareAddress: MACAddress
    public var targetAddress: IPv4Address

    public init(
        _ operation: Operation, sender: MACAddress, _ senderAddress: IPv4Address,
        target: MACAddress = MACAddress(rawValue: 0), _ targetAddress: IPv4Address
    ) {
        self.operation = operation
        hardwareAddressLength = 6
        senderHardwareAddress = sender
        self.senderAddress = senderAddress
        targetHardwareAddress = target
        self.targetAddress = targetAddress
    }

    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(8, at: offset, for: .arp)
        let protocolType = bytes.uint16(at: offset &+ 2)
        guard protocolType == EtherType.ipv4.rawValue else {
            throw DecodeError(.arp, at: offset &+ 2, .unknownProtocol(UInt32(protocolType)))
        }
        guard bytes[offset &+ 5] == 4 else {
            throw DecodeError(.arp, at: offset &+ 5, .badLength(found: Int(bytes[offset &+ 5]), minimum: 4))
        }
        hardwareAddressLength = bytes[offset &+ 4]
        let hardware = Int(hardwareAddressLength)
        try bytes.require(16 &+ 2 &* hardware, at: offset, for: .arp)
        operation = Operation(rawValue: bytes.uint16(at: offset &+ 6))
        let sender = offset &+ 8 &+ hardware
        senderAddress = IPv4Address(rawValue: bytes.uint32(at: sender))
        targetAddress = IPv4Address(rawValue: bytes.uint32(at: sender &+ 4 &+ hardware))
        // Ethernet, and the other IEEE 802 networks (RFC 1042): six bytes of another medium are no such address.
        let hardwareType = bytes.uint16(at: offset)
        let isMAC = hardware == 6 && (hardwareType == 1 || hardwareType == 6)
        senderHardwareAddress = isMAC ? bytes.macAddress(at: offset &+ 8) : MACAddress(rawValue: 0)
        targetHardwareAddress = isMAC ? bytes.macAddress(at: offset &+ 18) : MACAddress(rawValue: 0)
    }

    /// In bytes.
    public var length: Int { 16 &+ 2 &* Int(hardwareAddressLength) }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: UInt16(1))
        bytes.append(bigEndian: EtherType.ipv4.rawValue)
        bytes.append(6)
        bytes.append(4)
        bytes.append(bigEndian: operation.rawValue)
        bytes.append(senderHardwareAddress)
        bytes.append(bigEndian: senderAddress.rawValue)
        bytes.append(targetHardwareAddress)
        bytes.append(bigEndian: targetAddress.rawValue)
    }

    /// A host that asks whether anybody already has the address it is about to use: RFC 5227 section 2.1.1.
    public var isProbe: Bool { operation == .request && senderAddress == .any }
    /// A host that tells everybody where its address is: RFC 5227 section 3.
    public var isAnnouncement: Bool { senderAddress == targetAddress && senderAddress != .any }
}
