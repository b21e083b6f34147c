import PacketWire

/// Most segments are just what is expected next of an open connection: data behind the data before, or an acknowledgement
/// of more. Such a segment has no mark, and little of what is known changes: kernels call it header prediction (V. Jacobson,
/// "4BSD TCP header prediction", 1990).
extension TCPCourse {
    /// `judge` finds nothing in it but progress.
    @inline(__always)
    func isExpected(_ segment: TCPSegment, _ sender: TCPSide, _ receiver: TCPSide) -> Bool {
        let payloadEnd = segment.payloadEnd
        let acknowledgement = segment.acknowledgementNumber
        // What the segment is.
        guard segment.flags.intersection([.syn, .fin, .rst, .ack]) == .ack, segment.window != 0, !segment.isCopy,
            segment.multipathSubtype == nil, segment.windowScale == nil,
            // What the connection is.
            sender.state.intersection(Self.toldOfSender) == [.baseIsKnown, .sentACK],
            receiver.state.intersection(Self.toldOfReceiver) == .baseIsKnown, sender.packets > 0, !close.hasReset,
            roundTrip != 0 || !sawSYN,
            // Nobody has waited for long.
            segment.at - watch.progressAt <= StallLog.shortest,
            // Its numbers are the next.
            segment.sequenceNumber == sender.nextSequenceNumber, segment.sequenceNumber != 0,
            receiver.acknowledgeable == 0 || !acknowledgement.isAfter(receiver.acknowledgeable)
        else { return false }
        guard segment.payloadLength > 0 else {
            return acknowledgement != sender.acknowledgementNumber
                && acknowledgement.isAfter(sender.acknowledgementNumber)
                && (!receiver.sentFIN || watch[fromInitiator: segment.fromInitiator].retransmissions == 0)
        }
        return segment.payloadLength > 1 && segment.payloadLength < 1 << 30
            && (receiver.acknowledgementNumber == 0 || !payloadEnd.isAtOrBefore(receiver.acknowledgementNumber))
            && (receiver.scale == TCPSide.Scale.unknown
                || payloadEnd != receiver.acknowledgementNumber &+ receiver.scaledWindow)
    }

    /// It has acknowledged something, and nothing was asked that is to be answered.
    private static var toldOfSender: TCPSide.State {
        [.baseIsKnown, .sentACK, .sentKeepAlive, .sentZeroWindowProbe, .closedWindow]
    }
    private static var toldOfReceiver: TCPSide.State { [.baseIsKnown, .deservesChallenge] }

    /// What `judge` does with such a segment.
    @inline(__always)
    mutating func takeExpected(_ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide) {
        watch.latestFrame = segment.frame
        watch.restart(at: segment)
        watch.evidence.insert(.isEstablished)
        if segment.acknowledgementNumber != sender.acknowledgementNumber { sender.duplicates = 0 }
        if segment.payloadLength > 0 {
            let end = segment.payloadEnd
            if sender.acknowledgeable == 0 || sender.acknowledgeable == segment.sequenceNumber {
                sender.acknowledgeable = end
            }
            (sender.nextSequenceNumber, sender.nextSequenceAt) = (end, segment.at)
            onePassCompleteness.formUnion(.data)
        } else {
            if sender.acknowledgeable == 0 { sender.acknowledgeable = sender.nextSequenceNumber }
            onePassCompleteness.formUnion(.ack)
        }
        sender.window = UInt32(segment.window)
        sender.acknowledgementNumber = segment.acknowledgementNumber
        sender.acknowledged = segment.acknowledgementNumber
        sender.lastSeen = segment.at
        sender.multipath = multipath
        sender.state.remove(.firstACKIsDue)
        count(segment, &sender, &receiver, [])
    }
}
