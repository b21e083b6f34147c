import PacketWire

/// What we say of a packet, under the names that Wireshark gives its fields. A packet within a packet gives a
/// field twice: outer headers first, then the packet itself, then the one that an ICMP error quotes.
struct OurFields {
    private(set) var values: [String: [String]] = [:]
    /// Those of a header that is not whole.
    private(set) var cutFields: Set<String> = []

    mutating func add(_ field: String, _ value: some CustomStringConvertible) {
        values[field, default: []].append(value.description)
    }

    mutating func add(_ field: String, _ value: (some CustomStringConvertible)?) {
        if let value { add(field, value) }
    }

    private mutating func add(_ field: String, _ value: Bool) {
        add(field, value ? 1 : 0)
    }

    init(_ packet: Packet, _ frame: Span<UInt8>) {
        addEncapsulations(packet, frame)
        switch packet.network {
        // Where the header leaves the length out, tshark shows that of the frame.
        case .ipv4(let header): add(header, frameLength: packet.originalLength - packet.networkOffset)
        case .ipv6(let header): add(header)
        case .arp(let packet): add(packet)
        case nil: break
        }
        if packet.family == .v6, let fragment = packet.fragment {
            add("ipv6.fraghdr.offset", fragment.offset / 8)
            add("ipv6.fraghdr.more", fragment.moreFragments)
            add("ipv6.fraghdr.ident", fragment.identification)
        }
        if let tcp = packet.tcp { add(tcp, packet, frame) }
        if let udp = packet.udp { add(udp) }
        if packet.transport == nil, let cut = packet.cutHeader(in: frame) {
            addFront(of: cut, packet)
        } else if packet.transport == nil, let ports = packet.ports {
            let next = packet.networkProtocol(in: frame) == .tcp ? "tcp" : "udp"
            add("\(next).srcport", ports.source)
            add("\(next).dstport", ports.destination)
        }
        if let icmp = packet.icmp { add(icmp) }
        if let quoted = packet.icmp?.quoted { add(quoted, frame) }
        if let cut = packet.cutQuote(in: frame) { add(cut) }
        addEmptyOverlay(packet, frame)
        addPayload(packet, frame)
    }

    /// Of a header that is not whole. Of IPv4's the fixed fields may all be there, and only options be cut: then it is
    /// among the others.
    private mutating func addFront(of header: CutHeader, _ packet: Packet) {
        if case .ipv4 = header, case .ipv4 = packet.network { return }
        let before = values
        add(header)
        cutFields = Set(values.keys.filter { values[$0] != before[$0] })
    }

    private mutating func addEncapsulations(_ packet: Packet, _ frame: Span<UInt8>) {
        for layer in packet.encapsulations {
            switch layer.kind {
            // Cisco's, for which tshark has a field of another name.
            case .vlan where layer.rawIdentifier >> 16 == 0: break
            case .vlan:
                let isService = layer.rawIdentifier >> 16 == UInt32(EtherType.serviceVLAN.rawValue)
                add(isService ? "ieee8021ad.id" : "vlan.id", layer.identifier)
            case .mpls: add("mpls.label", layer.identifier)
            case .pppoe: add("pppoe.session_id", layer.identifier)
            case .vxlan: add("vxlan.vni", layer.identifier)
            case .geneve: add("geneve.vni", layer.identifier)
            case .gtp: add("gtp.teid", layer.identifier)
            default: break
            }
            guard layer.isTunnel, let offset = layer.offset else { continue }
            var transport = offset
            var next = IPProtocol.udp
            if frame[offset] >> 4 == 4, let header = try? IPv4Header(decoding: frame, at: offset) {
                add(header)
                transport += header.headerLength
                next = header.protocolNumber
            } else if let header = try? IPv6Header(decoding: frame, at: offset) {
                add(header)
                var chain = IPv6Extensions(next: header.nextHeader, at: offset + IPv6Header.length)
                try? chain.decode(frame)
                transport = chain.end
                next = chain.next
            }
            if next == .udp, let header = try? UDPHeader(decoding: frame, at: transport) { add(header) }
        }
    }

    /// - Parameter finalDestination: behind a source route, which tshark shows in the place of the header's.
    private mutating func add(
        _ header: IPv4Header, frameLength: Int = 0, finalDestination: IPAddress? = nil
    ) {
        add("ip.src", header.source)
        add("ip.dst", finalDestination ?? .v4(header.destination))
        add("ip.proto", header.protocolNumber.rawValue)
        add("ip.ttl", header.timeToLive)
        add("ip.len", header.totalLength == 0 ? frameLength : Int(header.totalLength))
        add("ip.hdr_len", header.headerLength)
        add("ip.id", header.identification)
        add("ip.flags.df", header.dontFragment)
        add("ip.flags.mf", header.moreFragments)
        // tshark prints the field in its own unit of eight bytes.
        add("ip.frag_offset", header.fragmentOffset / 8)
        add("ip.dsfield", header.trafficClass)
        add("ip.checksum", header.checksum)
    }

    private mutating func add(_ header: IPv6Header) {
        add("ipv6.src", header.source)
        add("ipv6.dst", header.destination)
        add("ipv6.nxt", header.nextHeader.rawValue)
        add("ipv6.hlim", header.hopLimit)
        add("ipv6.plen", header.payloadLength)
        add("ipv6.tclass", header.trafficClass)
        add("ipv6.flow", header.flowLabel)
    }

    private mutating func add(_ packet: ARPPacket) {
        add("arp.opcode", packet.operation.rawValue)
        add("arp.src.proto_ipv4", packet.senderAddress)
        add("arp.dst.proto_ipv4", packet.targetAddress)
        guard packet.hardwareAddressLength == 6 else { return }
        add("arp.src.hw_mac", packet.senderHardwareAddress)
        add("arp.dst.hw_mac", packet.targetHardwareAddress)
    }

    private mutating func add(_ header: TCPHeader, _ packet: Packet, _ frame: Span<UInt8>) {
        add("tcp.srcport", header.sourcePort)
        add("tcp.dstport", header.destinationPort)
        add("tcp.seq", header.sequenceNumber)
        add("tcp.ack", header.acknowledgementNumber)
        add("tcp.flags", header.flags.rawValue)
        add("tcp.window_size_value", header.window)
        // The capture may end before these.
        let available = frame.count - packet.transportOffset
        if available >= 18 { add("tcp.checksum", header.checksum) }
        if available >= 20 { add("tcp.urgent_pointer", header.urgentPointer) }
        add("tcp.hdr_len", header.headerLength)
        // How long the segment is, the first fragment does not tell, and neither does a header that is not whole.
        let onWire = min(packet.transportLengthOnWire, packet.originalLength - packet.transportOffset)
        if header.headerLength <= onWire, packet.fragment?.isAtomic ?? true {
            add("tcp.len", packet.payloadLengthOnWire)
        }
        guard let range = packet.tcpOptionsRange else { return }
        var cursor = TCPOptionCursor(range)
        while let option = cursor.next(in: frame) { add("tcp.option_kind", option.kind) }
        let options = header.options
        add("tcp.options.mss_val", options.maximumSegmentSize)
        add("tcp.options.wscale.shift", options.windowScale)
        add("tcp.options.timestamp.tsval", options.timestamps?.value)
        add("tcp.options.timestamp.tsecr", options.timestamps?.echoReply)
        for index in 0..<options.sackBlocks.count {
            add("tcp.options.sack_le", options.sackBlocks[index]?.left)
            add("tcp.options.sack_re", options.sackBlocks[index]?.right)
        }
        add("tcp.options.mptcp.subtype", options.multipathSubtype?.rawValue)
        add("tcp.options.user_to_val", options.userTimeout.map { $0 < 0x8000 ? $0 : $0 / 60 })
    }

    private mutating func add(_ header: UDPHeader) {
        add("udp.srcport", header.sourcePort)
        add("udp.dstport", header.destinationPort)
        add("udp.length", header.totalLength)
        add("udp.checksum", header.checksum)
    }

    private mutating func add(_ message: ICMPMessage) {
        let name = message.family == .v4 ? "icmp" : "icmpv6"
        add("\(name).type", message.type)
        add("\(name).code", message.code)
        add("\(name).checksum", message.checksum)
        if message.family == .v4 {
            add("icmp.ident", message.queryIdentifier)
            add("icmp.seq", message.querySequence)
            if message.type == 3, message.code == 4 { add("icmp.mtu", message.restOfHeader & 0xFFFF) }
        } else {
            add("icmpv6.echo.identifier", message.echoIdentifier)
            add("icmpv6.echo.sequence_number", message.echoSequence)
            if message.type == 2 { add("icmpv6.mtu", message.restOfHeader) }
        }
        switch message.neighborDiscovery?.type {
        case .neighborSolicitation: add("icmpv6.nd.ns.target_address", message.neighborDiscovery?.target)
        case .neighborAdvertisement: add("icmpv6.nd.na.target_address", message.neighborDiscovery?.target)
        case .redirect: add("icmpv6.nd.rd.target_address", message.neighborDiscovery?.target)
        default: break
        }
    }

    private mutating func add(_ quoted: QuotedPacket, _ frame: Span<UInt8>) {
        switch quoted.family {
        case .v4:
            guard let header = try? IPv4Header(decoding: frame, at: quoted.range.lowerBound) else { return }
            add(header, finalDestination: quoted.destination)
        case .v6:
            guard let header = try? IPv6Header(decoding: frame, at: quoted.range.lowerBound) else { return }
            add(header)
        }
        let name = quoted.protocolNumber == .tcp ? "tcp" : "udp"
        if quoted.protocolNumber == .tcp || quoted.protocolNumber == .udp {
            add("\(name).srcport", quoted.sourcePort)
            add("\(name).dstport", quoted.destinationPort)
        }
        add("tcp.seq", quoted.sequenceNumber)
        add("tcp.ack", quoted.acknowledgementNumber)
        add("tcp.flags", quoted.tcpFlags?.rawValue)
        if quoted.protocolNumber == .icmpv4 {
            add("icmp.ident", quoted.echoIdentifier)
            add("icmp.seq", quoted.echoSequence)
        } else {
            add("icmpv6.echo.identifier", quoted.echoIdentifier)
            add("icmpv6.echo.sequence_number", quoted.echoSequence)
        }
    }
}

extension OurFields {
    /// DNS by its ports, TLS by its first bytes.
    private mutating func addPayload(_ packet: Packet, _ frame: Span<UInt8>) {
        guard packet.fragment?.isFirst ?? true, let flow = packet.flow, !packet.payload.isEmpty else { return }
        let ports: Set<UInt16> = [flow.source.port, flow.destination.port]
        if packet.udp != nil, !ports.isDisjoint(with: [53, 5353, 5355]) {
            if let message = try? DNSMessage(decoding: frame, in: packet.payload) { add(message) }
        } else if packet.tcp != nil, ports.contains(53) {
            addDNSOverTCP(packet, frame)
        } else if packet.tcp != nil {
            addTLS(packet, frame)
        }
    }

    private mutating func addDNSOverTCP(_ packet: Packet, _ frame: Span<UInt8>) {
        var start = packet.payload.lowerBound
        while packet.payload.upperBound - start > 2 {
            let length = Int(frame[start]) << 8 | Int(frame[start + 1])
            let end = min(start + 2 + length, packet.payload.upperBound)
            if let message = try? DNSMessage(decoding: frame, in: start + 2..<end) { add(message) }
            start = end
        }
    }

    private mutating func add(_ message: DNSMessage) {
        add("dns.id", message.identifier)
        add("dns.flags.response", message.flags.isResponse)
        if message.flags.isResponse { add("dns.flags.rcode", message.flags.rawValue & 0xF) }
        for question in message.questions {
            add("dns.qry.name", Self.text(question.name))
            add("dns.qry.type", question.type.rawValue)
        }
        for record in message.answers + message.authority + message.additional {
            // Wireshark takes the name of a service record apart.
            if record.type.rawValue != 33 { add("dns.resp.name", Self.text(record.name)) }
            add("dns.resp.type", record.type.rawValue)
        }
    }

    /// Wireshark names the root, and ends no name with a dot.
    private static func text(_ name: DNSName) -> String {
        let text = name.description
        return name.labels.isEmpty ? "<Root>" : text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    private mutating func addTLS(_ packet: Packet, _ frame: Span<UInt8>) {
        let start = packet.payload.lowerBound
        guard packet.payload.count >= 5, (20...23).contains(frame[start]), frame[start + 1] == 3 else { return }
        let stream = TLSStream(decoding: frame, in: packet.payload)
        for message in stream.messages {
            switch message {
            case .clientHello(let hello):
                add("tls.handshake.version", hello.legacyVersion.rawValue)
                add("tls.handshake.extensions_server_name", hello.serverName)
                for suite in hello.cipherSuites { add("tls.handshake.ciphersuite", suite.rawValue) }
            case .serverHello(let hello):
                add("tls.handshake.version", hello.legacyVersion.rawValue)
                add("tls.handshake.ciphersuite", hello.cipherSuite.rawValue)
            case .alert(let alert):
                add("tls.alert_message.level", alert.level.rawValue)
                add("tls.alert_message.desc", alert.code.rawValue)
            default: break
            }
        }
    }
}

extension Packet {
    fileprivate func networkProtocol(in frame: Span<UInt8>) -> IPProtocol? {
        switch network {
        case .ipv4(let header): return header.protocolNumber
        case .ipv6(let header):
            var chain = IPv6Extensions(next: header.nextHeader, at: networkOffset + IPv6Header.length)
            try? chain.decode(frame)
            return chain.next
        default: return nil
        }
    }
}
