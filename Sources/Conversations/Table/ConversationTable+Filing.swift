import PacketWire

/// What every packet goes through that opens, ends, refuses or quotes: which conversation it belongs to.
extension ConversationTable {
    // MARK: What the packet is

    func classify(
        _ packet: Packet, frame: Int, at: Instant, _ quote: PacketQuote?, in network: UInt16
    ) -> (Conversation.Subject, SeenPacket)? {
        guard let (subject, fromInitiator) = subject(of: packet, in: network),
            var seen = SeenPacket(packet, frame: frame, at: at, fromInitiator: fromInitiator, quote: quote)
        else { return nil }
        if seen.icmpError != nil, let quoted = packet.icmp?.quoted?.flow, let flow = subject.flow {
            seen.isAboutAnswer = quoted == flow.reversed
        }
        return (subject, seen)
    }

    private func subject(
        of packet: Packet, in network: UInt16
    ) -> (Conversation.Subject, fromInitiator: Bool)? {
        if let flow = packet.flow {
            let fromInitiator = isFromInitiator(
                flow, packet.tcp.map { CompactTCPHeader(allButBlocksOf: $0) }, in: network)
            return (.flow(fromInitiator ? flow : flow.reversed), fromInitiator)
        }
        guard let message = packet.icmp, let source = packet.source, let destination = packet.destination else {
            return nil
        }
        if message.isError {
            return message.quoted.flatMap { subject(of: $0) }.map { (filed($0, in: network), false) }
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
    private func isFromInitiator(_ flow: Flow, _ header: CompactTCPHeader?, in network: UInt16) -> Bool {
        if let header { return isFromInitiator(flow, header, positions(of: flow, in: network)) }
        return position(of: flow, in: network)?.fromInitiator ?? !isAnswer(flow, in: network)
    }

    /// The first datagram of its ports, and yet one that answers.
    private func isAnswer(_ flow: Flow, in network: UInt16) -> Bool {
        flow.isFromAnsweringPort
            || flow.transferRequest.map { position(of: .flow($0), in: network) != nil } ?? false
    }

    /// The direction under which a conversation is filed; an error may quote either end's packet.
    private func filed(_ subject: Conversation.Subject, in network: UInt16) -> Conversation.Subject {
        guard case .flow(let flow) = subject, position(of: flow, in: network)?.fromInitiator == false else {
            return subject
        }
        return .flow(flow.reversed)
    }

    // MARK: Which conversation it joins

    /// The conversation whose SYN an error quotes, told by the sequence number. Nil where that tells nothing, and the
    /// addresses and ports decide.
    mutating func opening(
        quotedBy packet: Packet, _ seen: SeenPacket, _ subject: Conversation.Subject, in network: UInt16
    ) -> Int? {
        guard seen.icmpError != nil, let number = packet.icmp?.quoted?.sequenceNumber else { return nil }
        let isPlaced = self.position(of: subject, in: network) != nil
        if !isPlaced { unplacedQuotes &+= 1 }
        guard let position = opening(number, in: network), let flow = tracks[position].subject.flow,
            flow.transport == .tcp
        else { return nil }
        if tracks[position].subject == subject { return position }
        // Rewritten on the way: the error comes to the initiator, and one end of what it quotes is still right.
        guard !isPlaced, packet.destination == flow.source.address, let quoted = packet.icmp?.quoted?.flow,
            flow.isRewritten(as: quoted)
        else { return nil }
        return position
    }

    /// The conversation of a ladder's datagram, and what answers or quotes one. Nil where it is of no ladder.
    func rung(
        of seen: SeenPacket, _ subject: Conversation.Subject, _ packet: Packet, _ identifier: UInt16?
    ) -> Int? {
        guard !ladders.isEmpty, let ladder = ladders[subject] else { return nil }
        if let quoted = packet.icmp?.quoted { return ladder.attempt(quotedBy: quoted) }
        return seen.fromInitiator
            ? ladder.repeated(packet) : ladder.attempt(answeredBy: packet, identifier: identifier)
    }

    /// What the next packets of a ladder are told by.
    mutating func note(
        _ seen: SeenPacket, _ subject: Conversation.Subject, _ packet: Packet, _ identifier: UInt16?, at position: Int
    ) {
        guard seen.fromInitiator, case .udp(let length) = seen.kind else {
            if !ladders.isEmpty { ladders[subject]?.note(packet, of: position, isSent: false) }
            return
        }
        if ladders.isEmpty || ladders[subject] == nil {
            guard tracks[position].kept == 0, let flow = SharedFlow(seen, attempt: position, identifier: identifier)
            else { return }
            ladders[subject] = flow
        } else if tracks[position].kept == 0 {
            ladders[subject]?.add(
                position, timeToLive: seen.timeToLive, payloadLength: length, identifier: identifier)
        }
        ladders[subject]?.note(packet, of: position, isSent: true)
    }

    mutating func position(
        of subject: Conversation.Subject, for seen: SeenPacket, _ packet: Packet, in network: UInt16
    ) -> Int? {
        let isNext = !ladders.isEmpty && seen.fromInitiator && ladders[subject]?.isNext(packet) == true
        let known = self.position(of: subject, in: network)
        if let known, !isNext { return known }
        return begin(subject, in: network, at: seen.at, after: known)
    }

    /// A conversation more; nil where there is no room for one.
    ///
    /// - Parameter known: an earlier one of the same subject.
    mutating func begin(
        _ subject: Conversation.Subject, in network: UInt16, at: Instant, after known: Int?
    ) -> Int? {
        guard tracks.count < capacity else {
            overflow &+= 1
            return nil
        }
        let position = tracks.count
        total &+= 1
        var track = ConversationTrack(subject, in: network, number: total, at: at)
        if analyzesSegments, subject.flow?.transport == .tcp {
            track.analysis = analyses.add(TCPAnalysis(reusingPorts: known != nil))
        }
        if known != nil { track.events.insert(.reusedPorts) }
        tracks.append(track)
        count = tracks.count
        if let known {
            index.move(hash(subject), from: known, to: position)
        } else {
            index.insert(hash(subject), position)
        }
        return position
    }
}
