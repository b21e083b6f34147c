/// A header that ends before it is whole, because the capture or the packet does: the fields in front of the cut, nil
/// from there on. For who looks at single packets; nothing is concluded from half a header.
@frozen
public enum CutHeader: Hashable, Sendable {
    case ipv4(IPv4)
    case ipv6(IPv6)
    case tcp(TCP)
    case udp(UDP)
    case icmp(ICMP)
    case arp(ARP)

    public struct IPv4: Hashable, Sendable {
        public var headerLength: Int?
        public var trafficClass: UInt8?
        public var totalLength: UInt16?
        public var identification: UInt16?
        public var flagsAndFragmentOffset: UInt16?
        public var timeToLive: UInt8?
        public var protocolNumber: IPProtocol?
        public var checksum: UInt16?
        public var source: IPv4Address?
    }

    public struct IPv6: Hashable, Sendable {
        public var trafficClass: UInt8?
        public var flowLabel: UInt32?
        public var payloadLength: UInt16?
        public var nextHeader: IPProtocol?
        public var hopLimit: UInt8?
        public var source: IPv6Address?
    }

    public struct TCP: Hashable, Sendable {
        public var sourcePort: UInt16?
        public var destinationPort: UInt16?
        public var sequenceNumber: UInt32?
        public var acknowledgementNumber: UInt32?
        public var headerLength: Int?
        public var flags: TCPFlags?
        public var window: UInt16?
        public var checksum: UInt16?
    }

    public struct UDP: Hashable, Sendable {
        public var sourcePort: UInt16?
        public var destinationPort: UInt16?
        public var totalLength: UInt16?
    }

    public struct ICMP: Hashable, Sendable {
        public var family: IPFamily
        public var type: UInt8?
        public var code: UInt8?
        public var checksum: UInt16?
        /// Of messages that ask and answer, and of packets that are too big: the first half of the second word.
        public var identifier: UInt16?
    }

    public struct ARP: Hashable, Sendable {
        public var operation: ARPPacket.Operation?
    }
}

extension Packet {
    /// What there is of the header at which the packet ends; nil where it ends elsewhere, or nothing of a header that
    /// is known.
    public func cutHeader(in frame: Span<UInt8>) -> CutHeader? {
        guard let stop else { return nil }
        // Of ARP for other protocols than IPv4 the front is all that is known.
        guard stop.layer != .arp else { return CutHeader(.arp, frame, at: networkOffset) }
        guard case .truncated = stop.problem else { return nil }
        return CutHeader(stop.layer, frame.extracting(0..<Swift.min(frame.count, readableEnd)), at: stop.offset)
    }

    /// The same of the packet that an ICMP error quotes, where its IP header is cut.
    public func cutQuote(in frame: Span<UInt8>) -> CutHeader? {
        guard let message = icmp, message.isError, message.quoted == nil else { return nil }
        return CutHeader(.ip, frame, at: transportOffset &+ ICMPMessage.headerLength)
    }
}

extension CutHeader {
    init?(_ layer: DecodeError.Layer, _ bytes: Span<UInt8>, at offset: Int) {
        let front = Front(start: offset, count: bytes.available(from: offset))
        guard front.count > 0 else { return nil }
        switch layer {
        case .ipv4: self = .ipv4(IPv4(front, bytes))
        case .ipv6: self = .ipv6(IPv6(front, bytes))
        case .ip where bytes[offset] >> 4 == 4: self = .ipv4(IPv4(front, bytes))
        case .ip where bytes[offset] >> 4 == 6: self = .ipv6(IPv6(front, bytes))
        case .tcp: self = .tcp(TCP(front, bytes))
        case .udp: self = .udp(UDP(front, bytes))
        case .icmpv4: self = .icmp(ICMP(.v4, front, bytes))
        case .icmpv6: self = .icmp(ICMP(.v6, front, bytes))
        case .arp:
            self = .arp(ARP(operation: front.uint16(6, bytes).map { ARPPacket.Operation(rawValue: $0) }))
        default: return nil
        }
    }

    /// Where a header begins, and how many bytes of it there are.
    fileprivate struct Front {
        var start: Int
        var count: Int

        func byte(_ place: Int, _ bytes: Span<UInt8>) -> UInt8? {
            place < count ? bytes[start &+ place] : nil
        }

        func uint16(_ place: Int, _ bytes: Span<UInt8>) -> UInt16? {
            place &+ 2 <= count ? bytes.uint16(at: start &+ place) : nil
        }

        func uint32(_ place: Int, _ bytes: Span<UInt8>) -> UInt32? {
            place &+ 4 <= count ? bytes.uint32(at: start &+ place) : nil
        }
    }
}

extension CutHeader.IPv4 {
    fileprivate init(_ front: CutHeader.Front, _ bytes: Span<UInt8>) {
        headerLength = front.byte(0, bytes).map { Int($0 & 0xF) &* 4 }
        trafficClass = front.byte(1, bytes)
        totalLength = front.uint16(2, bytes)
        identification = front.uint16(4, bytes)
        flagsAndFragmentOffset = front.uint16(6, bytes)
        timeToLive = front.byte(8, bytes)
        protocolNumber = front.byte(9, bytes).map { IPProtocol(rawValue: $0) }
        checksum = front.uint16(10, bytes)
        source = front.uint32(12, bytes).map { IPv4Address(rawValue: $0) }
    }
}

extension CutHeader.IPv6 {
    fileprivate init(_ front: CutHeader.Front, _ bytes: Span<UInt8>) {
        trafficClass = front.uint16(0, bytes).map { UInt8(truncatingIfNeeded: $0 >> 4) }
        flowLabel = front.uint32(0, bytes).map { $0 & 0xF_FFFF }
        payloadLength = front.uint16(4, bytes)
        nextHeader = front.byte(6, bytes).map { IPProtocol(rawValue: $0) }
        hopLimit = front.byte(7, bytes)
        source = front.count >= 24 ? IPv6Address(rawValue: bytes.uint128(at: front.start &+ 8)) : nil
    }
}

extension CutHeader.TCP {
    fileprivate init(_ front: CutHeader.Front, _ bytes: Span<UInt8>) {
        sourcePort = front.uint16(0, bytes)
        destinationPort = front.uint16(2, bytes)
        sequenceNumber = front.uint32(4, bytes)
        acknowledgementNumber = front.uint32(8, bytes)
        headerLength = front.byte(12, bytes).map { Int($0 >> 4) &* 4 }
        flags = front.uint16(12, bytes).map { TCPFlags(rawValue: $0 & 0xFFF) }
        window = front.uint16(14, bytes)
        checksum = front.uint16(16, bytes)
    }
}

extension CutHeader.UDP {
    fileprivate init(_ front: CutHeader.Front, _ bytes: Span<UInt8>) {
        sourcePort = front.uint16(0, bytes)
        destinationPort = front.uint16(2, bytes)
        totalLength = front.uint16(4, bytes)
    }
}

extension CutHeader.ICMP {
    fileprivate init(_ family: IPFamily, _ front: CutHeader.Front, _ bytes: Span<UInt8>) {
        self.family = family
        type = front.byte(0, bytes)
        code = front.byte(1, bytes)
        checksum = front.uint16(2, bytes)
        identifier = front.uint16(4, bytes)
    }
}
