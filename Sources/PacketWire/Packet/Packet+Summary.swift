extension Packet {
    /// One line for a time line, in the words of tcpdump where it has some. It holds numbers and names of
    /// ours only, never text from the network.
    public var summary: String {
        switch transport {
        case .tcp(let header): return summary(header)
        case .udp: return "UDP length \(payloadLengthOnWire)"
        case .icmp(let message): return summary(message)
        case .fragment(let number): return "\(number) fragment, offset \(fragment?.offset ?? 0)"
        case .other(let number): return "\(number) length \(payloadLengthOnWire)"
        case nil: break
        }
        if let arp { return summary(arp) }
        if let stop { return "undecoded: \(stop)" }
        return "length \(originalLength)"
    }

    private func summary(_ header: TCPHeader) -> String {
        var text = "\(header.flags)"
        let flags = header.flags
        let isReset = flags.contains(.rst)
        if !flags.isDisjoint(with: [.syn, .fin]) || payloadLengthOnWire > 0 || isReset && header.sequenceNumber != 0 {
            text += " seq \(header.sequenceNumber)"
        }
        if flags.contains(.ack) { text += " ack \(header.acknowledgementNumber)" }
        if !isReset { text += " win \(header.window)" }
        let options = header.options
        if flags.contains(.syn) { text += options.offerPhrase }
        for index in 0..<options.sackBlocks.count {
            if let block = options.sackBlocks[index] { text += " sack \(block.left)-\(block.right)" }
        }
        if !flags.contains(.syn), let subtype = options.multipathSubtype { text += " \(subtype)" }
        if payloadLengthOnWire > 0 { text += " length \(payloadLengthOnWire)" }
        return text
    }

    private func summary(_ message: ICMPMessage) -> String {
        if let discovery = message.neighborDiscovery { return summary(discovery) }
        var text = "\(message.family == .v4 ? "ICMP" : "ICMPv6") \(message.name)"
        if let identifier = message.echoIdentifier, let sequence = message.echoSequence {
            return text + " id \(identifier) seq \(sequence)"
        }
        if let mtu = message.nextHopMTU { text += " mtu \(mtu)" }
        if message.isError, let source { text += " from \(source)" }
        if let quoted = message.quoted { text += " quoting \(quoted)" }
        return text
    }

    private func summary(_ message: NDMessage) -> String {
        switch message.type {
        case .neighborSolicitation: return "\(message.type) for \(message.target)"
        case .neighborAdvertisement:
            let address = message.targetLinkAddress.map { " is at \($0)" } ?? ""
            return "\(message.type): \(message.target)\(address)"
        default: return "\(message.type)" + (source.map { " from \($0)" } ?? "")
        }
    }

    private func summary(_ packet: ARPPacket) -> String {
        switch packet.operation {
        case .request: "ARP who-has \(packet.targetAddress) tell \(packet.senderAddress)"
        case .reply: "ARP \(packet.senderAddress) is-at \(packet.senderHardwareAddress)"
        default: "ARP \(packet.operation) from \(packet.senderAddress)"
        }
    }
}

extension QuotedPacket: CustomStringConvertible {
    /// `10.1.1.1:40000 > 10.9.9.9:443`; the protocol instead of ports where there are none.
    public var description: String {
        if let sourcePort, let destinationPort {
            return "\(Endpoint(source, sourcePort)) > \(Endpoint(destination, destinationPort))"
        }
        return "\(protocolNumber) \(source) > \(destination)"
    }
}

extension TCPOptions {
    /// What a SYN offers, each with a space in front: all that decides how the connection will go (RFC 9293 section 3.2,
    /// RFC 7323, RFC 2018, RFC 7413, RFC 8684, and the signatures of RFC 2385 and RFC 5925).
    public var offerPhrase: String {
        var text = ""
        if let size = maximumSegmentSize { text += " mss \(size)" }
        if let scale = windowScale { text += " wscale \(scale)" }
        if sackPermitted { text += " sackOK" }
        if timestamps != nil { text += " TS" }
        if fastOpenCookieLength != nil { text += " TFO" }
        if md5 { text += " MD5" }
        if authentication { text += " AO" }
        if let subtype = multipathSubtype { text += " \(subtype)" }
        return text
    }
}
