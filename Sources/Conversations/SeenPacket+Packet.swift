public import PacketWire

extension SeenPacket {
    /// What the diagnosis needs of a decoded packet: TCP, UDP, an ICMP error or an ICMP echo. Nil for anything else.
    ///
    /// - Parameter fromInitiator: whether the initiator of the packet's conversation sent it; an ICMP error never
    ///   counts as sent by the initiator, even where it is the initiator's own machine that refuses.
    /// - Parameter quote: what the packet quotes, where it is an ICMP error.
    public init?(
        _ packet: Packet, frame: Int, at: Instant, fromInitiator: Bool, quote: PacketQuote? = nil
    ) {
        guard let source = packet.source, let timeToLive = packet.timeToLive else { return nil }
        let kind: Kind
        var sentByInitiator = fromInitiator
        if let header = packet.tcp {
            kind = .tcp(header, payloadLength: packet.payloadLengthOnWire)
        } else if packet.udp != nil {
            kind = .udp(payloadLength: packet.payloadLengthOnWire)
        } else if let message = packet.icmp {
            if message.isError {
                let error = ICMPError(family: message.family, type: message.type, code: message.code)
                kind = .icmpError(
                    error, mtu: message.nextHopMTU, quotedTimeToLive: message.quoted?.timeToLive ?? 0)
                sentByInitiator = false
            } else if message.isEchoRequest {
                kind = .echoRequest
            } else if message.isEchoReply {
                kind = .echoReply
            } else {
                return nil
            }
        } else {
            return nil
        }
        self.init(
            frame: frame, at: at, fromInitiator: sentByInitiator, source: source, timeToLive: timeToLive,
            identification: packet.ipIdentification, kind: kind)
        trafficClass = packet.network?.trafficClass ?? 0
        self.quote = quote
    }
}
