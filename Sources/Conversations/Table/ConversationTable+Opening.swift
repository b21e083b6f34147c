public import PacketWire

/// Segments that open a connection or reset one, and the first that is seen of one that was open before.
extension ConversationTable {
    /// The same of a segment that opens or resets, whose checksums are right: see
    /// `SegmentOutline.fill(opening:originalLength:)`.
    public mutating func take(opening segment: SegmentOutline, number: Int, at: Instant) -> Int? {
        damage.noteSound(from: segment.source)
        return open(segment, frame: number, at: at, in: 0) { _ in nil }
    }

    /// Puts such a segment to its conversation, or begins one with it.
    ///
    /// - Parameter whole: asked where it cannot be stored in short.
    @inline(__always)
    mutating func open(
        _ segment: SegmentOutline, frame: Int, at: Instant, in network: UInt16,
        whole: (_ fromInitiator: Bool) -> SeenPacket?
    ) -> Int? {
        let (header, flow) = (segment.header, segment.flow)
        let known = positions(of: flow, in: network)
        let fromInitiator = isFromInitiator(flow, header, known)
        let subject = Conversation.Subject.flow(fromInitiator ? flow : flow.reversed)
        let earlier =
            fromInitiator
            ? known.forward : known.forward == nil ? known.reverse : self.position(of: subject, in: network)
        guard
            let position = conversation(header, subject, fromInitiator: fromInitiator, earlier, in: network)
                ?? begin(subject, in: network, at: at, after: earlier)
        else { return nil }
        if fromInitiator, header.flags.contains(.syn) { noteOpening(header.sequenceNumber, at: position) }
        take(segment, frame: frame, at: at, fromInitiator: fromInitiator, position) { whole(fromInitiator) }
        return position
    }

    /// Who began: the conversation that is there already; the sender of the SYN; the one with the higher port.
    ///
    /// Both ends may have begun (RFC 9293 section 3.5, figure 8): then each says its SYN again as SYN-ACK, and either as
    /// often as it must. Its number tells whose it is.
    ///
    /// - Parameter known: the conversations of the flow and of its reverse.
    @inline(__always)
    func isFromInitiator(_ flow: Flow, _ header: CompactTCPHeader, _ known: (forward: Int?, reverse: Int?)) -> Bool {
        guard header.flags.contains(.syn) else {
            return known.forward != nil || known.reverse == nil && flow.source.port >= flow.destination.port
        }
        if header.flags.contains(.ack) { return known.forward.map { isOpened($0, by: header.sequenceNumber) } ?? false }
        guard known.forward == nil, let reverse = known.reverse else { return true }
        return !isUnanswered(reverse) && !isAnswered(reverse, by: header.sequenceNumber)
    }

    /// The other end's SYN is on its way, too, and nothing answers it yet.
    private func isUnanswered(_ position: Int) -> Bool {
        tracks[position].events.isDisjoint(with: [.synAck, .reset, .refused, .closed])
            && tracks[position].events.contains(.syn)
    }

    /// The initiator's SYN had this number.
    private func isOpened(_ position: Int, by number: UInt32) -> Bool {
        tracks[position].hasOpening && tracks[position].openingNumber == number
    }

    /// The responder's had.
    private func isAnswered(_ position: Int, by number: UInt32) -> Bool {
        let analysis = tracks[position].analysis
        return analysis != PacketArena.none && analyses[analysis].responder.sentSYN(number)
    }

    /// The conversation that the segment is of; nil where it begins one. What answers a SYN is its own, told by the
    /// number that it acknowledges; a SYN with another number than the one before is another connection on the same ports.
    @inline(__always)
    private func conversation(
        _ header: CompactTCPHeader, _ subject: Conversation.Subject, fromInitiator: Bool, _ known: Int?,
        in network: UInt16
    ) -> Int? {
        let answers = !fromInitiator && header.flags.contains(.ack) && header.flags.hasSYNOrRST
        if answers {
            let number = header.acknowledgementNumber &- 1
            if let known, tracks[known].hasOpening, tracks[known].openingNumber == number { return known }
            if let other = opening(number, in: network), tracks[other].subject == subject { return other }
        }
        guard let known else { return nil }
        let isAnother =
            fromInitiator && header.flags.contains(.syn)
            && (tracks[known].hasOpening
                ? !isOpened(known, by: header.sequenceNumber) : isRest(known, before: header))
        return isAnother ? nil : known
    }

    /// Of an earlier connection only the end is in the capture, and this SYN has not the number that it began with.
    private func isRest(_ position: Int, before header: CompactTCPHeader) -> Bool {
        let analysis = tracks[position].analysis
        guard analysis != PacketArena.none, !header.flags.contains(.ack) else { return false }
        return analyses[analysis].startsAnew(number: header.sequenceNumber, fromInitiator: true)
    }
}
