/// What an EtherType, an LLC header or a PPP protocol leads to.
extension Packet {
    /// The field behind two link addresses or a tag: from 0x0600 on a type, below 802.3's length, which tells
    /// the frame from its padding.
    mutating func decodeTypeOrLength(
        _ frame: Span<UInt8>, _ field: UInt16, at offset: Int, wireEnd: Int
    ) throws(DecodeError) {
        guard field < EtherType.smallest else {
            return try decode(frame, EtherType(rawValue: field), at: offset, wireEnd: wireEnd)
        }
        let length = Int(field)
        if length > wireEnd &- offset { anomalies.insert(.lengthBeyondFrame) }
        try decodeLLC(frame, at: offset, wireEnd: Swift.min(wireEnd, offset &+ length))
    }

    mutating func decodeLLC(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        moveOn(to: offset, wireEnd: wireEnd)
        let end = Swift.max(Swift.min(wireEnd, frame.count), 0)
        let header = try LLCHeader(decoding: frame.extracting(0..<end), at: offset)
        guard let etherType = header.etherType else {
            throw DecodeError(.llc, at: offset, .unknownProtocol(UInt32(header.destinationServiceAccessPoint)))
        }
        try decode(frame, etherType, at: offset &+ header.length, wireEnd: wireEnd)
    }

    /// Reads on behind a type, through tags and labels, to something that is decoded or known not to be.
    mutating func decode(
        _ frame: Span<UInt8>, _ firstType: EtherType, at firstOffset: Int, wireEnd: Int
    ) throws(DecodeError) {
        var etherType = firstType
        var offset = firstOffset
        while etherType.isVLAN {
            moveOn(to: offset, wireEnd: wireEnd)
            try frame.require(4, at: offset, for: .vlan)
            let control = frame.uint16(at: offset)
            try wrap(.vlan, UInt32(etherType.rawValue) << 16 | UInt32(control), at: offset, .vlan)
            let next = frame.uint16(at: offset &+ 2)
            offset &+= 4
            guard next >= EtherType.smallest else {
                return try decodeTypeOrLength(frame, next, at: offset, wireEnd: wireEnd)
            }
            etherType = EtherType(rawValue: next)
        }
        moveOn(to: offset, wireEnd: wireEnd)
        switch etherType {
        case .ipv4: try decodeIP(frame, at: offset, wireEnd: wireEnd, expecting: 4)
        case .ipv6: try decodeIP(frame, at: offset, wireEnd: wireEnd, expecting: 6)
        case .arp, .rarp: try decodeARP(frame, at: offset, wireEnd: wireEnd)
        case .mplsUnicast, .mplsMulticast: try decodeMPLS(frame, at: offset, wireEnd: wireEnd)
        case .pppoeSession: try decodePPPoE(frame, at: offset, wireEnd: wireEnd)
        case .bridge: try decodeEthernet(frame, at: offset, wireEnd: wireEnd)
        case .backbone: try decodeBackbone(frame, at: offset, wireEnd: wireEnd)
        case .serviceHeader: try decodeServiceHeader(frame, at: offset, wireEnd: wireEnd)
        default: throw DecodeError(.link, at: offset, .unknownProtocol(UInt32(etherType.rawValue)))
        }
    }

    /// A label says nothing of what is under it. Routers look at the first half byte, and so does this: 4 and 6
    /// are IP, 0 a pseudowire's control word (RFC 4385 section 3), and anything else an Ethernet frame.
    mutating func decodeMPLS(_ frame: Span<UInt8>, at start: Int, wireEnd: Int) throws(DecodeError) {
        var offset = start
        while true {
            let label = try MPLSLabel(decoding: frame, at: offset)
            try wrap(.mpls, label.rawValue, at: offset, .mpls)
            offset &+= MPLSLabel.length
            moveOn(to: offset, wireEnd: wireEnd)
            if label.isBottom { break }
        }
        try frame.require(1, at: offset, for: .ip)
        switch frame[offset] >> 4 {
        case 4, 6: try decodeIP(frame, at: offset, wireEnd: wireEnd)
        // RFC 4385 section 5: an associated channel, for the routers themselves.
        case 1: throw DecodeError(.mpls, at: offset, .unknownProtocol(UInt32(frame[offset])))
        case 0:
            // Stations of many vendors have addresses that begin with 0 as well: what reads better leads on.
            let isBare = !hasKnownType(frame, at: offset &+ 4) && hasKnownType(frame, at: offset)
            try decodePseudowire(frame, at: isBare ? offset : offset &+ 4, wireEnd: wireEnd)
        default: try decodePseudowire(frame, at: offset, wireEnd: wireEnd)
        }
    }

    private mutating func decodePseudowire(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        guard hasKnownType(frame, at: offset) || hasLength(frame, at: offset, wireEnd: wireEnd) else {
            throw DecodeError(.mpls, at: offset, .unknownProtocol(0))
        }
        try wrap(.pseudowire, 0, at: offset, .mpls)
        try decodeEthernet(frame, at: offset, wireEnd: wireEnd)
    }

    /// Whether an Ethernet header may stand here, by its type.
    func hasKnownType(_ frame: Span<UInt8>, at offset: Int) -> Bool {
        guard frame.available(from: offset) >= EthernetHeader.length else { return false }
        let type = EtherType(rawValue: frame.uint16(at: offset &+ 12))
        switch type {
        case .ipv4, .ipv6, .arp, .mplsUnicast, .mplsMulticast, .pppoeSession, .pppoeDiscovery, .backbone, .lldp, .slow:
            return true
        default: return type.isVLAN
        }
    }

    /// The same for 802.3's length.
    private func hasLength(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) -> Bool {
        guard frame.available(from: offset) >= EthernetHeader.length else { return false }
        let field = frame.uint16(at: offset &+ 12)
        return field < EtherType.smallest && Int(field) <= wireEnd &- offset &- EthernetHeader.length
    }

    private mutating func decodePPPoE(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try PPPoEHeader(decoding: frame, at: offset)
        try wrap(.pppoe, UInt32(header.sessionID), at: offset, .pppoe)
        let start = offset &+ PPPoEHeader.length
        guard header.code == 0 else {
            moveOn(to: start, wireEnd: wireEnd)
            throw DecodeError(.pppoe, at: offset, .unknownProtocol(UInt32(header.code)))
        }
        let end = start &+ Int(header.payloadLength)
        if end > wireEnd { anomalies.insert(.lengthBeyondFrame) }
        try decodePPP(frame, at: start, wireEnd: Swift.min(end, wireEnd), isOutermost: false)
    }

    mutating func decodePPP(
        _ frame: Span<UInt8>, at offset: Int, wireEnd: Int, isOutermost: Bool
    ) throws(DecodeError) {
        moveOn(to: offset, wireEnd: wireEnd)
        let end = Swift.max(Swift.min(wireEnd, frame.count), 0)
        var header = try PPPHeader(decoding: frame.extracting(0..<end), at: offset)
        if header.protocolID == PPPHeader.multilink { try header.enterMultilink(frame.extracting(0..<end), at: offset) }
        if isOutermost { link = .ppp(header) }
        moveOn(to: offset &+ header.length, wireEnd: wireEnd)
        guard let etherType = header.etherType else {
            throw DecodeError(.ppp, at: offset, .unknownProtocol(UInt32(header.protocolID)))
        }
        try decode(frame, etherType, at: offset &+ header.length, wireEnd: wireEnd)
    }

    /// IEEE 802.1ah section 9.7: flags and a service of 24 bits, then the customer's frame.
    private mutating func decodeBackbone(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        try frame.require(4, at: offset, for: .backbone)
        try wrap(.backbone, frame.uint32(at: offset) & 0xFF_FFFF, at: offset, .backbone)
        try decodeEthernet(frame, at: offset &+ 4, wireEnd: wireEnd)
    }

    mutating func decodeServiceHeader(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try ServiceHeader(decoding: frame, at: offset)
        try wrap(.serviceFunctionChain, header.path >> 8, at: offset, .serviceHeader)
        try decodeOverlay(frame, header.nextProtocol, at: offset &+ header.length, wireEnd: wireEnd)
    }

    private mutating func decodeARP(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        networkOffset = offset
        let packet = try ARPPacket(decoding: frame, at: offset)
        network = .arp(packet)
        // Everything behind is the link's padding.
        moveOn(to: offset &+ packet.length, wireEnd: offset &+ packet.length)
        if packet.hardwareAddressLength == 6, let source = link?.source, source != packet.senderHardwareAddress {
            anomalies.insert(.arpSenderMismatch)
        }
    }
}
