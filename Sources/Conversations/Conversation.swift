public import PacketWire

/// What two ends said to each other, from the first packet that was seen.
public struct Conversation: Sendable, Hashable {
    /// What tells one conversation from another.
    public enum Subject: Sendable, Hashable {
        /// From the initiator to the responder.
        case flow(Flow)
        /// ICMP echo: RFC 792, RFC 4443 section 4.
        case echo(from: IPAddress, to: IPAddress, identifier: UInt16, sequence: UInt16)
    }

    /// Packets, and their bytes on the wire, link headers included.
    public struct Tally: Sendable, Hashable {
        public var packets = 0
        public var bytes = 0

        public init() {}
    }

    /// As many packets as the opening and the end of a connection can need; the rest is only counted.
    public static let keptPackets = 64
    /// So many of them at most, where they neither open nor end anything.
    public static let keptPlainPackets = 12

    public let subject: Subject
    /// Counted from 1, in the order of the first packets.
    public let number: Int
    /// The first packets, in the order of the capture.
    public let packets: [SeenPacket]
    /// What the initiator sent, and what it was sent.
    public let sent: Tally
    public let received: Tally
    public let firstSeen: Instant
    public let lastSeen: Instant
    /// TCP's course, segment by segment; nil for anything else.
    public let analysis: TCPAnalysis?

    init(_ track: ConversationTrack, packets: [SeenPacket], analysis: TCPAnalysis?) {
        subject = track.subject
        number = track.number
        self.packets = packets
        sent = track.sent
        received = track.received
        firstSeen = track.firstSeen
        lastSeen = track.lastSeen
        self.analysis = analysis
    }

    public var packetCount: Int { sent.packets &+ received.packets }

    public var initiator: IPAddress { subject.initiator }
    public var responder: IPAddress { subject.responder }

    /// The flow, where it is TCP or UDP.
    public var flow: Flow? { subject.flow }
}

extension Conversation.Subject {
    public var initiator: IPAddress {
        switch self {
        case .flow(let flow): flow.source.address
        case .echo(let from, _, _, _): from
        }
    }

    public var responder: IPAddress {
        switch self {
        case .flow(let flow): flow.destination.address
        case .echo(_, let to, _, _): to
        }
    }

    public var flow: Flow? {
        if case .flow(let flow) = self { flow } else { nil }
    }
}
