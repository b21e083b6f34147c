import PacketWire

/// What we say of a packet, under the names that Wireshark gives its fields. A packet within a packet gives a
/// field twice: outer headers first, then the packet itself, then the one that an ICMP error quotes.
struct OurFields {
    /// In the places of `Comparison.fields`.
    private(set) var values = [[String]](repeating: [], count: Comparison.fields.count)
    /// Those of a header that is not whole.
    private(set) var cutFields: Set<String> = []
    /// The payload is nothing but whole TLS records.
    var isTLS = false
    /// Records that list types of records: NSEC, NSEC3, CSYNC.
    var listsTypes = false

    mutating func add(_ field: String, _ value: some CustomStringConvertible) {
        if let place = Comparison.places[field] { values[place].append(value.description) }
    }

    mutating func add(_ field: String, _ value: (some CustomStringConvertible)?) {
        if let value { add(field, value) }
    }

    mutating func add(_ field: String, _ value: Bool) {
        add(field, value ? 1 : 0)
    }

    init(_ packet: Packet, _ frame: Span<UInt8>) {
        addEncapsulations(packet, frame)
        switch packet.network {
        // Where the header leaves the length out, tshark shows that of the frame.
        case .ipv4(let header): add(header, frameLength: packet.originalLength - packet.networkOffset)
        case .ipv6(let header): add(header)
        case .arp(let message): add(message, hardwareType: frame[packet.networkOffset + 1])
        case nil: break
        }
        if packet.family == .v6 { add(packet.fragment) }
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
        if let quoted = packet.icmp?.quoted { add(quoted, frame, length: packet.originalLength) }
        if let cut = packet.cutQuote(in: frame) { addFields(of: cut) }
        addEmptyOverlay(packet, frame)
        addPayload(packet, frame)
    }

    /// Of a header that is not whole. Of IPv4's the fixed fields may all be there, and only options be cut: then it is
    /// among the others.
    private mutating func addFront(of header: CutHeader, _ packet: Packet) {
        if case .ipv4 = header, case .ipv4 = packet.network { return }
        addFields(of: header)
    }

    private mutating func addFields(of header: CutHeader) {
        let before = values
        add(header)
        for place in values.indices where values[place] != before[place] { cutFields.insert(Comparison.fields[place]) }
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
                add(chain.fragment)
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

    private mutating func add(_ fragment: IPFragment?) {
        guard let fragment else { return }
        add("ipv6.fraghdr.offset", fragment.offset / 8)
        add("ipv6.fraghdr.more", fragment.moreFragments)
        add("ipv6.fraghdr.ident", fragment.identification)
    }

    private mutating func add(_ packet: ARPPacket, hardwareType: UInt8) {
        add("arp.opcode", packet.operation.rawValue)
        add("arp.src.proto_ipv4", packet.senderAddress)
        add("arp.dst.proto_ipv4", packet.targetAddress)
        guard packet.hardwareAddressLength == 6, hardwareType == 1 || hardwareType == 6 else { return }
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
        for option in TCPOption.list(in: frame, range) { add(option) }
    }

    private mutating func add(_ option: TCPOption) {
        add("tcp.option_kind", option.kind)
        switch option {
        case .maximumSegmentSize(let size): add("tcp.options.mss_val", size)
        case .windowScale(let shift): add("tcp.options.wscale.shift", shift)
        case .timestamps(let stamps):
            add("tcp.options.timestamp.tsval", stamps.value)
            add("tcp.options.timestamp.tsecr", stamps.echoReply)
        case .sack(let blocks):
            for block in (0..<blocks.count).compactMap({ blocks[$0] }) {
                add("tcp.options.sack_le", block.left)
                add("tcp.options.sack_re", block.right)
            }
        case .multipath(let subtype, _): add("tcp.options.mptcp.subtype", subtype.rawValue)
        case .userTimeout(let time): add("tcp.options.user_to_val", time < 0x8000 ? time : time & 0x7FFF)
        default: break
        }
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
            add("icmpv6.echo.identifier", message.queryIdentifier)
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

    private mutating func add(_ quoted: QuotedPacket, _ frame: Span<UInt8>, length: Int) {
        switch quoted.family {
        case .v4:
            guard let header = try? IPv4Header(decoding: frame, at: quoted.range.lowerBound) else { return }
            add(
                header, frameLength: length - quoted.range.lowerBound, finalDestination: quoted.destination)
        case .v6:
            guard let header = try? IPv6Header(decoding: frame, at: quoted.range.lowerBound) else { return }
            add(header)
        }
        let name = quoted.protocolNumber == .tcp ? "tcp" : "udp"
        if [.tcp, .udp, .udpLite].contains(quoted.protocolNumber) {
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
