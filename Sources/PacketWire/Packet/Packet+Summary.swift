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
        if let size = options.maximumSegmentSize { text += " mss \(size)" }
        if let scale = options.windowScale { text += " wscale \(scale)" }
        if options.sackPermitted { text += " sackOK" }
        for index in 0..<options.sackBlocks.count {
            if let block = options.sackBlocks[index] { text += " sack \(block.left)-\(block.right)" }
        }
        if let subtype = options.multipathSubtype { text += " \(subtype)" }
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
