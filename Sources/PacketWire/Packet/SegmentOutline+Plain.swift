/// The shape of nearly every packet, read without taking the frame apart: Ethernet, one IP header with nothing in it or
/// behind it but a whole segment, which opens and resets nothing, and has no options but timestamps.
///
/// It is read as `Packet` reads it, at a fifth of the cost; whatever is shaped otherwise is the packet decoder's.
extension SegmentOutline {
    /// Takes in what the frame holds; false where it holds anything else, and then this tells nothing.
    ///
    /// - Parameters:
    ///   - frame: of Ethernet.
    ///   - originalLength: the frame's length on the wire, as in `Packet`.
    public mutating func fill(plain frame: Span<UInt8>, originalLength: Int) -> Bool {
        guard let end = fillNetwork(frame, originalLength),
            let header = CompactTCPHeader(plain: frame.extracting(start..<end))
        else { return false }
        self.header = header
        payload = start &+ header.headerLength..<end
        payloadLengthOnWire = payload.count
        return true
    }

    /// The same of a segment that opens a connection or resets one, as nearly all of those are: without payload, and with any
    /// options but selective acknowledgements.
    public mutating func fill(opening frame: Span<UInt8>, originalLength: Int) -> Bool {
        guard let end = fillNetwork(frame, originalLength),
            let header = CompactTCPHeader(opening: frame.extracting(start..<end))
        else { return false }
        self.header = header
        payload = end..<end
        payloadLengthOnWire = 0
        return true
    }

    /// All but what TCP says. Returns where the segment ends; nil where there is none, or not a whole one.
    @inline(__always)
    private mutating func fillNetwork(_ frame: Span<UInt8>, _ originalLength: Int) -> Int? {
        guard frame.count >= Self.shortest, originalLength <= frame.count else { return nil }
        self.originalLength = frame.count
        let link = EthernetHeader.length
        let front = frame.extracting(link &- 2..<Self.shortest)
        let end: Int
        switch front.uint16(at: 0) {
        case EtherType.ipv4.rawValue:
            // Version and header length; neither fragment nor more of them behind it, and don't-fragment says nothing.
            guard front[2] == 0x45, front[11] == IPProtocol.tcp.rawValue, front.uint16(at: 8) & 0xBFFF == 0 else {
                return nil
            }
            end = link &+ Int(front.uint16(at: 4))
            start = link &+ IPv4Header.minimumLength
            trafficClass = front[3]
            identification = UInt32(front.uint16(at: 6))
            timeToLive = front[10]
            source = .v4(IPv4Address(rawValue: front.uint32(at: 14)))
            destination = .v4(IPv4Address(rawValue: front.uint32(at: 18)))
        case EtherType.ipv6.rawValue:
            start = link &+ IPv6Header.length
            guard front[2] >> 4 == 6, front[8] == IPProtocol.tcp.rawValue, frame.count >= start else { return nil }
            let header = frame.extracting(link..<link &+ IPv6Header.length)
            end = start &+ Int(header.uint16(at: 4))
            trafficClass = UInt8(truncatingIfNeeded: header.uint16(at: 0) >> 4)
            identification = nil
            timeToLive = header[7]
            source = .v6(IPv6Address(rawValue: header.uint128(at: 8)))
            destination = .v6(IPv6Address(rawValue: header.uint128(at: 24)))
        default: return nil
        }
        return end <= frame.count && end &- start >= TCPHeader.minimumLength ? end : nil
    }

    private static var shortest: Int {
        EthernetHeader.length + IPv4Header.minimumLength + TCPHeader.minimumLength
    }

    /// Both checksums of a plain segment are right: what is only not filled in yet is not.
    ///
    /// - Parameter frame: that this was filled from.
    public func hasRightChecksums(in frame: Span<UInt8>) -> Bool {
        if case .v4 = source {
            var network = InternetChecksum()
            network.add(shortest: frame.extracting(EthernetHeader.length..<start))
            guard network.folded == 0xFFFF else { return false }
        }
        var transport = InternetChecksum()
        transport.addPseudoHeader(from: source, to: destination, .tcp, length: payload.upperBound &- start)
        transport.add(frame.extracting(start..<payload.upperBound))
        return transport.folded == 0xFFFF
    }
}
