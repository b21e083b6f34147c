/// Tunnels over IP: into the packet that they carry, where there is one.
extension Packet {
    /// Whether a datagram to or from this port may be a tunnel's. A wrong guess costs little: what does not read
    /// as a tunnelled packet stays a datagram.
    @inline(__always)
    static func mayBeTunnel(_ port: UInt16) -> Bool {
        switch port {
        case 4789, 8472, 6081, 2152, 3386, 3544, 1701, 4341, 4790, 4754, 6635, 37008: true
        default: false
        }
    }

    /// Reads what an IP packet with this protocol carries; leaves everything as it is where that is no packet.
    /// `bytes` and `wireEnd` end with the outer packet.
    @inline(never)
    mutating func enterTunnel(
        _ bytes: Span<UInt8>, _ proto: IPProtocol, at offset: Int, wireEnd: Int
    ) throws(DecodeError) {
        let outer = self
        readableEnd = Swift.min(readableEnd, bytes.count)
        do throws(DecodeError) {
            switch proto {
            case .ipv4:
                try beginInside(family == .v4 ? .ipv4InIPv4 : .ipv4InIPv6, 0)
                try decodeIP(bytes, at: offset, wireEnd: wireEnd, expecting: 4)
            case .ipv6:
                try beginInside(family == .v4 ? .ipv6InIPv4 : .ipv6InIPv6, 0)
                try decodeIP(bytes, at: offset, wireEnd: wireEnd, expecting: 6)
            case .gre: try decodeGRE(bytes, at: offset, wireEnd: wireEnd)
            case .etherIP:
                // RFC 3378 section 2: version 3 and twelve reserved bits.
                try beginInside(.etherIP, 0)
                try decodeEthernet(bytes, at: offset &+ 2, wireEnd: wireEnd)
            case .ethernet:
                try beginInside(.etherIP, 0)
                try decodeEthernet(bytes, at: offset, wireEnd: wireEnd)
            case .mplsInIP:
                try beginInside(.mplsInIP, 0)
                try decodeMPLS(bytes, at: offset, wireEnd: wireEnd)
            default: self = outer
            }
        } catch {
            try leave(to: outer, error)
        }
    }

    @inline(never)
    mutating func enterUDPTunnel(
        _ bytes: Span<UInt8>, _ port: UInt16, at offset: Int, wireEnd: Int
    ) throws(DecodeError) {
        let outer = self
        readableEnd = Swift.min(readableEnd, bytes.count)
        do throws(DecodeError) {
            switch port {
            case 4789, 8472, 4790:
                let header = try VXLANHeader(decoding: bytes, at: offset)
                try beginInside(.vxlan, header.network)
                let start = offset &+ VXLANHeader.length
                if port == 4790 {
                    try decodeOverlay(bytes, header.nextProtocol, at: start, wireEnd: wireEnd)
                } else {
                    try decodeEthernet(bytes, at: start, wireEnd: wireEnd)
                }
            case 6081:
                let header = try GeneveHeader(decoding: bytes, at: offset)
                try beginInside(.geneve, header.network)
                try decode(
                    bytes, EtherType(rawValue: header.protocolType), at: offset &+ header.length, wireEnd: wireEnd)
            case 2152, 3386: try decodeGTP(bytes, at: offset, wireEnd: wireEnd)
            case 3544:
                let header = try TeredoHeader(decoding: bytes, at: offset)
                try beginInside(.teredo, 0)
                try decodeIP(bytes, at: offset &+ header.length, wireEnd: wireEnd, onlyVersion: 6)
            case 1701: try decodeL2TP(bytes, at: offset, wireEnd: wireEnd)
            case 4341:
                // RFC 9300 section 5.1: eight bytes, of which the instance counts only behind the I flag.
                try bytes.require(8, at: offset, for: .tunnel)
                let hasInstance = bytes[offset] & 0x08 != 0
                try beginInside(.lisp, hasInstance ? bytes.uint32(at: offset &+ 4) >> 8 : 0)
                try decodeIP(bytes, at: offset &+ 8, wireEnd: wireEnd)
            case 4754: try decodeGRE(bytes, at: offset, wireEnd: wireEnd)
            case 6635:
                try beginInside(.mplsInIP, 0)
                try decodeMPLS(bytes, at: offset, wireEnd: wireEnd)
            case 37008:
                let header = try TZSPHeader(decoding: bytes, at: offset)
                guard header.encapsulated == 1 else {
                    throw DecodeError(.tzsp, at: offset, .unknownProtocol(UInt32(header.encapsulated)))
                }
                try beginInside(.tzsp, 0)
                try decodeEthernet(bytes, at: offset &+ header.length, wireEnd: wireEnd)
            default: self = outer
            }
        } catch {
            try leave(to: outer, error)
        }
    }

    /// From here on, everything is about the packet inside.
    private mutating func beginInside(_ kind: Encapsulation.Kind, _ identifier: UInt32) throws(DecodeError) {
        try wrap(kind, identifier, at: networkOffset, .tunnel)
        link = .rawIP
        network = nil
        extensions = []
        segmentsLeft = 0
        fragment = nil
        transportKind = .none
        transportNumber = IPProtocol(rawValue: 0)
        transportOffset = 0
        transportLengthOnWire = 0
        anomalies = []
    }

    /// Nothing inside could be read: then this is the outer packet and no more. Else the inner one, and what
    /// stopped it.
    private mutating func leave(to outer: Packet, _ error: DecodeError) throws(DecodeError) {
        if encapsulations.total > outer.encapsulations.total, network != nil { throw error }
        let isTooDeep = encapsulations.total >= Encapsulations.limit
        self = outer
        if isTooDeep { throw error }
    }

    private mutating func decodeGRE(_ bytes: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try GREHeader(decoding: bytes, at: offset)
        let start = offset &+ header.length
        let key = header.key ?? 0
        switch header.protocolType {
        case GREHeader.ppp:
            // Version 1's key is the payload's length and the call.
            try beginInside(header.version == 1 ? .pptp : .gre, header.version == 1 ? key & 0xFFFF : key)
            try decodePPP(bytes, at: start, wireEnd: wireEnd, isOutermost: false)
        case GREHeader.bridge:
            // RFC 7637 section 3.2: a key, neither checksum nor sequence number.
            let isNVGRE = header.key != nil && !header.hasChecksum && header.sequenceNumber == nil
            try beginInside(isNVGRE ? .nvgre : .gre, isNVGRE ? key >> 8 : key)
            try decodeEthernet(bytes, at: start, wireEnd: wireEnd)
        case GREHeader.erspan, GREHeader.erspanIII:
            let mirror = try ERSPANHeader(decoding: bytes, at: start, header)
            try beginInside(.erspan, UInt32(mirror.session))
            try decodeEthernet(bytes, at: start &+ mirror.length, wireEnd: wireEnd)
        case GREHeader.wccp:
            try beginInside(.gre, key)
            try bytes.require(1, at: start, for: .gre)
            try decodeIP(bytes, at: bytes[start] >> 4 == 4 ? start : start &+ 4, wireEnd: wireEnd, expecting: 4)
        default:
            try beginInside(.gre, key)
            try decode(bytes, EtherType(rawValue: header.protocolType), at: start, wireEnd: wireEnd)
        }
    }

    /// VXLAN-GPE's and the service header's numbers.
    mutating func decodeOverlay(
        _ bytes: Span<UInt8>, _ nextProtocol: UInt8, at offset: Int, wireEnd: Int
    ) throws(DecodeError) {
        switch nextProtocol {
        case 1: try decodeIP(bytes, at: offset, wireEnd: wireEnd, expecting: 4)
        case 2: try decodeIP(bytes, at: offset, wireEnd: wireEnd, expecting: 6)
        case 3: try decodeEthernet(bytes, at: offset, wireEnd: wireEnd)
        case 4: try decodeServiceHeader(bytes, at: offset, wireEnd: wireEnd)
        case 5: try decodeMPLS(bytes, at: offset, wireEnd: wireEnd)
        default: throw DecodeError(.tunnel, at: offset, .unknownProtocol(UInt32(nextProtocol)))
        }
    }

    private mutating func decodeGTP(_ bytes: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try GTPHeader(decoding: bytes, at: offset)
        guard header.messageType == GTPHeader.userData else {
            throw DecodeError(.gtp, at: offset, .unknownProtocol(UInt32(header.messageType)))
        }
        try beginInside(.gtp, header.endpoint)
        let start = offset &+ header.length
        let end = Swift.min(wireEnd, offset &+ header.end)
        // 3GPP TS 23.501 section 5.6.10.2: a session of type Ethernet. Nothing in the header says which type it is.
        try bytes.require(1, at: start, for: .gtp)
        guard bytes[start] >> 4 == 4 || bytes[start] >> 4 == 6 || !hasKnownType(bytes, at: start) else {
            return try decodeEthernet(bytes, at: start, wireEnd: end)
        }
        try decodeIP(bytes, at: start, wireEnd: end)
    }

    private mutating func decodeL2TP(_ bytes: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try L2TPHeader(decoding: bytes, at: offset)
        guard !header.isControl else { throw DecodeError(.l2tp, at: offset, .unknownProtocol(0)) }
        try beginInside(.l2tp, UInt32(header.tunnel) << 16 | UInt32(header.session))
        let end = header.end.map { Swift.min(wireEnd, offset &+ $0) } ?? wireEnd
        try decodePPP(bytes, at: offset &+ header.length, wireEnd: end, isOutermost: false)
    }

    /// For tunnels that carry one version only: another one is no packet of theirs.
    private mutating func decodeIP(
        _ bytes: Span<UInt8>, at offset: Int, wireEnd: Int, onlyVersion version: UInt8
    ) throws(DecodeError) {
        try bytes.require(1, at: offset, for: .ip)
        guard bytes[offset] >> 4 == version else { throw DecodeError(.ip, at: offset, .badVersion(bytes[offset] >> 4)) }
        try decodeIP(bytes, at: offset, wireEnd: wireEnd)
    }
}
