import PacketWire

extension OurFields {
    /// What stands in front of a cut.
    mutating func add(_ header: CutHeader) {
        switch header {
        case .ipv4(let header): add(header)
        case .ipv6(let header): add(header)
        case .tcp(let header):
            add("tcp.srcport", header.sourcePort)
            add("tcp.dstport", header.destinationPort)
            add("tcp.seq", header.sequenceNumber)
            add("tcp.ack", header.acknowledgementNumber)
            add("tcp.flags", header.flags?.rawValue)
            add("tcp.hdr_len", header.headerLength)
            add("tcp.window_size_value", header.window)
            add("tcp.checksum", header.checksum)
        case .udp(let header):
            add("udp.srcport", header.sourcePort)
            add("udp.dstport", header.destinationPort)
            add("udp.length", header.totalLength)
        case .icmp(let header):
            let name = header.family == .v4 ? "icmp" : "icmpv6"
            add("\(name).type", header.type)
            add("\(name).code", header.code)
            add("\(name).checksum", header.checksum)
            let asks: Set<UInt8> = header.family == .v4 ? [0, 8, 13, 14, 15, 16, 17, 18] : [128, 129]
            if let type = header.type, asks.contains(type) {
                add(header.family == .v4 ? "icmp.ident" : "icmpv6.echo.identifier", header.identifier)
            }
        case .arp(let header): add("arp.opcode", header.operation?.rawValue)
        }
    }

    /// The network of an overlay whose header is whole, and in which no packet is.
    mutating func addEmptyOverlay(_ packet: Packet, _ frame: Span<UInt8>) {
        guard packet.udp != nil, let ports = packet.ports else { return }
        let start = packet.payload.lowerBound
        switch ports.destination {
        case 4789, 8472: add("vxlan.vni", (try? VXLANHeader(decoding: frame, at: start))?.network)
        case 6081: add("geneve.vni", (try? GeneveHeader(decoding: frame, at: start))?.network)
        default: break
        }
    }

    private mutating func add(_ header: CutHeader.IPv4) {
        add("ip.hdr_len", header.headerLength)
        add("ip.dsfield", header.trafficClass)
        add("ip.len", header.totalLength)
        add("ip.id", header.identification)
        if let field = header.flagsAndFragmentOffset {
            add("ip.flags.df", field & 0x4000 == 0 ? 0 : 1)
            add("ip.flags.mf", field & 0x2000 == 0 ? 0 : 1)
            add("ip.frag_offset", field & 0x1FFF)
        }
        add("ip.ttl", header.timeToLive)
        add("ip.proto", header.protocolNumber?.rawValue)
        add("ip.checksum", header.checksum)
        add("ip.src", header.source)
    }

    private mutating func add(_ header: CutHeader.IPv6) {
        add("ipv6.tclass", header.trafficClass)
        add("ipv6.flow", header.flowLabel)
        add("ipv6.plen", header.payloadLength)
        add("ipv6.nxt", header.nextHeader?.rawValue)
        add("ipv6.hlim", header.hopLimit)
        add("ipv6.src", header.source)
    }
}
