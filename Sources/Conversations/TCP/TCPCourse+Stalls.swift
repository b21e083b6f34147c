import PacketWire

/// Who waited for whom, and why. Progress is data that was not sent before, a new acknowledgement, or the end of the
/// connection; what lies between two of them is a stall when it is long enough.
extension TCPCourse {
    /// Before the segment changes what is known: the state is still that of the wait which it may end.
    @inline(__always)
    mutating func watchBefore(_ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide) {
        watch.latestFrame = segment.frame
        guard makesProgress(segment, sender, receiver) else { return }
        if StallLog.shortest < segment.at - watch.progressAt, watch.evidence.contains(.isEstablished) {
            endWait(segment, sender, receiver)
        }
        watch.restart(at: segment)
        if segment.flags.contains(.rst) {
            // What follows is another matter, unless the connection goes on as if nothing had been.
            watch.evidence.remove(.isEstablished)
        } else if segment.flags.isACKWithoutSYN {
            watch.evidence.insert(.isEstablished)
        }
    }

    @inline(__always)
    private func makesProgress(_ segment: TCPSegment, _ sender: TCPSide, _ receiver: TCPSide) -> Bool {
        if sender.packets == 0 { return true }
        if segment.payloadEnd &+ segment.phantomLength != sender.nextSequenceNumber,
            segment.payloadLength > 0 || segment.flags.hasSYNOrFIN,
            (segment.payloadEnd &+ segment.phantomLength).isAfter(sender.nextSequenceNumber),
            !onlyGivesUp(segment, receiver)
        {
            // One byte into a closed window asks, and brings nothing on.
            return segment.payloadLength > 1 || segment.flags.hasSYNOrFIN
                || !watch.evidence.contains(.closedWindow(!segment.fromInitiator))
        }
        if segment.flags.contains(.rst) { return true }
        guard segment.flags.contains(.ack) else { return false }
        return !sender.state.contains(.sentACK)
            || segment.acknowledgementNumber.isAfter(sender.acknowledgementNumber)
                && !onlyTakesEnd(segment, sender, receiver)
    }

    /// Whoever closes while the other end repeats in vain what it says does not wait for it any longer: that end still
    /// does.
    private func onlyGivesUp(_ segment: TCPSegment, _ receiver: TCPSide) -> Bool {
        segment.payloadLength == 0 && segment.flags.contains(.fin)
            && watch[fromInitiator: !segment.fromInitiator].retransmissions > 0
            && receiver.wordsEnd.isAfter(segment.acknowledgementNumber)
    }

    /// Nor does it help who repeats in vain that the other end has closed.
    private func onlyTakesEnd(_ segment: TCPSegment, _ sender: TCPSide, _ receiver: TCPSide) -> Bool {
        receiver.sentFIN && segment.acknowledgementNumber &- sender.acknowledgementNumber == 1
            && watch[fromInitiator: segment.fromInitiator].retransmissions > 0
            && sender.wordsEnd.isAfter(receiver.acknowledgementNumber)
    }

    /// Behind the judgement: what the segment tells of a wait that goes on, or begins with it.
    @inline(__always)
    mutating func watchAfter(
        _ segment: TCPSegment, _ found: TCPMarks, _ sender: borrowing TCPSide, _ receiver: borrowing TCPSide
    ) {
        // The question was answered: whoever asks again asks anew.
        guard !found.contains(.keepAliveACK) else {
            if segment.fromInitiator { watch.responder.keepAlives = 0 } else { watch.initiator.keepAlives = 0 }
            (watch.heardAt, watch.heardFrame) = (segment.at, segment.frame)
            return
        }
        if watch.progressFrame != segment.frame { watch.evidence.insert(.spoke(segment.fromInitiator)) }
        guard !found.isEmpty else { return }
        if found.contains(.zeroWindow) { watch.evidence.insert(.closedWindow(segment.fromInitiator)) }
        // A SYN or SYN-ACK that is sent again belongs to the handshake, whichever end thinks that it is over.
        guard !found.isDisjoint(with: [.retransmission, .keepAlive]), !segment.flags.contains(.syn) else { return }
        if segment.fromInitiator {
            Self.note(segment, found, sender, receiver, in: &watch.initiator)
        } else {
            Self.note(segment, found, sender, receiver, in: &watch.responder)
        }
    }

    private static func note(
        _ segment: TCPSegment, _ found: TCPMarks, _ sender: borrowing TCPSide, _ receiver: borrowing TCPSide,
        in repeats: inout StallWatch.Repeats
    ) {
        if found.contains(.keepAlive) {
            repeats.keepAlives = min(repeats.keepAlives, .max - 1) + 1
        } else {
            let length = UInt16(clamping: segment.payloadLength)
            repeats.retransmissions = min(repeats.retransmissions, .max - 1) + 1
            repeats.largest = max(repeats.largest, length)
            repeats.smallest = min(repeats.smallest, length)
            if receiver.isFarOutside(segment, from: sender) { repeats.outside = min(repeats.outside, .max - 1) + 1 }
        }
    }

    // MARK: What it was

    /// How often somebody must have asked in vain before the other end counts as gone.
    private static let questionsBeforeGone: UInt16 = 3

    private mutating func endWait(_ segment: TCPSegment, _ sender: TCPSide, _ receiver: TCPSide) {
        let isReset = segment.flags.contains(.rst)
        let (first, second) = segment.fromInitiator ? (sender, receiver) : (receiver, sender)
        note(verdict(first, second, endedBy: segment, isOver: isReset), until: segment.at, segment.frame, isReset)
    }

    mutating func finish(at end: Instant, _ initiator: TCPSide, _ responder: TCPSide) {
        guard watch.evidence.contains(.isEstablished), StallLog.shortest < end - watch.progressAt else { return }
        let found = verdict(initiator, responder, endedBy: nil, isOver: true)
        // A timer that ran out a moment before the capture ends says nothing of how it went on.
        guard found?.0 != .loss || StallLog.shortestIdle <= end - watch.progressAt else { return }
        note(found, until: end, watch.latestFrame, true)
        watch.progressAt = end
    }

    private mutating func note(
        _ verdict: (cause: Stall.Cause, initiatorWaited: Bool)?, until end: Instant, _ frame: UInt32,
        _ neverResumed: Bool
    ) {
        guard let (cause, initiatorWaited) = verdict else { return }
        // Whoever answered keep-alives was not gone yet.
        let isHeardLater = cause == .peerGone && watch.heardAt > watch.progressAt
        let begin = isHeardLater ? watch.heardAt : watch.progressAt
        let length = end - begin
        guard cause != .senderIdle || StallLog.shortestIdle < length else { return }
        stalls.note(
            Stall(
                cause: cause, initiatorWaited: initiatorWaited, begin: begin, length: length,
                lastFrameBefore: isHeardLater ? watch.heardFrame : watch.progressFrame, firstFrameAfter: frame,
                retransmissions: watch[fromInitiator: initiatorWaited].retransmissions, neverResumed: neverResumed))
    }

    /// The most telling explanation first; nil where nobody waited.
    private func verdict(
        _ initiator: TCPSide, _ responder: TCPSide, endedBy segment: TCPSegment?, isOver: Bool
    ) -> (Stall.Cause, Bool)? {
        var late: (Stall.Cause, Bool)?
        for waits in [true, false] {
            let (side, other) = waits ? (initiator, responder) : (responder, initiator)
            guard let cause = cause(waits, side, other, segment, isOver: isOver) else { continue }
            // That somebody's end was not acknowledged by the one who repeats what he says in vain explains nothing.
            guard cause == .lateAcknowledgement else { return (cause, waits) }
            late = late ?? (cause, waits)
        }
        if let late { return late }
        guard let segment, !segment.flags.contains(.rst), segment.payloadLength > 0 || segment.flags.hasSYNOrFIN
        else { return nil }
        return (.senderIdle, !segment.fromInitiator)
    }

    /// Why that end waits for the other one, if it does.
    private func cause(
        _ waits: Bool, _ side: TCPSide, _ other: TCPSide, _ segment: TCPSegment?, isOver: Bool
    ) -> Stall.Cause? {
        let repeats = watch[fromInitiator: waits]
        let otherSpoke = watch.evidence.contains(.spoke(!waits))
        if other.state.contains(.closedWindow) || watch.evidence.contains(.closedWindow(!waits)) {
            let isGone = isOver && !otherSpoke && repeats.retransmissions >= Self.questionsBeforeGone
            return isGone ? .peerGone : .receiverWindow
        }
        if repeats.retransmissions > 0 {
            if repeats.outside >= 2, otherSpoke { return .outOfWindow }
            if isPathMTU(waits, repeats, side, segment, otherSpoke) { return .pathMTU }
            let isGone = isOver && !otherSpoke && repeats.retransmissions >= Self.questionsBeforeGone
            return isGone ? .peerGone : .loss
        }
        if isOver, !otherSpoke, repeats.keepAlives >= Self.questionsBeforeGone { return .peerGone }
        // In a capture of one direction nothing is ever acknowledged, or nothing is sent that could be; and a SYN
        // that waits is the handshake's affair.
        guard side.payloadBytes > 0 || side.sentFIN, other.state.contains(.sentACK),
            side.nextSequenceNumber.isAfter(other.acknowledgementNumber)
        else {
            return nil
        }
        // An answer that acknowledges: it was the application that took its time.
        if let segment, segment.fromInitiator != waits, segment.payloadLength > 0 { return nil }
        let inFlight = side.nextSequenceNumber &- other.acknowledgementNumber
        let isFull =
            other.window != .max && other.window != 0 && other.scale != TCPSide.Scale.unknown
            && inFlight >= other.scaledWindow
        return isFull ? .receiverWindow : .lateAcknowledgement
    }

    /// A router said so; or what is sent again is larger than anything that ever arrived, and either a smaller
    /// piece of it gets through or the other end is alive and keeps waiting for it.
    private func isPathMTU(
        _ waits: Bool, _ repeats: StallWatch.Repeats, _ side: TCPSide, _ segment: TCPSegment?, _ otherSpoke: Bool
    ) -> Bool {
        if watch.evidence.contains(.tooBig(waits)) { return true }
        guard repeats.retransmissions >= 2, repeats.largest > side.largestDelivered, repeats.largest > 536 else {
            return false
        }
        let isAnswered = segment.map { $0.fromInitiator != waits && !$0.flags.contains(.rst) } ?? false
        if isAnswered { return repeats.smallest < repeats.largest }
        return otherSpoke && repeats.retransmissions >= Self.questionsBeforeGone
    }
}

extension TCPSide {
    /// Data so far from what this end last acknowledged that no window explains it, nor a copy that comes late: the numbers
    /// are another connection's, or were changed on one way only.
    fileprivate func isFarOutside(_ segment: TCPSegment, from sender: borrowing TCPSide) -> Bool {
        guard segment.payloadLength > 0, state.contains(.sentSYN), sender.state.contains(.sentSYN),
            acknowledged != 0
        else { return false }
        let ahead = segment.sequenceNumber &- acknowledged
        if ahead < 1 << 31 { return ahead > max(scaledWindow, UInt32(UInt16.max) << 6) &+ Self.slack }
        // Before the first byte that there was.
        guard sender.payloadBytes < 1 << 30 else { return false }
        return 0 &- ahead > (acknowledged &- sender.initialSequenceNumber) &+ Self.slack
    }

    /// A window may have been wider a moment ago.
    private static let slack: UInt32 = 1 << 20

    /// Behind the last byte of payload: a FIN has a number of its own.
    fileprivate var wordsEnd: UInt32 { nextSequenceNumber &- (sentFIN ? 1 : 0) }
}
