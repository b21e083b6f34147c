import PacketWire

/// The judgement by sequence numbers: what Wireshark's `tcp_analyze_sequence_number` finds, in its order.
extension TCPCourse {
    /// RFC 5681 sends again after three duplicates; one of them may be missing from the capture, and the first
    /// acknowledgement is not counted.
    private static let duplicatesBeforeFastRetransmission: UInt32 = 2
    /// A fast retransmission follows its duplicate within this time.
    private static let fastRetransmissionTime = UInt64(20_000_000)
    /// How late a segment may come to be out of order, where no round trip was measured.
    private static let reorderingTime = UInt64(3_000_000)

    @inline(__always)
    mutating func judgeSequence(
        _ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide, _ found: inout TCPMarks
    ) {
        let isNext = segment.sequenceNumber == sender.nextSequenceNumber
        if segment.payloadLength == 1, isNext, receiver.window == 0 {
            found.insert(.zeroWindowProbe)
        } else {
            judgeWindows(segment, isNext, &sender, &receiver, &found)
            if segment.payloadLength == 0, isNext { judgeRepetition(segment, &sender, &receiver, &found) }
        }
        if segment.acknowledgementNumber != sender.acknowledgementNumber { sender.duplicates = 0 }
        if segment.flags.contains(.ack), receiver.acknowledgeable != 0,
            segment.acknowledgementNumber.isAfter(receiver.acknowledgeable)
        {
            judgeUnseen(&receiver, &found)
        }
        if segment.payloadLength > 0 || segment.flags.hasSYNOrFIN, !found.contains(.keepAlive) {
            judgeOrder(segment, &sender, &receiver, &found)
        }
        advance(segment, &sender, found)
    }

    /// Windows, gaps and keep-alives.
    @inline(__always)
    private func judgeWindows(
        _ segment: TCPSegment, _ isNext: Bool, _ sender: inout TCPSide, _ receiver: inout TCPSide,
        _ found: inout TCPMarks
    ) {
        let next = sender.nextSequenceNumber
        if next != 0, segment.sequenceNumber.isAfter(next), !segment.flags.contains(.rst) { found.insert(.lostSegment) }
        guard !segment.flags.hasSYNFINOrRST else { return }
        if segment.window == 0 { found.insert(.zeroWindow) }
        if segment.payloadLength <= 1, segment.sequenceNumber == next &- 1 { found.insert(.keepAlive) }
        if segment.payloadLength > 0 {
            if receiver.scale != TCPSide.Scale.unknown,
                segment.payloadEnd == receiver.acknowledgementNumber &+ receiver.scaledWindow
            {
                found.insert(.windowFull)
            }
        } else if segment.window != 0, UInt32(segment.window) != sender.window, isNext,
            segment.acknowledgementNumber == sender.acknowledgementNumber
        {
            found.insert(.windowUpdate)
        }
    }

    /// A segment without data that says what the one before it said: the answer to a probe, or a duplicate.
    private mutating func judgeRepetition(
        _ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide, _ found: inout TCPMarks
    ) {
        guard UInt32(segment.window) == sender.window, segment.acknowledgementNumber == sender.acknowledgementNumber,
            !segment.flags.hasSYNFINOrRST
        else { return }
        if segment.window == 0 {
            if receiver.state.contains(.sentZeroWindowProbe) { found.insert(.zeroWindowProbeACK) }
        } else if receiver.state.contains(.sentKeepAlive) {
            found.insert(.keepAliveACK)
        } else if multipath == sender.multipath {
            // RFC 8684 section 4: an operation of the multipath connection may come as a duplicate, and is none.
            sender.duplicates = sender.duplicates == .max ? 1 : sender.duplicates &+ 1
            found.insert(.duplicateACK)
            duplicateACKNumber = sender.duplicates
        }
    }

    /// An acknowledgement of what was not seen: said once for each gap.
    ///
    /// Until the next repetition or news the count of repetitions is then one below zero, without a sign: data that
    /// is sent again soon counts as a fast retransmission, because duplicates are missing from such a capture too.
    private func judgeUnseen(_ receiver: inout TCPSide, _ found: inout TCPMarks) {
        if receiver.acknowledgeable.isBefore(receiver.nextSequenceNumber) {
            receiver.acknowledgeable = receiver.nextSequenceNumber
            found.insert(.ackLostSegment)
        } else {
            if receiver.duplicates == 0 { found.insert(.ackLostSegment) }
            receiver.duplicates = .max
        }
    }

    /// Data, SYN or FIN: sent again, or overtaken.
    @inline(__always)
    private func judgeOrder(
        _ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide, _ found: inout TCPMarks
    ) {
        if segment.payloadLength > 0, receiver.acknowledgementNumber != 0,
            segment.payloadEnd.isAtOrBefore(receiver.acknowledgementNumber)
        {
            found.formUnion([.retransmission, .spuriousRetransmission])
            return
        }
        let next = sender.nextSequenceNumber
        guard next != 0, segment.sequenceNumber.isBefore(next) else { return }
        // One byte before the next number and more than one long: new data behind a zero window probe.
        if segment.payloadLength > 1, next &- 1 == segment.sequenceNumber { return }
        found.formUnion(kindOfRepetition(segment, sender, receiver))
    }

    private func kindOfRepetition(_ segment: TCPSegment, _ sender: TCPSide, _ receiver: TCPSide) -> TCPMarks {
        if receiver.duplicates >= Self.duplicatesBeforeFastRetransmission,
            receiver.acknowledgementNumber == segment.sequenceNumber,
            segment.at.unsignedNanoseconds(since: receiver.lastSeen) < Self.fastRetransmissionTime
        {
            return [.retransmission, .fastRetransmission]
        }
        let limit = roundTrip == 0 ? Self.reorderingTime : UInt64(bitPattern: roundTrip)
        let reachesFurthest = sender.nextSequenceNumber == segment.payloadEnd &+ segment.phantomLength
        if segment.at.unsignedNanoseconds(since: sender.nextSequenceAt) < limit,
            !reachesFurthest
        {
            return .outOfOrder
        }
        return .retransmission
    }

    /// What the next segment is held against.
    @inline(__always)
    private func advance(_ segment: TCPSegment, _ sender: inout TCPSide, _ found: TCPMarks) {
        let end = segment.payloadEnd &+ segment.phantomLength
        let next = sender.nextSequenceNumber
        if !found.contains(.zeroWindowProbe) {
            if next == 0 || end.isAfter(next) {
                sender.nextSequenceNumber = end
                sender.nextSequenceAt = segment.at
            }
            if sender.acknowledgeable == 0 || sender.acknowledgeable == segment.sequenceNumber {
                sender.acknowledgeable = sender.nextSequenceNumber
            }
        }
        sender.window = UInt32(segment.window)
        sender.acknowledgementNumber = segment.acknowledgementNumber
        if segment.flags.contains(.ack) { sender.acknowledged = segment.acknowledgementNumber }
        sender.lastSeen = segment.at
        sender.multipath = multipath
        sender.state.remove([.sentKeepAlive, .sentZeroWindowProbe])
        if !segment.flags.hasSYNFINOrRST {
            if segment.window == 0 {
                sender.state.insert(.closedWindow)
            } else {
                sender.state.remove(.closedWindow)
            }
        }
        if found.contains(.keepAlive) { sender.state.insert(.sentKeepAlive) }
        if found.contains(.zeroWindowProbe) { sender.state.insert(.sentZeroWindowProbe) }
    }
}

extension Instant {
    /// Wireshark counts such times without a sign: what lies before is further away than anything.
    fileprivate func unsignedNanoseconds(since earlier: Instant) -> UInt64 {
        UInt64(bitPattern: (self - earlier).nanoseconds)
    }
}
