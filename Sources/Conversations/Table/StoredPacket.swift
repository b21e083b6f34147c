import PacketWire

/// A packet in short, as nearly all are: a segment or a datagram that one end of a conversation sent to the other, whole,
/// and without selective acknowledgements. It has less than half of the size of a `SeenPacket`.
struct StoredPacket: Sendable {
    private var at: Instant
    private var frame: Int
    private var header: CompactTCPHeader
    private var identification: UInt32
    private var payloadLength: UInt32
    private var timeToLive: UInt8
    /// DSCP and ECN.
    private var trafficClass: UInt8
    private var marks: Marks

    /// What is told of a packet by one bit.
    struct Marks: OptionSet, Sendable {
        var rawValue: UInt8

        static let fromInitiator = Marks(rawValue: 1)
        static let isDamaged = Marks(rawValue: 2)
        static let isFromStranger = Marks(rawValue: 4)
        static let hasIdentification = Marks(rawValue: 8)
        static let isSegment = Marks(rawValue: 16)
        static let isDatagram = Marks(rawValue: 32)
    }

    /// The place of one that is stored elsewhere.
    static let whole = StoredPacket()

    private init() {
        at = .zero
        frame = 0
        header = CompactTCPHeader()
        (identification, payloadLength, timeToLive, trafficClass, marks) = (0, 0, 0, 0, [])
    }

    /// Of a TCP segment; nil for what is not stored in short.
    @inline(__always)
    init?(_ segment: SegmentOutline, frame: Int, at: Instant, fromInitiator: Bool) {
        guard !segment.hasSACKBlocks, segment.payloadLengthOnWire <= UInt32.max else { return nil }
        header = segment.header
        self.at = at
        self.frame = frame
        identification = segment.identification ?? 0
        payloadLength = UInt32(truncatingIfNeeded: segment.payloadLengthOnWire)
        timeToLive = segment.timeToLive
        trafficClass = segment.trafficClass
        marks = .isSegment
        if fromInitiator { marks.insert(.fromInitiator) }
        if segment.identification != nil { marks.insert(.hasIdentification) }
    }

    /// Nil for what is not stored in short.
    init?(_ packet: SeenPacket, of subject: Conversation.Subject) {
        guard !packet.isDamaged, !packet.isPartial, !packet.isFromStranger, packet.quote == nil,
            packet.source == (packet.fromInitiator ? subject.initiator : subject.responder),
            packet.payloadLength <= UInt32.max
        else { return nil }
        switch packet.kind {
        case .tcp(let header, _):
            guard let compact = CompactTCPHeader(header) else { return nil }
            self.header = compact
            marks = .isSegment
        case .udp:
            header = CompactTCPHeader()
            marks = .isDatagram
        case .icmpError, .echoRequest, .echoReply: return nil
        }
        at = packet.at
        frame = packet.frame
        identification = packet.identification ?? 0
        payloadLength = UInt32(truncatingIfNeeded: packet.payloadLength)
        timeToLive = packet.timeToLive
        trafficClass = packet.trafficClass
        if packet.fromInitiator { marks.insert(.fromInitiator) }
        if packet.identification != nil { marks.insert(.hasIdentification) }
    }

    /// As it was seen; nil for what is stored elsewhere.
    ///
    /// - Parameter subject: of the conversation that it belongs to.
    func seen(_ subject: Conversation.Subject) -> SeenPacket? {
        guard !marks.isDisjoint(with: [.isSegment, .isDatagram]) else { return nil }
        let fromInitiator = marks.contains(.fromInitiator)
        var packet = SeenPacket(
            frame: frame, at: at, fromInitiator: fromInitiator,
            source: fromInitiator ? subject.initiator : subject.responder, timeToLive: timeToLive,
            identification: marks.contains(.hasIdentification) ? identification : nil,
            kind: marks.contains(.isSegment)
                ? .tcp(header.header, payloadLength: Int(payloadLength)) : .udp(payloadLength: Int(payloadLength)))
        packet.trafficClass = trafficClass
        return packet
    }
}
