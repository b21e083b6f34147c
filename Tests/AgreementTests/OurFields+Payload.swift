import PacketWire

extension OurFields {
    /// DNS by its ports, TLS by its first bytes.
    mutating func addPayload(_ packet: Packet, _ frame: Span<UInt8>) {
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
            if [47, 50, 62].contains(record.type.rawValue) { listsTypes = true }
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
        isTLS = stream.consumed == packet.payload.count
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
