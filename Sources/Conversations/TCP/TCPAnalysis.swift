/// One TCP connection, judged segment by segment in the order of the capture.
///
/// A value of fixed size: nothing is allocated for a segment, and only a stall that is worth keeping costs memory.
/// Whoever keeps conversations asks `startsAnew` first, because addresses and ports may carry one connection after
/// another, and gives each segment to the analysis of its connection:
///
///     if analysis.startsAnew(segment) { analysis = TCPAnalysis(reusingPorts: true) }
///     let marks = analysis.observe(segment)
public struct TCPAnalysis: Sendable, Hashable {
    /// The end whose segments have `fromInitiator`, and the other one.
    public private(set) var initiator = TCPSide()
    public private(set) var responder = TCPSide()
    private var course: TCPCourse

    /// - Parameter reusingPorts: An earlier connection of the same capture had the same addresses and ports.
    public init(reusingPorts: Bool = false) {
        course = TCPCourse(reusingPorts: reusingPorts)
    }

    /// Whether this segment cannot belong to the connection so far and begins the next one on the same addresses
    /// and ports: a SYN with another initial sequence number.
    ///
    /// A late copy of an old SYN does the same, as in Wireshark: it gets a connection of its own, and what the first
    /// connection's peer answers is a challenge there.
    public func startsAnew(_ segment: TCPSegment) -> Bool {
        segment.flags.isSYNWithoutACK
            && startsAnew(number: segment.sequenceNumber, fromInitiator: segment.fromInitiator)
    }

    /// - Parameter number: of a SYN without ACK.
    func startsAnew(number: UInt32, fromInitiator: Bool) -> Bool {
        let side = self[fromInitiator: fromInitiator]
        return side.state.contains(.baseIsKnown) && number != side.initialSequenceNumber
    }

    /// Takes the next segment, and says what it is beside what came before.
    @discardableResult
    public mutating func observe(_ segment: TCPSegment) -> TCPMarks {
        if segment.fromInitiator {
            course.observe(segment, sender: &initiator, receiver: &responder)
        } else {
            course.observe(segment, sender: &responder, receiver: &initiator)
        }
    }

    /// A router said that what this end sent was too big for its next link: RFC 1191, RFC 8201.
    public mutating func noteTooBig(sentByInitiator: Bool) {
        course.watch.evidence.insert(sentByInitiator ? .initiatorTooBig : .responderTooBig)
    }

    /// The capture ends here: what still waits has waited until now. Segments may still follow afterwards.
    public mutating func finish(at end: Instant) {
        course.finish(at: end, initiator, responder)
    }
}

// MARK: What was found

extension TCPAnalysis {
    public subscript(fromInitiator fromInitiator: Bool) -> TCPSide { fromInitiator ? initiator : responder }

    /// As Wireshark shows it, and `tshark -2`: after all packets were read.
    public var completeness: TCPCompleteness {
        packets > 1 ? course.onePassCompleteness.union(course.firstCompleteness) : course.onePassCompleteness
    }
    /// As `tshark` prints it beside the next packet when it reads the file once: without the bits of a first packet
    /// that is no SYN.
    public var onePassCompleteness: TCPCompleteness { course.onePassCompleteness }
    /// All marks that any segment had.
    public var marks: TCPMarks { course.marks }
    /// Which repetition of the acknowledgement the latest segment with the mark `duplicateACK` was.
    public var duplicateACKNumber: UInt32 { course.duplicateACKNumber }
    /// How it ended, or began to end; nil while neither FIN nor RST was seen.
    public var close: TCPClose? { course.close.close }
    public var stalls: StallLog { course.stalls }
    /// Somebody waited for longer than is the normal course of things, or something was not seen.
    @inline(__always)
    var mayBeHeldUp: Bool { !course.stalls.isEmpty || course.marks.contains(.lostSegment) }
    public var firstSeen: Instant { course.firstSeen }
    public var packets: UInt64 { UInt64(initiator.packets) &+ UInt64(responder.packets) }

    /// From the latest SYN to the first acknowledgement without one: Wireshark's `tcp.analysis.initial_rtt`. It is
    /// the whole round trip at the initiator and at the place of any capture that sees both directions. Nil while
    /// unknown.
    public var initialRoundTrip: TimeSpan? {
        course.roundTrip == 0 ? nil : TimeSpan(nanoseconds: course.roundTrip)
    }

    /// A segment was longer than the other end's maximum segment size, where that was seen.
    var exceedsSegmentSize: Bool {
        initiator.largestSegment > responder.segmentSize && responder.segmentSize > 0
            || responder.largestSegment > initiator.segmentSize && initiator.segmentSize > 0
    }

    /// From the conversation's first packet to that end's first byte of payload; nil where it sent none.
    public func timeToFirstByte(fromInitiator: Bool) -> TimeSpan? {
        self[fromInitiator: fromInitiator].firstByteAt.map { $0 - firstSeen }
    }
}
