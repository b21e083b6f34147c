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
        case .udp(let header):
            add("udp.srcport", header.sourcePort)
            add("udp.dstport", header.destinationPort)
            add("udp.length", header.totalLength)
        case .icmp(let header):
            let name = header.family == .v4 ? "icmp" : "icmpv6"
            add("\(name).type", header.type)
            add("\(name).code", header.code)
            add("\(name).checksum", header.checksum)
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
