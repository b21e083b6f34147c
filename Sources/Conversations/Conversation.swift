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

    /// As many packets as the opening of a connection can need; the rest is only counted.
    public static let keptPackets = 64

    public let subject: Subject
    /// The first packets, in the order of the capture.
    public private(set) var packets: [SeenPacket] = []
    public private(set) var packetCount = 0
    public private(set) var lastSeen: Instant
    public let firstSeen: Instant

    public init(_ subject: Subject, at: Instant) {
        self.subject = subject
        firstSeen = at
        lastSeen = at
    }

    public mutating func append(_ packet: SeenPacket) {
        packetCount += 1
        lastSeen = max(lastSeen, packet.at)
        if packets.count < Self.keptPackets { packets.append(packet) }
    }

    public var initiator: IPAddress {
        switch subject {
        case .flow(let flow): flow.source.address
        case .echo(let from, _, _, _): from
        }
    }

    public var responder: IPAddress {
        switch subject {
        case .flow(let flow): flow.destination.address
        case .echo(_, let to, _, _): to
        }
    }

    /// The flow, where it is TCP or UDP.
    public var flow: Flow? {
        if case .flow(let flow) = subject { flow } else { nil }
    }
}
