/// A neighbour discovery message, RFC 4861 section 4: IPv6's ARP, and how routers announce themselves.
@frozen
public struct NDMessage: Hashable, Sendable {
    @frozen
    public struct Flags: OptionSet, Hashable, Sendable {
        public var rawValue: UInt8

        @inlinable
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        // Neighbour advertisement.
        public static let router = Flags(rawValue: 0x80)
        public static let solicited = Flags(rawValue: 0x40)
        public static let overrides = Flags(rawValue: 0x20)
        // Router advertisement.
        public static let managedAddresses = Flags(rawValue: 0x80)
        public static let otherConfiguration = Flags(rawValue: 0x40)
    }

    @frozen
    public struct Prefix: Hashable, Sendable {
        public var address: IPv6Address
        public var length: UInt8
        /// L (0x80): on this link. A (0x40): hosts may form addresses from it.
        public var flags: UInt8

        @inlinable
        public init(_ address: IPv6Address, length: UInt8, flags: UInt8 = 0xC0) {
            self.address = address
            self.length = length
            self.flags = flags
        }
    }

    public var type: ICMPv6.MessageType
    public var flags: Flags = []
    /// Whose link address is asked for, told, or redirected to; `::` in router messages.
    public var target = IPv6Address.any
    public var sourceLinkAddress: MACAddress?
    public var targetLinkAddress: MACAddress?
    /// The first prefix; `prefixCount` says how many there were.
    public var prefix: Prefix?
    public var prefixCount: UInt8 = 0
    public var mtu: UInt32?
    /// Router advertisement: what hosts shall use, and for how many seconds this is a default router.
    public var hopLimit: UInt8 = 0
    public var routerLifetime: UInt16 = 0
    /// An option had length 0 or went past the end: RFC 4861 section 4.6 has the whole message dropped.
    public var isMalformed = false

    public init(_ type: ICMPv6.MessageType, target: IPv6Address = .any, flags: Flags = []) {
        self.type = type
        self.target = target
        self.flags = flags
    }

    /// Reads the message whose ICMPv6 header is at `offset`; nil when its fixed part is not all there.
    public init?(decoding bytes: Span<UInt8>, at offset: Int) {
        let available = bytes.available(from: offset)
        guard available >= 8 else { return nil }
        type = ICMPv6.MessageType(rawValue: bytes[offset])
        let fixed: Int
        switch type {
        case .routerSolicitation: fixed = 8
        case .routerAdvertisement:
            fixed = 16
            hopLimit = bytes[offset &+ 4]
            flags = Flags(rawValue: bytes[offset &+ 5])
            routerLifetime = bytes.uint16(at: offset &+ 6)
        case .neighborSolicitation: fixed = 24
        case .neighborAdvertisement:
            fixed = 24
            flags = Flags(rawValue: bytes[offset &+ 4])
        case .redirect: fixed = 40
        default: return nil
        }
        guard available >= fixed else { return nil }
        if fixed >= 24 { target = IPv6Address(rawValue: bytes.uint128(at: offset &+ 8)) }
        decodeOptions(bytes, from: offset &+ fixed)
    }

    private mutating func decodeOptions(_ bytes: Span<UInt8>, from start: Int) {
        var offset = start
        while offset < bytes.count {
            guard bytes.count &- offset >= 2 else {
                isMalformed = true
                return
            }
            let length = Int(bytes[offset &+ 1]) &* 8
            guard length > 0, length <= bytes.count &- offset else {
                isMalformed = true
                return
            }
            switch (bytes[offset], length) {
            case (1, 8): sourceLinkAddress = bytes.macAddress(at: offset &+ 2)
            case (2, 8): targetLinkAddress = bytes.macAddress(at: offset &+ 2)
            case (3, 32):
                prefixCount &+= 1
                if prefix == nil {
                    prefix = Prefix(
                        IPv6Address(rawValue: bytes.uint128(at: offset &+ 16)), length: bytes[offset &+ 2],
                        flags: bytes[offset &+ 3])
                }
            case (5, 8): mtu = bytes.uint32(at: offset &+ 4)
            default: break
            }
            offset &+= length
        }
    }

    /// The header's second word and what follows it, for `ICMPMessage.encode`.
    public var encoded: (restOfHeader: UInt32, body: [UInt8]) {
        var rest: UInt32 = 0
        var body: [UInt8] = []
        switch type {
        case .routerAdvertisement:
            rest = UInt32(hopLimit) << 24 | UInt32(flags.rawValue) << 16 | UInt32(routerLifetime)
            body = [UInt8](repeating: 0, count: 8)
        case .neighborSolicitation: body.append(bigEndian: target.rawValue)
        case .neighborAdvertisement:
            rest = UInt32(flags.rawValue) << 24
            body.append(bigEndian: target.rawValue)
        case .redirect:
            body.append(bigEndian: target.rawValue)
            body.append(bigEndian: target.rawValue)
        default: break
        }
        encodeOptions(into: &body)
        return (rest, body)
    }

    private func encodeOptions(into bytes: inout [UInt8]) {
        for (kind, address) in [(UInt8(1), sourceLinkAddress), (2, targetLinkAddress)] {
            guard let address else { continue }
            bytes += [kind, 1]
            bytes.append(address)
        }
        if let prefix {
            bytes += [3, 4, prefix.length, prefix.flags] + [UInt8](repeating: 0xFF, count: 8) + [0, 0, 0, 0]
            bytes.append(bigEndian: prefix.address.rawValue)
        }
        if let mtu {
            bytes += [5, 1, 0, 0]
            bytes.append(bigEndian: mtu)
        }
    }
}
