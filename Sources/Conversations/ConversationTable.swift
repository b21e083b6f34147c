public import PacketWire

/// Sorts packets into conversations: the initiator's direction is found once, ICMP errors are filed with the
/// packet that they quote, address resolution is kept by the address that was asked for.
///
/// Bounded: past `capacity` conversations new ones are counted and not kept.
public struct ConversationTable: Sendable {
    public private(set) var conversations: [Conversation] = []
    /// Address resolution by the address that was asked for.
    public private(set) var neighbors: [IPAddress: NeighborExchange] = [:]
    /// Conversations that the capacity had no room for.
    public private(set) var overflow = 0
    /// Packets that belong to no conversation: other protocols, fragments, what could not be decoded.
    public private(set) var unassigned = 0

    private var index: [Conversation.Subject: Int] = [:]
    /// Where the SYN with this initial sequence number was filed: several connections may use one pair of ports in
    /// turn, and an ICMP error may quote ports that somebody rewrote.
    private var openings: [UInt32: Int] = [:]
    /// Datagrams of one flow that were sent to die on the way: each is a conversation of its own.
    private var ladders: [Conversation.Subject: SharedFlow] = [:]
    private let capacity: Int

    public init(capacity: Int = 200_000) {
        self.capacity = capacity
    }

    /// Files one packet. Returns the conversation's index, or nil for a packet that belongs to none.
    ///
    /// - Parameter isDamaged: a checksum in it is wrong.
    /// - Parameter quote: what it quotes, where it is an ICMP error.
    /// - Parameter identifier: how its payload begins, where it is a datagram.
    @discardableResult
    public mutating func observe(
        _ packet: Packet, frame: Int, at: Instant, isDamaged: Bool = false, quote: PacketQuote? = nil,
        identifier: UInt16? = nil
    ) -> Int? {
        if isAddressResolution(packet, frame: frame) { return nil }
        guard case (let subject, var seen)? = classify(packet, frame: frame, at: at, quote) else {
            unassigned += 1
            return nil
        }
        seen.isDamaged = isDamaged
        guard
            let position = opening(of: seen, subject, packet)
                ?? rung(of: seen, subject, packet, identifier)
                ?? position(of: subject, for: seen, packet)
        else { return nil }
        note(seen, subject, packet, identifier, at: position)
        if seen.fromInitiator, let header = seen.tcp, header.flags.contains(.syn) {
            openings[header.sequenceNumber] = position
        }
        conversations[position].append(seen)
        return position
    }

    // MARK: What the packet is

    private func classify(
        _ packet: Packet, frame: Int, at: Instant, _ quote: PacketQuote?
    ) -> (Conversation.Subject, SeenPacket)? {
        guard let (subject, fromInitiator) = subject(of: packet),
            let seen = SeenPacket(packet, frame: frame, at: at, fromInitiator: fromInitiator, quote: quote)
        else { return nil }
        return (subject, seen)
    }

    private func subject(of packet: Packet) -> (Conversation.Subject, fromInitiator: Bool)? {
        if let flow = packet.flow {
            let fromInitiator = isFromInitiator(flow, packet.tcp)
            return (.flow(fromInitiator ? flow : flow.reversed), fromInitiator)
        }
        guard let message = packet.icmp, let source = packet.source, let destination = packet.destination else {
            return nil
        }
        if message.isError {
            return message.quoted.flatMap { subject(of: $0) }.map { ($0.canonical(knownIn: index), false) }
        }
        guard let identifier = message.echoIdentifier, let sequence = message.echoSequence else { return nil }
        let asks = message.isEchoRequest
        return (
            .echo(
                from: asks ? source : destination, to: asks ? destination : source, identifier: identifier,
                sequence: sequence),
            asks
        )
    }

    private func subject(of quoted: QuotedPacket) -> Conversation.Subject? {
        if let flow = quoted.flow { return .flow(flow) }
        guard let identifier = quoted.echoIdentifier, let sequence = quoted.echoSequence else { return nil }
        return .echo(
            from: quoted.source, to: quoted.destination, identifier: identifier, sequence: sequence)
    }

    /// Who began: the conversation that is there already; the sender of the SYN; the one with the higher port.
    private func isFromInitiator(_ flow: Flow, _ header: TCPHeader?) -> Bool {
        if let header {
            if header.flags.contains(.syn) { return !header.flags.contains(.ack) }
            if index[.flow(flow)] != nil { return true }
            if index[.flow(flow.reversed)] != nil { return false }
            return flow.source.port >= flow.destination.port
        }
        return index[.flow(flow.reversed)] == nil
    }

    // MARK: Which conversation it joins

    /// The conversation whose SYN this packet answers or quotes, told by the sequence number. Nil where that tells
    /// nothing, and the addresses and ports decide.
    private func opening(
        of seen: SeenPacket, _ subject: Conversation.Subject, _ packet: Packet
    ) -> Int? {
        let number: UInt32
        if seen.icmpError != nil {
            guard let sequence = packet.icmp?.quoted?.sequenceNumber else { return nil }
            number = sequence
        } else if let header = seen.tcp, !seen.fromInitiator, header.flags.contains(.ack),
            header.flags.contains(.syn) || header.flags.contains(.rst)
        {
            number = header.acknowledgementNumber &- 1
        } else {
            return nil
        }
        guard let position = openings[number], let flow = conversations[position].flow, flow.transport == .tcp
        else { return nil }
        if conversations[position].subject == subject { return position }
        // Rewritten on the way: the error comes to the initiator, and one end of what it quotes is still right.
        guard seen.icmpError != nil, index[subject] == nil, packet.destination == flow.source.address,
            let quoted = packet.icmp?.quoted?.flow, flow.isRewritten(as: quoted)
        else { return nil }
        return position
    }

    /// The conversation of a ladder's datagram, and what answers or quotes one. Nil where it is of no ladder.
    private func rung(
        of seen: SeenPacket, _ subject: Conversation.Subject, _ packet: Packet, _ identifier: UInt16?
    ) -> Int? {
        guard let ladder = ladders[subject] else { return nil }
        if let quoted = packet.icmp?.quoted { return ladder.attempt(quotedBy: quoted) }
        return seen.fromInitiator
            ? ladder.repeated(packet) : ladder.attempt(answeredBy: packet, identifier: identifier)
    }

    /// What the next packets of a ladder are told by.
    private mutating func note(
        _ seen: SeenPacket, _ subject: Conversation.Subject, _ packet: Packet, _ identifier: UInt16?, at position: Int
    ) {
        guard seen.fromInitiator, case .udp(let length) = seen.kind else {
            ladders[subject]?.note(packet, of: position, isSent: false)
            return
        }
        if ladders[subject] == nil {
            guard conversations[position].packets.isEmpty else { return }
            ladders[subject] = SharedFlow(seen, attempt: position, identifier: identifier)
        } else if conversations[position].packets.isEmpty {
            ladders[subject]?.add(
                position, timeToLive: seen.timeToLive, payloadLength: length, identifier: identifier)
        }
        ladders[subject]?.note(packet, of: position, isSent: true)
    }

    private mutating func position(
        of subject: Conversation.Subject, for seen: SeenPacket, _ packet: Packet
    ) -> Int? {
        let isNext = seen.fromInitiator && ladders[subject]?.isNext(packet) == true
        if let position = index[subject], !isNext, !startsAnew(seen, in: conversations[position]) { return position }
        guard conversations.count < capacity else {
            overflow += 1
            return nil
        }
        let position = conversations.count
        conversations.append(Conversation(subject, at: seen.at))
        index[subject] = position
        return position
    }

    /// A SYN with another initial sequence number is another connection on the same ports.
    private func startsAnew(_ packet: SeenPacket, in conversation: Conversation) -> Bool {
        guard packet.fromInitiator, let header = packet.tcp, header.flags.contains(.syn) else { return false }
        let first = conversation.packets.first { $0.fromInitiator && $0.tcp?.flags.contains(.syn) == true }
        return first?.tcp.map { $0.sequenceNumber != header.sequenceNumber } ?? false
    }

    // MARK: Address resolution

    /// Address resolution is kept by address and is no conversation: RFC 826 and RFC 4861.
    private mutating func isAddressResolution(_ packet: Packet, frame: Int) -> Bool {
        guard let resolution = AddressResolution(packet) else { return false }
        switch resolution {
        case .request(let address, _): note(request: address, frame: frame)
        case .answer(let address, let linkAddress): note(answer: address, frame: frame, linkAddress)
        case .other: break
        }
        return true
    }

    private mutating func note(request address: IPAddress, frame: Int) {
        guard neighbors.count < 4_096 || neighbors[address] != nil else { return }
        if neighbors[address, default: NeighborExchange(address: address)].requests.count < 64 {
            neighbors[address, default: NeighborExchange(address: address)].requests.append(frame)
        }
    }

    private mutating func note(answer address: IPAddress, frame: Int, _ linkAddress: MACAddress?) {
        guard neighbors.count < 4_096 || neighbors[address] != nil else { return }
        if neighbors[address, default: NeighborExchange(address: address)].answers.count < 64 {
            neighbors[address, default: NeighborExchange(address: address)].answers
                .append(.init(frame: frame, linkAddress: linkAddress))
        }
    }
}

extension Conversation.Subject {
    /// The direction under which the conversation is filed; an error may quote either end's packet.
    fileprivate func canonical(knownIn index: [Conversation.Subject: Int]) -> Conversation.Subject {
        guard case .flow(let flow) = self, index[self] == nil, index[.flow(flow.reversed)] != nil else { return self }
        return .flow(flow.reversed)
    }
}
