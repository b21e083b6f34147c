extension Packet {
    /// As many VLAN tags and MPLS labels as are read before the chain counts as an attack on parsers.
    static let encapsulationLimit = 16

    /// Takes a frame apart as far as it can be read. Never fails: `stop` says what ended it early.
    ///
    /// - Parameter originalLength: the frame's length on the wire, from the capture's record header; anything
    ///   below the captured length counts as that.
    ///
    /// Inlined, so that the packet is filled where the caller keeps it: copying one costs more than decoding it.
    @inlinable
    public static func decode(_ frame: Span<UInt8>, linkType: LinkType, originalLength: Int) -> Packet {
        var packet = Packet(linkType: linkType, capturedLength: frame.count, originalLength: originalLength)
        packet.decodeFrame(frame)
        return packet
    }

    /// Takes a packet apart that begins with an IP header at `offset`: raw IP, what a tunnel carries, or a
    /// packet that somebody quotes.
    @inlinable
    public static func decode(_ frame: Span<UInt8>, networkLayerAt offset: Int, originalLength: Int) -> Packet {
        var packet = Packet(linkType: .rawIP, capturedLength: frame.count, originalLength: originalLength)
        packet.decodeFrame(frame, networkLayerAt: offset)
        return packet
    }

    @usableFromInline
    mutating func decodeFrame(_ frame: Span<UInt8>) {
        do throws(DecodeError) {
            try decodeLink(frame)
        } catch {
            stop = error
        }
    }

    @usableFromInline
    mutating func decodeFrame(_ frame: Span<UInt8>, networkLayerAt offset: Int) {
        link = .rawIP
        do throws(DecodeError) {
            try decodeIP(frame, at: offset, wireEnd: originalLength)
        } catch {
            stop = error
        }
    }

    @inline(__always)
    private mutating func decodeLink(_ frame: Span<UInt8>) throws(DecodeError) {
        if linkType == .ethernet {
            let header = try EthernetHeader(decoding: frame, at: 0)
            link = .ethernet(header)
            if header.typeOrLength == EtherType.ipv4.rawValue || header.typeOrLength == EtherType.ipv6.rawValue {
                return try decodeIP(
                    frame, at: EthernetHeader.length, wireEnd: originalLength,
                    expecting: header.typeOrLength == EtherType.ipv4.rawValue ? 4 : 6)
            }
            guard let etherType = header.etherType else {
                return try decodeIEEE8023(frame, at: EthernetHeader.length, length: Int(header.typeOrLength))
            }
            return try decode(frame, etherType, at: EthernetHeader.length, wireEnd: originalLength)
        }
        try decodeOtherLink(frame)
    }

    private mutating func decodeOtherLink(_ frame: Span<UInt8>) throws(DecodeError) {
        switch linkType {
        case .linuxSLL:
            let header = try LinuxCookedHeader(decoding: frame, at: 0)
            link = .linuxSLL(header)
            try decodeCooked(frame, header.etherType, at: LinuxCookedHeader.length)
        case .linuxSLL2:
            let header = try LinuxCookedV2Header(decoding: frame, at: 0)
            link = .linuxSLL2(header)
            try decodeCooked(frame, header.etherType, at: LinuxCookedV2Header.length)
        case .null, .loop:
            let header = try NullHeader(decoding: frame, at: 0)
            link = .null(header)
            guard let etherType = header.etherType else {
                moveOn(to: NullHeader.length, wireEnd: originalLength)
                throw DecodeError(.null, at: 0, .unknownProtocol(header.addressFamily))
            }
            try decode(frame, etherType, at: NullHeader.length, wireEnd: originalLength)
        case .rawIP, .rawIPDLT12, .rawIPDLT14:
            link = .rawIP
            try decodeIP(frame, at: 0, wireEnd: originalLength)
        case .ipv4, .ipv6:
            link = .rawIP
            try decodeIP(frame, at: 0, wireEnd: originalLength, expecting: linkType == .ipv4 ? 4 : 6)
        case .ppp, .pppHDLC: try decodePPP(frame, at: 0, wireEnd: originalLength, isOutermost: true)
        case .pppoe:
            link = .rawIP
            try decode(frame, .pppoeSession, at: 0, wireEnd: originalLength)
        default: throw DecodeError(.link, at: 0, .unknownProtocol(linkType.rawValue))
        }
    }

    /// Cooked headers hold small numbers for what has no EtherType: 4 is a bare LLC frame
    /// (linux/if_ether.h, ETH_P_802_2).
    private mutating func decodeCooked(
        _ frame: Span<UInt8>, _ etherType: EtherType, at offset: Int
    ) throws(DecodeError) {
        if etherType.rawValue == 4 {
            return try decodeLLC(frame, at: offset, wireEnd: originalLength)
        }
        try decode(frame, etherType, at: offset, wireEnd: originalLength)
    }

    /// 802.3: the length field tells the frame from its padding.
    private mutating func decodeIEEE8023(
        _ frame: Span<UInt8>, at offset: Int, length: Int
    ) throws(DecodeError) {
        if length > originalLength &- offset { anomalies.insert(.lengthBeyondFrame) }
        try decodeLLC(frame, at: offset, wireEnd: Swift.min(originalLength, offset &+ length))
    }

    private mutating func decodeLLC(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        moveOn(to: offset, wireEnd: wireEnd)
        let end = Swift.min(wireEnd, frame.count)
        let header = try LLCHeader(decoding: frame.extracting(0..<end), at: offset)
        guard let etherType = header.etherType else {
            throw DecodeError(.llc, at: offset, .unknownProtocol(UInt32(header.destinationServiceAccessPoint)))
        }
        try decode(frame, etherType, at: offset &+ header.length, wireEnd: wireEnd)
    }

    /// Reads tags and labels until something that is decoded, or known not to be.
    private mutating func decode(
        _ frame: Span<UInt8>, _ firstType: EtherType, at firstOffset: Int, wireEnd: Int
    ) throws(DecodeError) {
        var etherType = firstType
        var offset = firstOffset
        var depth = 0
        while true {
            moveOn(to: offset, wireEnd: wireEnd)
            switch etherType {
            case .ipv4: return try decodeIP(frame, at: offset, wireEnd: wireEnd, expecting: 4)
            case .ipv6: return try decodeIP(frame, at: offset, wireEnd: wireEnd, expecting: 6)
            case .arp: return try decodeARP(frame, at: offset, wireEnd: wireEnd)
            case .vlan, .serviceVLAN, .oldServiceVLAN:
                depth &+= 1
                guard depth <= Self.encapsulationLimit else {
                    throw DecodeError(.vlan, at: offset, .chainTooLong(limit: Self.encapsulationLimit))
                }
                try frame.require(4, at: offset, for: .vlan)
                vlanTags.append(VLANTag(tagProtocol: etherType, control: frame.uint16(at: offset)))
                let next = frame.uint16(at: offset &+ 2)
                offset &+= 4
                if next < EtherType.smallest {
                    return try decodeIEEE8023(frame, at: offset, length: Int(next))
                }
                etherType = EtherType(rawValue: next)
            case .mplsUnicast, .mplsMulticast: return try decodeMPLS(frame, at: offset, wireEnd: wireEnd)
            case .pppoeSession: return try decodePPPoE(frame, at: offset, wireEnd: wireEnd)
            default: throw DecodeError(.link, at: offset, .unknownProtocol(UInt32(etherType.rawValue)))
            }
        }
    }

    /// A label says nothing of what is under it; routers look at the first half byte, and so does this.
    private mutating func decodeMPLS(_ frame: Span<UInt8>, at start: Int, wireEnd: Int) throws(DecodeError) {
        var offset = start
        while true {
            guard mplsLabelCount < Self.encapsulationLimit else {
                throw DecodeError(.mpls, at: offset, .chainTooLong(limit: Self.encapsulationLimit))
            }
            let label = try MPLSLabel(decoding: frame, at: offset)
            mplsLabelCount &+= 1
            offset &+= MPLSLabel.length
            moveOn(to: offset, wireEnd: wireEnd)
            if label.isBottom { break }
        }
        try decodeIP(frame, at: offset, wireEnd: wireEnd)
    }

    private mutating func decodePPPoE(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try PPPoEHeader(decoding: frame, at: offset)
        pppoeSession = header.sessionID
        let start = offset &+ PPPoEHeader.length
        guard header.code == 0 else {
            moveOn(to: start, wireEnd: wireEnd)
            throw DecodeError(.pppoe, at: offset, .unknownProtocol(UInt32(header.code)))
        }
        let end = start &+ Int(header.payloadLength)
        if end > wireEnd { anomalies.insert(.lengthBeyondFrame) }
        try decodePPP(frame, at: start, wireEnd: Swift.min(end, wireEnd), isOutermost: false)
    }

    private mutating func decodePPP(
        _ frame: Span<UInt8>, at offset: Int, wireEnd: Int, isOutermost: Bool
    ) throws(DecodeError) {
        moveOn(to: offset, wireEnd: wireEnd)
        let header = try PPPHeader(decoding: frame.extracting(0..<Swift.min(wireEnd, frame.count)), at: offset)
        if isOutermost { link = .ppp(header) }
        moveOn(to: offset &+ header.length, wireEnd: wireEnd)
        guard let etherType = header.etherType else {
            throw DecodeError(.ppp, at: offset, .unknownProtocol(UInt32(header.protocolID)))
        }
        try decode(frame, etherType, at: offset &+ header.length, wireEnd: wireEnd)
    }

    private mutating func decodeARP(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        networkOffset = offset
        let packet = try ARPPacket(decoding: frame, at: offset)
        network = .arp(packet)
        // Everything behind is the link's padding.
        moveOn(to: offset &+ ARPPacket.length, wireEnd: offset &+ ARPPacket.length)
        if let source = link?.source, source != packet.senderHardwareAddress { anomalies.insert(.arpSenderMismatch) }
    }

    /// What is not decoded yet begins at `offset` and ends at `wireEnd`.
    @inline(__always)
    mutating func moveOn(to offset: Int, wireEnd: Int) {
        let end = Swift.min(wireEnd, capturedLength)
        payload = Swift.min(offset, end)..<end
        payloadLengthOnWire = Swift.max(wireEnd &- offset, 0)
    }
}
