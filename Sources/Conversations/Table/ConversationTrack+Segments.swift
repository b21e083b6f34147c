import PacketWire

/// What a segment does to the conversation that it belongs to, all at once: nearly every packet there is comes by here.
extension ConversationTrack {
    /// Takes note of a segment; true for a copy of the one before it, of which nothing else is noted.
    @inline(__always)
    mutating func note(_ segment: SegmentOutline, at: Instant, fromInitiator: Bool) -> Bool {
        count(at: at, fromInitiator: fromInitiator, bytes: segment.originalLength)
        let (identification, timeToLive) = (segment.identification ?? 0, segment.timeToLive)
        let header = segment.header
        // Two machines may acknowledge alike in one's name, as a SYN proxy and who is behind it do; and nothing hangs on a
        // bare acknowledgement that is there twice.
        let isBare = identification == 0 && header.flags == .ack && segment.payloadLengthOnWire == 0
        if !isBare,
            isDuplicate(
                header, identification: identification, timeToLive: timeToLive, at: at, fromInitiator: fromInitiator)
        {
            return true
        }
        note(timeToLive: timeToLive, fromInitiator: fromInitiator)
        noteHandshake(header.flags, fromInitiator: fromInitiator, at: at)
        note(header.flags, payloadLength: segment.payloadLengthOnWire, fromInitiator: fromInitiator)
        return false
    }

    /// A segment of it is kept at that place of the arena.
    @inline(__always)
    mutating func keep(
        _ segment: SegmentOutline, at: Instant, fromInitiator: Bool, in place: UInt32
    ) {
        let stamp = ConversationShape.Stamp(
            at: at, after: at - firstSeen, timeToLive: segment.timeToLive, trafficClass: segment.trafficClass,
            identification: segment.identification, fromInitiator: fromInitiator)
        shape.add(
            segment: segment.header, payloadLength: segment.payloadLengthOnWire, stamp, openingNumber: openingNumber,
            &seen)
        chain(place)
    }

    /// The same of any packet.
    mutating func keep(_ packet: SeenPacket, in place: UInt32) {
        shape.add(packet, of: subject, firstSeen: firstSeen, openingNumber: openingNumber, &seen)
        chain(place)
    }

    @inline(__always)
    private mutating func chain(_ place: UInt32) {
        if first == PacketArena.none { first = place }
        last = place
        kept &+= 1
    }
}
