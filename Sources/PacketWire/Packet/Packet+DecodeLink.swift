/// Every link header but Ethernet's.
extension Packet {
    /// As many headers that only name another link type as are read.
    private static let wrapperLimit = 4

    mutating func decodeLink(
        _ frame: Span<UInt8>, _ linkType: LinkType, at offset: Int, wireEnd: Int, wrappers: Int = 0
    ) throws(DecodeError) {
        switch linkType {
        case .ethernet: try decodeEthernet(frame, at: offset, wireEnd: wireEnd)
        case .linuxSLL:
            let header = try LinuxCookedHeader(decoding: frame, at: offset)
            link = .linuxSLL(header)
            try decodeCooked(frame, header.etherType, at: offset &+ LinuxCookedHeader.length, wireEnd: wireEnd)
        case .linuxSLL2:
            let header = try LinuxCookedV2Header(decoding: frame, at: offset)
            link = .linuxSLL2(header)
            try decodeCooked(frame, header.etherType, at: offset &+ LinuxCookedV2Header.length, wireEnd: wireEnd)
        case .null, .loop:
            let header = try NullHeader(decoding: frame, at: offset)
            link = .null(header)
            let start = offset &+ NullHeader.length
            guard let etherType = header.etherType else {
                moveOn(to: start, wireEnd: wireEnd)
                throw DecodeError(.null, at: offset, .unknownProtocol(header.addressFamily))
            }
            try decode(frame, etherType, at: start, wireEnd: wireEnd)
        case .rawIP, .rawIPDLT12, .rawIPDLT14: try decodeRawIP(frame, at: offset, wireEnd: wireEnd)
        case .ipv4, .ipv6:
            link = .rawIP
            try decodeIP(frame, at: offset, wireEnd: wireEnd, expecting: linkType == .ipv4 ? 4 : 6)
        case .ppp: try decodePPP(frame, at: offset, wireEnd: wireEnd, isOutermost: true)
        // RFC 1547's framing as well: its first byte tells.
        case .pppHDLC where frame.available(from: offset) > 0 && frame[offset] & 0x7F == 0x0F:
            try decodeHDLC(frame, at: offset, wireEnd: wireEnd)
        case .pppHDLC: try decodePPP(frame, at: offset, wireEnd: wireEnd, isOutermost: true)
        case .pppd, .pppWithDirection: try decodePPP(frame, at: offset &+ 1, wireEnd: wireEnd, isOutermost: true)
        case .pppoe:
            link = .other
            try decode(frame, .pppoeSession, at: offset, wireEnd: wireEnd)
        case .mpls:
            link = .other
            try decode(frame, .mplsUnicast, at: offset, wireEnd: wireEnd)
        case .ciscoHDLC: try decodeHDLC(frame, at: offset, wireEnd: wireEnd)
        case .ciscoHDLCWithDirection: try decodeHDLC(frame, at: offset &+ 1, wireEnd: wireEnd)
        case .frameRelay: try decodeFrameRelay(frame, at: offset, wireEnd: wireEnd)
        case .frameRelayWithDirection: try decodeFrameRelay(frame, at: offset &+ 1, wireEnd: wireEnd)
        case .arcnet, .arcnetLinux:
            try decodeARCnet(frame, at: offset, wireEnd: wireEnd, isLinux: linkType == .arcnetLinux)
        case .ppi, .pktap:
            guard wrappers < Self.wrapperLimit else {
                throw DecodeError(.link, at: offset, .chainTooLong(limit: Self.wrapperLimit))
            }
            let header =
                try linkType == .ppi
                ? WrappedLinkHeader(ppi: frame, at: offset) : WrappedLinkHeader(pktap: frame, at: offset)
            try decodeLink(
                frame, header.linkType, at: offset &+ header.length, wireEnd: wireEnd, wrappers: wrappers &+ 1)
        case .erf: try decodeERF(frame, at: offset, wireEnd: wireEnd)
        case .nflog:
            let header = try NFLOGHeader(decoding: frame, at: offset)
            link = .other
            try decodeIP(
                frame, at: header.packet.lowerBound, wireEnd: Swift.min(wireEnd, header.packet.upperBound))
        default: try decodeRareLink(frame, linkType, at: offset, wireEnd: wireEnd)
        }
    }

    private mutating func decodeRareLink(
        _ frame: Span<UInt8>, _ linkType: LinkType, at offset: Int, wireEnd: Int
    ) throws(DecodeError) {
        switch linkType {
        case .ieee80211: try decodeWLAN(frame, at: offset, wireEnd: wireEnd)
        case .ieee80211Radiotap:
            let radio = try RadioHeader(radiotap: frame, at: offset)
            try decodeWLAN(
                frame, at: offset &+ radio.length, wireEnd: radio.hasFrameCheck ? wireEnd &- 4 : wireEnd,
                isPadded: radio.isPadded)
        case .ieee80211Prism, .ieee80211AVS:
            let radio = try RadioHeader(prismOrAVS: frame, at: offset)
            try decodeWLAN(frame, at: offset &+ radio.length, wireEnd: wireEnd)
        // Two fields that are always there, then the frame, or four bytes of a switch's tag before the type.
        case .netAnalyzer, .broadcomPrepended: try decodeEthernet(frame, at: offset &+ 4, wireEnd: wireEnd)
        case .netAnalyzerTransparent: try decodeEthernet(frame, at: offset &+ 12, wireEnd: wireEnd)
        case .epon, .mPacket: try decodeEthernet(frame, at: offset &+ 8, wireEnd: wireEnd)
        case .broadcomTag, .marvellDSA: try decodeTagged(frame, at: offset, tag: 4, wireEnd: wireEnd)
        case .marvellEDSA: try decodeTagged(frame, at: offset, tag: 8, wireEnd: wireEnd)
        // Access and frame control, two addresses, and the route that a token ring's source address announces.
        case .tokenRing: try decodeTokenRing(frame, at: offset, wireEnd: wireEnd)
        case .fddi: try decodeLLCLink(frame, at: offset, header: 13, wireEnd: wireEnd)
        case .fibreChannelIP: try decodeLLCLink(frame, at: offset, header: 16, wireEnd: wireEnd)
        case .sunATM: try decodeLLCLink(frame, at: offset, header: 4, wireEnd: wireEnd)
        case .atm, .atmDLT: try decodeLLCLink(frame, at: offset, header: 0, wireEnd: wireEnd)
        case .ipOverInfiniBand: try decodeTyped(frame, at: offset, type: 40, header: 44, wireEnd: wireEnd)
        case .ieee1394: try decodeTyped(frame, at: offset, type: 16, header: 18, wireEnd: wireEnd)
        case .juniperEthernet, .juniperPPP, .juniperFrameRelay, .juniperCiscoHDLC:
            try decodeJuniper(frame, linkType, at: offset, wireEnd: wireEnd)
        case .slip: try decodeRawIP(frame, at: offset &+ 16, wireEnd: wireEnd)
        case .enc: try decodeRawIP(frame, at: offset &+ 12, wireEnd: wireEnd)
        case .ipnet: try decodeRawIP(frame, at: offset &+ 24, wireEnd: wireEnd)
        case .pflog:
            // A length that leaves out the padding to a whole word.
            try frame.require(1, at: offset, for: .link)
            try decodeRawIP(frame, at: offset &+ ((Int(frame[offset]) &+ 3) & ~3), wireEnd: wireEnd)
        default: throw DecodeError(.link, at: offset, .unknownProtocol(linkType.rawValue))
        }
    }

    private mutating func decodeRawIP(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        link = .rawIP
        moveOn(to: offset, wireEnd: wireEnd)
        try decodeIP(frame, at: offset, wireEnd: wireEnd)
    }

    private mutating func decodeJuniper(
        _ frame: Span<UInt8>, _ linkType: LinkType, at offset: Int, wireEnd: Int
    ) throws(DecodeError) {
        let header = try JuniperHeader(decoding: frame, at: offset)
        let start = offset &+ header.length
        guard header.hasLinkHeader else { return try decodeRawIP(frame, at: start, wireEnd: wireEnd) }
        switch linkType {
        case .juniperEthernet: try decodeEthernet(frame, at: start, wireEnd: wireEnd)
        case .juniperPPP: try decodePPP(frame, at: start, wireEnd: wireEnd, isOutermost: true)
        case .juniperFrameRelay: try decodeFrameRelay(frame, at: start, wireEnd: wireEnd)
        default: try decodeHDLC(frame, at: start, wireEnd: wireEnd)
        }
    }

    /// Cooked headers hold small numbers for what has no EtherType: 4 is a bare LLC frame
    /// (linux/if_ether.h, ETH_P_802_2).
    private mutating func decodeCooked(
        _ frame: Span<UInt8>, _ etherType: EtherType, at offset: Int, wireEnd: Int
    ) throws(DecodeError) {
        if etherType.rawValue == 4 { return try decodeLLC(frame, at: offset, wireEnd: wireEnd) }
        try decode(frame, etherType, at: offset, wireEnd: wireEnd)
    }

    private mutating func decodeHDLC(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try CiscoHDLCHeader(decoding: frame, at: offset)
        // RFC 1662's address: some devices speak PPP on the same line.
        if header.address == 0xFF { return try decodePPP(frame, at: offset, wireEnd: wireEnd, isOutermost: true) }
        link = .other
        try decode(frame, header.etherType, at: offset &+ CiscoHDLCHeader.length, wireEnd: wireEnd)
    }

    private mutating func decodeFrameRelay(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try FrameRelayHeader(decoding: frame, at: offset)
        link = .other
        let start = offset &+ header.length
        moveOn(to: start, wireEnd: wireEnd)
        switch header.content {
        case .etherType(let type): try decode(frame, type, at: start, wireEnd: wireEnd)
        case .snap(0, let type): try decode(frame, EtherType(rawValue: type), at: start, wireEnd: wireEnd)
        // RFC 2427 section 4.2: bridged Ethernet, with its checksum and without.
        case .snap(0x80C2, 1), .snap(0x80C2, 7): try decodeEthernet(frame, at: start, wireEnd: wireEnd)
        case .ppp: try decodePPP(frame, at: start, wireEnd: wireEnd, isOutermost: false)
        case .snap(_, let type): throw DecodeError(.frameRelay, at: offset, .unknownProtocol(UInt32(type)))
        case nil: throw DecodeError(.frameRelay, at: offset, .unknownProtocol(UInt32(frame[start &- 1])))
        }
    }

    private mutating func decodeARCnet(
        _ frame: Span<UInt8>, at offset: Int, wireEnd: Int, isLinux: Bool
    ) throws(DecodeError) {
        let header = try ARCnetHeader(decoding: frame, at: offset, isLinux: isLinux)
        link = .other
        moveOn(to: offset &+ header.length, wireEnd: wireEnd)
        guard let etherType = header.etherType, !header.isContinuation else {
            throw DecodeError(.arcnet, at: offset, .unknownProtocol(UInt32(header.protocolID)))
        }
        try decode(frame, etherType, at: offset &+ header.length, wireEnd: wireEnd)
    }

    private mutating func decodeERF(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try ERFHeader(decoding: frame, at: offset)
        moveOn(to: offset &+ header.length, wireEnd: wireEnd)
        guard let linkType = header.linkType else {
            throw DecodeError(.erf, at: offset, .unknownProtocol(UInt32(header.type)))
        }
        let end = Swift.min(wireEnd, offset &+ header.length &+ header.wireLength)
        try decodeLink(frame, linkType, at: offset &+ header.length, wireEnd: end)
    }

    private mutating func decodeWLAN(
        _ frame: Span<UInt8>, at offset: Int, wireEnd: Int, isPadded: Bool = false
    ) throws(DecodeError) {
        link = .other
        moveOn(to: offset, wireEnd: wireEnd)
        let header = try WLANHeader(decoding: frame, at: offset, isPadded: isPadded)
        link = .ieee80211(header)
        let end = header.aggregateEnd.map { Swift.min(wireEnd, offset &+ $0) } ?? wireEnd
        try decodeLLC(frame, at: offset &+ header.length, wireEnd: end)
    }

    private mutating func decodeLLCLink(
        _ frame: Span<UInt8>, at offset: Int, header: Int, wireEnd: Int
    ) throws(DecodeError) {
        try frame.require(header, at: offset, for: .link)
        link = .other
        try decodeLLC(frame, at: offset &+ header, wireEnd: wireEnd)
    }

    /// A header whose EtherType stands at a fixed place.
    private mutating func decodeTyped(
        _ frame: Span<UInt8>, at offset: Int, type: Int, header: Int, wireEnd: Int
    ) throws(DecodeError) {
        try frame.require(header, at: offset, for: .link)
        link = .other
        let etherType = EtherType(rawValue: frame.uint16(at: offset &+ type))
        try decode(frame, etherType, at: offset &+ header, wireEnd: wireEnd)
    }

    /// Ethernet whose type stands behind a switch's tag.
    private mutating func decodeTagged(
        _ frame: Span<UInt8>, at offset: Int, tag: Int, wireEnd: Int
    ) throws(DecodeError) {
        var header = try EthernetHeader(decoding: frame, at: offset)
        try frame.require(EthernetHeader.length &+ tag, at: offset, for: .ethernet)
        header.typeOrLength = frame.uint16(at: offset &+ tag &+ 12)
        link = .ethernet(header)
        try decodeTypeOrLength(
            frame, header.typeOrLength, at: offset &+ EthernetHeader.length &+ tag, wireEnd: wireEnd)
    }

    private mutating func decodeTokenRing(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        try frame.require(15, at: offset, for: .link)
        var header = 14
        if frame[offset &+ 8] & 0x80 != 0 { header &+= Int(frame[offset &+ 14] & 0x1F) }
        try decodeLLCLink(frame, at: offset, header: header, wireEnd: wireEnd)
    }
}
