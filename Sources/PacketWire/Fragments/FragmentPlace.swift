/// Where a fragment's bytes stand in its frame, and what of its headers the whole datagram keeps.
struct FragmentPlace {
    /// The headers in front of the fragment's bytes, without IPv6's fragment header.
    var headers: Range<Int>
    var data: Range<Int>
    /// What the fragmented part begins with.
    var next: IPProtocol
    /// Where the field stands that names it, counted from the headers' start.
    var nextField: Int

    /// Nil where the capture does not hold all of it.
    init?(_ packet: Packet, _ frame: Span<UInt8>) {
        let start = packet.networkOffset
        let end: Int
        switch packet.network {
        case .ipv4(let header):
            headers = start..<start &+ header.headerLength
            end = start &+ Int(header.totalLength)
            next = header.protocolNumber
            nextField = 9
            guard headers.upperBound <= end else { return nil }
            data = headers.upperBound..<end
        case .ipv6(let header):
            end = start &+ IPv6Header.length &+ Int(header.payloadLength)
            var offset = start &+ IPv6Header.length
            var kind = header.nextHeader
            nextField = 6
            // RFC 8200 section 4.5: hop-by-hop options, destination options and routing may stand in front.
            while kind != .ipv6Fragment {
                guard kind == .hopByHopOptions || kind == .ipv6DestinationOptions || kind == .ipv6Routing,
                    frame.available(from: offset) >= 8
                else { return nil }
                kind = IPProtocol(rawValue: frame[offset])
                nextField = offset &- start
                offset &+= (Int(frame[offset &+ 1]) &+ 1) &* 8
            }
            guard frame.available(from: offset) >= 8, offset &+ 8 <= end else { return nil }
            next = IPProtocol(rawValue: frame[offset])
            headers = start..<offset
            data = offset &+ 8..<end
        case .arp, nil: return nil
        }
        guard end <= frame.count else { return nil }
    }

    /// The headers as they would stand before a whole datagram of `length` bytes; nil where none can be so long.
    func wholeHeaders(_ frame: Span<UInt8>, length: Int) -> [UInt8]? {
        var bytes = headers.map { frame[$0] }
        if bytes[0] >> 4 == 4 {
            guard let total = UInt16(exactly: bytes.count + length) else { return nil }
            bytes.store(bigEndian: total, at: 2)
            // "Don't fragment" stays; more fragments and the offset go.
            bytes.store(bigEndian: UInt16(bytes[6] & 0xC0) << 8, at: 6)
            bytes.store(bigEndian: 0, at: 10)
            var sum = InternetChecksum()
            sum.add(bytes.span, 0..<bytes.count)
            bytes.store(bigEndian: sum.checksum, at: 10)
        } else {
            guard let payload = UInt16(exactly: bytes.count - IPv6Header.length + length) else { return nil }
            bytes.store(bigEndian: payload, at: 4)
            bytes[nextField] = next.rawValue
        }
        return bytes
    }
}
