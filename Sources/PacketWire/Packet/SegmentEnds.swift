/// Between whom a plain segment of TCP goes, without taking its frame apart: whoever wants the packets of some hosts only
/// passes the others over at a tenth of the cost.
package struct SegmentEnds {
    package let source: IPAddress
    package let destination: IPAddress

    /// Nil for all but the plainest: Ethernet, one IP header with nothing behind it but a whole segment, and no SYN. Of such
    /// a frame `Packet` has the same addresses, no fragment, no encapsulation and no error.
    ///
    /// - Parameter frame: of Ethernet.
    package init?(_ frame: Span<UInt8>) {
        guard frame.count >= Self.shortest else { return nil }
        let start = EthernetHeader.length
        let end: Int
        let segment: Int
        switch frame.uint16(at: 12) {
        case EtherType.ipv4.rawValue:
            // Version and header length; neither fragment nor more of them behind it, and don't-fragment says nothing.
            guard frame[start] == 0x45, frame[start &+ 9] == IPProtocol.tcp.rawValue,
                frame.uint16(at: start &+ 6) & 0xBFFF == 0
            else { return nil }
            end = start &+ Int(frame.uint16(at: start &+ 2))
            segment = start &+ IPv4Header.minimumLength
            source = .v4(IPv4Address(rawValue: frame.uint32(at: start &+ 12)))
            destination = .v4(IPv4Address(rawValue: frame.uint32(at: start &+ 16)))
        case EtherType.ipv6.rawValue:
            segment = start &+ IPv6Header.length
            guard frame[start] >> 4 == 6, frame[start &+ 6] == IPProtocol.tcp.rawValue, frame.count >= segment else {
                return nil
            }
            end = segment &+ Int(frame.uint16(at: start &+ 4))
            source = .v6(IPv6Address(rawValue: frame.uint128(at: start &+ 8)))
            destination = .v6(IPv6Address(rawValue: frame.uint128(at: start &+ 24)))
        default: return nil
        }
        guard end <= frame.count, end &- segment >= TCPHeader.minimumLength else { return nil }
        let headerLength = Int(frame[segment &+ 12] >> 4) &* 4
        guard headerLength >= TCPHeader.minimumLength, headerLength <= end &- segment,
            !TCPFlags(rawValue: UInt16(frame[segment &+ 13])).contains(.syn)
        else { return nil }
    }

    private static let shortest = EthernetHeader.length + IPv4Header.minimumLength + TCPHeader.minimumLength
}
