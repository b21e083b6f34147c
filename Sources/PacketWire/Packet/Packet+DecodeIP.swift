extension Packet {
    /// Reads an IP header of either version and all behind it. `wireEnd` is where the link says the frame
    /// ended; `expecting`, which version it announced.
    mutating func decodeIP(
        _ frame: Span<UInt8>, at offset: Int, wireEnd: Int, expecting version: UInt8? = nil
    ) throws(DecodeError) {
        networkOffset = offset
        try frame.require(1, at: offset, for: version == nil ? .ip : version == 4 ? .ipv4 : .ipv6)
        let found = frame[offset] >> 4
        if let version, version != found { anomalies.insert(.versionMismatch) }
        switch found {
        case 4: try decodeIPv4(frame, at: offset, wireEnd: wireEnd)
        case 6: try decodeIPv6(frame, at: offset, wireEnd: wireEnd)
        default: throw DecodeError(.ip, at: offset, .badVersion(found))
        }
    }

    @inline(__always)
    private mutating func decodeIPv4(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try IPv4Header(decoding: frame, at: offset)
        network = .ipv4(header)
        let start = offset &+ header.headerLength
        if header.headerLength > IPv4Header.minimumLength {
            moveOn(to: start, wireEnd: wireEnd)
            try frame.require(header.headerLength, at: offset, for: .ipv4)
        }
        var length = Int(header.totalLength)
        if length == 0 {
            anomalies.insert(.lengthFromFrame)
            length = Swift.max(wireEnd &- offset, header.headerLength)
        } else if length < header.headerLength {
            moveOn(to: start, wireEnd: start)
            throw DecodeError(.ipv4, at: offset &+ 2, .badLength(found: length, minimum: header.headerLength))
        }
        var end = offset &+ length
        if end > wireEnd {
            // What the header promises beyond the frame was never on the wire, and is no payload.
            anomalies.insert(.lengthBeyondFrame)
            end = Swift.max(wireEnd, start)
        }
        // Nearly every packet has nothing of this: one comparison each.
        if header.flagsAndFragmentOffset & 0xBFFF != 0 || header.source.rawValue >= 0xE000_0000
            || header.headerLength > IPv4Header.minimumLength
        {
            noteRareIPv4(frame, header, length: length)
        }
        var next = header.protocolNumber
        var transportStart = start
        if next == .ah, fragment?.isFirst ?? true {
            var chain = IPv6Extensions(next: next, at: start)
            try chain.decode(frame.extracting(0..<Swift.min(frame.count, offset &+ length)))
            extensions = chain.kinds
            next = chain.next
            transportStart = chain.end
        }
        try decodeTransport(frame, next, at: transportStart, wireEnd: end, promisedEnd: offset &+ length)
    }

    /// What few packets have: a fragment's place, options, a source that is none.
    @inline(never)
    private mutating func noteRareIPv4(_ frame: Span<UInt8>, _ header: IPv4Header, length: Int) {
        if header.reservedFlag { anomalies.insert(.reservedIPFlag) }
        if header.source.isMulticast || header.source == .broadcast { anomalies.insert(.sourceNotUnicast) }
        if header.headerLength > IPv4Header.minimumLength {
            noteIPv4Options(frame, networkOffset &+ header.headerLength)
        }
        fragment = header.fragment
        if let fragment, fragment.offset &+ length &- header.headerLength > 65_535 {
            anomalies.insert(.fragmentOverflow)
        }
    }

    private mutating func noteIPv4Options(_ frame: Span<UInt8>, _ end: Int) {
        anomalies.insert(.ipv4Options)
        let range = networkOffset &+ IPv4Header.minimumLength..<end
        var hasSourceRoute = false
        let isWellFormed = IPv4Option.walk(frame, range) { kind, _ in
            if kind == IPv4Option.looseSourceRoute || kind == IPv4Option.strictSourceRoute { hasSourceRoute = true }
        }
        if !isWellFormed { anomalies.insert(.malformedIPv4Options) }
        guard hasSourceRoute else { return }
        anomalies.insert(.sourceRoute)
        // Who answers, and what the transport's checksum is about.
        if case .ipv4(var header) = network, let last = IPv4Option.finalDestination(frame, range) {
            header.destination = last
            network = .ipv4(header)
        }
    }

    @inline(__always)
    private mutating func decodeIPv6(_ frame: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        let header = try IPv6Header(decoding: frame, at: offset)
        network = .ipv6(header)
        if header.source.isMulticast { anomalies.insert(.sourceNotUnicast) }
        let start = offset &+ IPv6Header.length
        let room = Swift.max(wireEnd &- start, 0)
        var length = Int(header.payloadLength)
        var chain = IPv6Extensions(next: header.nextHeader, at: start)
        if length == 0, room > 65_535 || header.nextHeader == .hopByHopOptions {
            // A jumbogram says its length in an option; Linux's BIG TCP leaves even that out.
            if header.nextHeader != .hopByHopOptions { anomalies.insert(.lengthFromFrame) }
            length = room
        }
        if length > room { anomalies.insert(.lengthBeyondFrame) }
        moveOn(to: start, wireEnd: start &+ Swift.min(length, room))
        if chain.isAtExtension {
            defer { note(chain) }
            try chain.decode(frame.extracting(0..<Swift.min(frame.count, start &+ length)))
            if header.payloadLength == 0, let jumboLength = chain.jumboLength {
                length = Int(jumboLength)
                if length > room { anomalies.insert(.lengthBeyondFrame) }
            }
            if let fragment = chain.fragment, fragment.offset &+ (start &+ length &- chain.end) > 65_535 {
                anomalies.insert(.fragmentOverflow)
            }
        }
        try decodeTransport(
            frame, chain.next, at: chain.end, wireEnd: start &+ Swift.min(length, room), promisedEnd: start &+ length)
    }

    private mutating func note(_ chain: IPv6Extensions) {
        extensions = chain.kinds
        segmentsLeft = chain.segmentsLeft
        fragment = chain.fragment
        if chain.isOutOfOrder { anomalies.insert(.extensionOrder) }
        if chain.fragment?.isAtomic ?? false { anomalies.insert(.atomicFragment) }
    }

    /// Reads the transport header that begins at `offset` and whose packet ends at `wireEnd`; its checksum is over what
    /// the IP header promises.
    private mutating func decodeTransport(
        _ frame: Span<UInt8>, _ next: IPProtocol, at offset: Int, wireEnd: Int, promisedEnd: Int
    ) throws(DecodeError) {
        transportOffset = offset
        transportLengthOnWire = Swift.max(promisedEnd &- offset, 0)
        transportNumber = next
        if let fragment, !fragment.isFirst {
            moveOn(to: offset, wireEnd: wireEnd)
            transportKind = .fragment
            return
        }
        let bytes = frame.extracting(0..<Swift.min(frame.count, wireEnd))
        do throws(DecodeError) {
            switch next {
            case .tcp: try decodeTCP(bytes, at: offset, wireEnd: wireEnd)
            case .udp: try decodeUDP(bytes, at: offset, wireEnd: wireEnd)
            case .icmpv4 where family == .v4: try decodeICMP(bytes, at: offset, wireEnd: wireEnd, .v4)
            case .icmpv6 where family == .v6: try decodeICMP(bytes, at: offset, wireEnd: wireEnd, .v6)
            default: return try decodeOther(bytes, next, at: offset, wireEnd: wireEnd)
            }
        } catch {
            if fragment?.moreFragments ?? false { anomalies.insert(.tinyFragment) }
            // Unless it was a tunnel, and the error is about a packet inside.
            if transportKind == .none, transportOffset == offset {
                moveOn(to: offset, wireEnd: wireEnd)
                noteFront(bytes, next, at: offset, isCut: frame.count < wireEnd)
            }
            throw error
        }
    }

    /// What stands in front of the end of a header that is not whole. Where the capture cut it, and not its sender, TCP
    /// goes on with all that a connection is followed by.
    private mutating func noteFront(_ bytes: Span<UInt8>, _ next: IPProtocol, at offset: Int, isCut: Bool) {
        guard next == .tcp || next == .udp, bytes.available(from: offset) >= 4 else { return }
        if next == .tcp, isCut, bytes.available(from: offset) >= TCPHeader.frontLength,
            (try? tcpStorage.decodeFront(bytes, at: offset)) != nil
        {
            transportKind = .tcp
            if bytes.available(from: offset) >= 18 { tcpStorage.checksum = bytes.uint16(at: offset &+ 16) }
            moveOn(to: offset &+ tcpStorage.headerLength, wireEnd: offset &+ transportLengthOnWire)
            return
        }
        transportKind = .portsOnly
        tcpStorage.sourcePort = bytes.uint16(at: offset)
        tcpStorage.destinationPort = bytes.uint16(at: offset &+ 2)
    }

    /// A protocol without a header that is decoded here: at most a tunnel. The first of several fragments is
    /// not entered, because the rest of its packet is elsewhere: see `FragmentReassembler`.
    private mutating func decodeOther(
        _ bytes: Span<UInt8>, _ next: IPProtocol, at offset: Int, wireEnd: Int
    ) throws(DecodeError) {
        moveOn(to: offset, wireEnd: wireEnd)
        transportKind = .other
        if fragment?.isAtomic ?? true { try enterTunnel(bytes, next, at: offset, wireEnd: wireEnd) }
    }

    @inline(__always)
    private mutating func decodeTCP(_ bytes: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        try tcpStorage.decode(bytes, at: offset)
        transportKind = .tcp
        if tcpStorage.options.isMalformed { anomalies.insert(.malformedTCPOptions) }
        let flags = tcpStorage.flags
        // An acknowledgement without SYN, FIN, RST or reserved bits, which nearly all are, is nothing odd.
        if flags.rawValue & 0xE17 != TCPFlags.ack.rawValue { noteRareFlags(flags) }
        if tcpStorage.sourcePort == 0 || tcpStorage.destinationPort == 0 { anomalies.insert(.portZero) }
        let start = offset &+ tcpStorage.headerLength
        moveOn(to: start, wireEnd: wireEnd)
        // The header goes on after its packet, or after the capture.
        if start > wireEnd || start > bytes.count {
            throw DecodeError(
                .tcp, at: offset,
                .truncated(needed: tcpStorage.headerLength, available: bytes.available(from: offset)))
        }
    }

    private mutating func noteRareFlags(_ flags: TCPFlags) {
        if flags.contains(.syn) && !flags.isDisjoint(with: [.fin, .rst])
            || flags.isDisjoint(with: [.syn, .ack, .rst, .fin])
        {
            anomalies.insert(.impossibleTCPFlags)
        }
        if !flags.isDisjoint(with: .reserved) { anomalies.insert(.reservedTCPFlags) }
    }

    @inline(__always)
    private mutating func decodeUDP(_ bytes: Span<UInt8>, at offset: Int, wireEnd: Int) throws(DecodeError) {
        udpStorage = try UDPHeader(decoding: bytes, at: offset)
        transportKind = .udp
        if udpStorage.destinationPort == 0 { anomalies.insert(.portZero) }
        let start = offset &+ UDPHeader.length
        let length = Int(udpStorage.totalLength)
        var end = wireEnd
        if length != wireEnd &- offset, fragment == nil {
            // 0 is what jumbograms and segmentation offload say; both take IP's length.
            if length != 0 || !anomalies.contains(.lengthFromFrame) && wireEnd &- offset <= 65_535 {
                anomalies.insert(.udpLengthMismatch)
            }
            if length >= UDPHeader.length { end = Swift.min(wireEnd, offset &+ length) }
        }
        moveOn(to: start, wireEnd: end)
        let (source, destination) = (udpStorage.sourcePort, udpStorage.destinationPort)
        let isTunnelPort = Self.mayBeTunnel(destination)
        if isTunnelPort || Self.mayBeTunnel(source), fragment?.isAtomic ?? true {
            try enterUDPTunnel(bytes, isTunnelPort ? destination : source, at: start, wireEnd: end)
        }
    }

    private mutating func decodeICMP(
        _ bytes: Span<UInt8>, at offset: Int, wireEnd: Int, _ family: IPFamily
    ) throws(DecodeError) {
        let message = try ICMPMessage(decoding: bytes, at: offset, family: family)
        transportKind = .icmp
        icmpStorage = message
        moveOn(to: offset &+ ICMPMessage.headerLength, wireEnd: wireEnd)
        if message.isError, message.quoted == nil { anomalies.insert(.unreadableQuote) }
        if message.hasUncompliantExtensions { anomalies.insert(.uncompliantExtensions) }
        if family == .v6, ICMPv6.MessageType(rawValue: message.type).isNeighborDiscovery {
            if timeToLive != 255 { anomalies.insert(.forwardedNeighborDiscovery) }
            if message.neighborDiscovery?.isMalformed ?? true { anomalies.insert(.malformedNeighborDiscovery) }
        }
    }
}
