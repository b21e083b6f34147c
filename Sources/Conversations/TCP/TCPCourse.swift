import PacketWire

/// What the two ends of a connection have in common, and the order in which a segment is judged.
///
/// Sides are passed `inout` also where they are only read: a copy of two of them costs more than the judgement.
/// The order is Wireshark's (`epan/dissectors/packet-tcp.c`): each step sees what the ones before it changed.
struct TCPCourse: Sendable, Hashable {
    var onePassCompleteness: TCPCompleteness
    /// What the first packet adds to it.
    var firstCompleteness: TCPCompleteness = []
    var marks: TCPMarks = []
    var duplicateACKNumber: UInt32 = 0
    var close = CloseRecord()
    var reusesPorts: Bool
    /// Which multipath operations were seen, a bit for each subtype.
    var multipath: UInt16 = 0
    var hasBegun = false
    /// The responder has said something, and so much of what the initiator said had its TCP by then.
    var hasAnswered = false
    var answeredUpTo: UInt32 = 0
    /// When the latest SYN without ACK came, where one did.
    var sawSYN = false
    var synAt = Instant.zero
    var firstSeen = Instant.zero
    /// Nanoseconds; 0 while unknown.
    var roundTrip: Int64 = 0
    var watch = StallWatch()
    var stalls = StallLog()

    init(reusingPorts: Bool) {
        reusesPorts = reusingPorts
        onePassCompleteness = reusingPorts ? .syn : []
    }

    mutating func observe(_ segment: TCPSegment, sender: inout TCPSide, receiver: inout TCPSide) -> TCPMarks {
        if isExpected(segment, sender, receiver) {
            takeExpected(segment, &sender, &receiver)
            return []
        }
        return judge(segment, &sender, &receiver)
    }

    /// Any segment.
    mutating func judge(_ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide) -> TCPMarks {
        var found: TCPMarks = []
        let isFirst = !hasBegun
        if isFirst {
            hasBegun = true
            firstSeen = segment.at
            watch.begin(at: segment)
            if reusesPorts { found.insert(.reusedPorts) }
        }
        if segment.flags.hasSYNOrRST || receiver.state.contains(.deservesChallenge) {
            judgeSpecial(segment, &sender, &receiver, &found)
        }
        if segment.flags.hasFINOrRST { close.noteQuiet(segment.at - watch.progressAt) }
        if close.hasReset, !segment.isCopy { followReset(segment, sender, receiver, found) }
        if !segment.isCopy { watchBefore(segment, &sender, &receiver) }
        learnNumbers(segment, &sender, &receiver)
        judgeSequence(segment, &sender, &receiver, &found)
        count(segment, &sender, &receiver, found)
        complete(segment, isFirst)
        followHandshake(segment, &sender, &receiver)
        if segment.flags.hasFINOrRST { noteClose(segment, &sender, receiver, found) }
        if !segment.isCopy { watchAfter(segment, found, sender, receiver) }
        marks.formUnion(found)
        return found
    }

    /// Bytes and packets, and how large a segment is known to get through.
    @inline(__always)
    mutating func count(
        _ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide, _ found: TCPMarks
    ) {
        sender.packets &+= 1
        // A reset's own text is not of the stream: RFC 9293 section 3.10.7.
        if segment.payloadLength > 0, !segment.flags.contains(.rst) {
            if sender.payloadBytes == 0 { sender.firstByte = segment.at }
            sender.payloadBytes &+= UInt64(segment.payloadLength)
            sender.largestInFlight = max(sender.largestInFlight, UInt16(clamping: segment.payloadLength))
            if !segment.fromInitiator, segment.flags.contains(.ack) {
                hasAnswered = true
                answeredUpTo = segment.acknowledgementNumber
            }
        }
        if !found.isDisjoint(with: .anyRetransmission) {
            sender.retransmissions &+= 1
            sender.repeatedBytes &+= UInt64(segment.payloadLength)
        }
        if segment.flags.contains(.ack), segment.acknowledgementNumber == receiver.nextSequenceNumber {
            receiver.largestDelivered = max(receiver.largestDelivered, receiver.largestInFlight)
            receiver.largestInFlight = 0
        }
    }
}
