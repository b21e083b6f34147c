/// How much one end said, and how much of it arrived.
extension TCPAnalysis {
    /// Bytes of payload from the first to the furthest that was seen; nil where the beginning was not.
    public func streamLength(fromInitiator: Bool) -> UInt32? {
        let side = self[fromInitiator: fromInitiator]
        guard side.state.contains(.baseIsKnown), side.payloadBytes > 0 else { return nil }
        return side.nextSequenceNumber &- side.initialSequenceNumber &- (side.sentFIN ? 2 : 1)
    }

    /// The responder closed first, and its stream is not that long.
    public func breaksOff(before length: UInt32) -> Bool {
        guard let close, !close.byInitiator, let known = streamLength(fromInitiator: false) else { return false }
        return known < length
    }

    /// The initiator closed, and had not got all that it was owed, or nothing at all: so the rest was too late, or never
    /// came.
    ///
    /// - Parameter length: what the responder owes; nil where that is not known.
    public func isLeft(before length: UInt32?) -> Bool {
        guard let close, close.byInitiator else { return false }
        if let first = responder.firstByteAt, first > close.at { return true }
        guard let length, let known = streamLength(fromInitiator: false) else { return false }
        return known < length
    }

    /// For how long the responder has been at less than it owes, where it says so little at a time that nobody waits for
    /// the end; nil where it does not.
    ///
    /// - Parameter length: what it owes.
    public func trickle(before length: UInt32) -> TimeSpan? {
        guard responder.payloadBytes > 0, responder.firstByte != .zero, let known = streamLength(fromInitiator: false),
            known < length
        else { return nil }
        let span = (close?.at ?? responder.lastSeen) - responder.firstByte
        // Where nothing tells how much is owed, what comes now and then may be all that there is to say.
        let patience: TimeSpan = length == .max ? .seconds(10) : .seconds(5)
        guard span >= patience, responder.packets > 8, Trickle.isOne(Int64(known), in: span) else { return nil }
        return span
    }

    /// The initiator said something, and the responder's only answer is a reset. Words that come behind it are no answer
    /// any more.
    public var isResetUnanswered: Bool {
        guard let close, close.manner == .reset, !close.byInitiator else { return false }
        return initiator.payloadBytes > 0 && (responder.payloadBytes == 0 || responder.firstByte > close.at)
            && responder.packets > 1 && initiator.state.contains(.sentSYN) && responder.state.contains(.sentSYN)
    }

    /// Of a connection whose opening was not seen: what the initiator said on it, which the responder knows nothing of, for it
    /// answers by a reset and nothing else; nil where it is not so, or the initiator had ended it itself.
    public var unknownBytes: UInt32? {
        guard let close, close.manner == .reset, !close.byInitiator, initiator.payloadBytes > 0,
            responder.payloadBytes == 0, !initiator.sentFIN, !responder.sentFIN, responder.acknowledged == 0,
            !initiator.state.contains(.sentSYN), !responder.state.contains(.sentSYN)
        else { return nil }
        return UInt32(clamping: initiator.payloadBytes &- initiator.repeatedBytes)
    }

    /// The responder had answered before, and then something that the initiator said by a reset only.
    public var isResetMidway: Bool {
        guard let close, close.manner == .reset, !close.byInitiator, close.unansweredBytes > 0 else { return false }
        return responder.payloadBytes > 0 && responder.firstByte <= close.at
    }

    /// What the initiator said that the responder's TCP never took, for it had closed, and answered by a reset; nil where
    /// there is nothing of that. Both ends' first segments must have been seen, and words of the responder before.
    public var bytesBehindEnd: UInt32? {
        guard let close, close.manner == .fin, !close.byInitiator, close.resetFrame != nil, !close.resetByInitiator,
            !close.isContradicted, initiator.state.contains(.sentSYN), responder.state.contains(.sentSYN),
            !initiator.sentFIN, responder.payloadBytes > 0, responder.acknowledged != 0
        else { return nil }
        let bytes = initiator.nextSequenceNumber &- responder.acknowledged
        return bytes > 0 && UInt64(bytes) <= initiator.payloadBytes ? bytes : nil
    }

    /// How many bytes the other end still wants of an end that has closed, where the capture has not all of them either;
    /// nil where there are none. Both ends' first segments must have been seen, and the other end again behind the FIN.
    public func undelivered(fromInitiator: Bool) -> UInt32? {
        let (side, other) = (self[fromInitiator: fromInitiator], self[fromInitiator: !fromInitiator])
        guard let close, close.manner == .fin, close.byInitiator == fromInitiator, other.acknowledged != 0,
            other.lastSeen > close.at, side.state.contains(.sentSYN), side.sentFIN
        else { return nil }
        // SYN and FIN take a number each.
        let length = side.nextSequenceNumber &- side.initialSequenceNumber &- 2
        let seen = side.payloadBytes &- side.repeatedBytes
        guard seen < UInt64(length) else { return nil }
        let wanted = side.nextSequenceNumber &- 1 &- other.acknowledged
        // Of what it asks for, some may have come behind the gap.
        return wanted > 0 && wanted <= length ? min(wanted, length - UInt32(seen)) : nil
    }

    /// Whether the other end's TCP took all of the payload; nil where there is none, or nothing is known of the other.
    public func isTaken(fromInitiator: Bool) -> Bool? {
        let (side, other) = (self[fromInitiator: fromInitiator], self[fromInitiator: !fromInitiator])
        // A reset without ACK leaves no number behind.
        guard side.payloadBytes > 0, other.packets > 0, other.state.contains(.sentACK),
            other.acknowledgementNumber != 0
        else { return nil }
        // The FIN behind it has a number of its own.
        let end = side.nextSequenceNumber &- (side.sentFIN ? 1 : 0)
        return other.acknowledgementNumber == end || other.acknowledgementNumber.isAfter(end)
    }

    /// The initiator acknowledged something that the responder said, or that is not known.
    public var hasHeardAnswer: Bool {
        guard initiator.acknowledged != 0 else { return true }
        let heard = initiator.acknowledged &- responder.initialSequenceNumber
        // A FIN takes one number.
        return heard > (responder.sentFIN ? 2 : 1) && heard < 1 << 31
    }

    /// Something that the responder said was seen, with all that stood before it, and the initiator never acknowledged it.
    public var hasUnheardBytes: Bool {
        guard responder.state.contains(.baseIsKnown), responder.payloadBytes > 0, responder.acknowledgeable != 0 else {
            return false
        }
        let heard = initiator.acknowledged != 0 ? initiator.acknowledged : responder.initialSequenceNumber &+ 1
        let ahead = responder.acknowledgeable &- heard
        return ahead > 0 && ahead < 1 << 31
    }

    /// The initiator sent its end again and again though it had been acknowledged.
    public var repeatsTakenEnd: Bool {
        initiator.state.contains(.sentFIN) && initiator.retransmissions > 1
            && responder.acknowledged == initiator.nextSequenceNumber
    }

    /// What is missing of what the responder said, where something that it said later came, none of it as long as a full
    /// segment, and the initiator never acknowledged what stands behind the gap; nil otherwise.
    public var missingMiddle: (bytes: UInt32, longestSeen: UInt16, heard: UInt32)? {
        guard let length = streamLength(fromInitiator: false), length < Self.longestFlight,
            initiator.segmentSize > 0, initiator.acknowledged != 0
        else { return nil }
        let heard = hasHeardAnswer ? initiator.acknowledged &- responder.initialSequenceNumber &- 1 : 0
        let seen = responder.payloadBytes &- responder.repeatedBytes
        guard heard < length, seen < UInt64(length) else { return nil }
        // Options take some of what was announced: RFC 6691 section 2.
        let full = min(initiator.segmentSize, responder.segmentSize == 0 ? .max : responder.segmentSize)
        let missing = length - UInt32(seen)
        // A giant frame's segment is nearly as long as its field can say.
        guard missing <= length - heard, UInt32(responder.largestSegment) + 40 < UInt32(full),
            missing + 40 >= UInt32(full)
        else { return nil }
        return (missing, responder.largestSegment, heard)
    }

    /// Nobody sends more before the first acknowledgement; numbers farther away are none of this connection's.
    private static let longestFlight: UInt32 = 1 << 24

    /// Both ends were seen, the connection was opened, and the initiator said nothing on it, as far as the responder's
    /// acknowledgements tell.
    public var isInitiatorSilent: Bool {
        guard initiator.payloadBytes == 0, initiator.state.contains(.sentSYN), responder.state.contains(.sentSYN),
            initiator.state.contains(.sentACK)
        else { return false }
        // SYN and FIN take a number each.
        let taken = responder.acknowledged &- initiator.initialSequenceNumber
        return responder.acknowledged == 0 || taken <= (initiator.sentFIN ? 2 : 1)
    }

    /// Both ends were seen, the connection was opened, and nobody said anything on it, as far as acknowledgements tell.
    public var isWordless: Bool {
        guard initiator.payloadBytes == 0, responder.payloadBytes == 0, initiator.state.contains(.sentSYN),
            responder.state.contains(.sentSYN), initiator.state.contains(.sentACK)
        else { return false }
        return initiator.acknowledged == 0 || !hasHeardAnswer
    }
}
