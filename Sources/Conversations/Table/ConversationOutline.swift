import PacketWire

/// The most that is known of a conversation without looking at its packets.
public struct ConversationOutline: Sendable {
    let track: ConversationTrack

    public var subject: Conversation.Subject { track.subject }
    public var number: Int { track.number }
    public var firstSeen: Instant { track.firstSeen }
    public var lastSeen: Instant { track.lastSeen }
    public var sent: Conversation.Tally { track.sent }
    public var received: Conversation.Tally { track.received }
    /// With which the initiator's first packet passed the tap; nil where it sent none.
    public var initiatorTimeToLive: UInt8? { track.initiatorTimeToLive == 0 ? nil : track.initiatorTimeToLive }
    /// The responder itself answered, not somebody on the way.
    public var isAnswered: Bool { track.events.contains(.answered) }
    /// TCP of which no SYN was seen.
    public var beganBefore: Bool {
        subject.flow?.transport == .tcp && track.events.isDisjoint(with: [.syn, .synAck]) && track.kept > 0
            && !track.events.contains(.refused)
    }
    /// A reset, or an ICMP error that ends an attempt, was seen.
    public var isRefused: Bool { !track.events.isDisjoint(with: [.reset, .refused]) }
    /// Both ends have said that they are done.
    public var isClosed: Bool { track.events.isSuperset(of: .closed) || track.events.contains(.reset) }

    /// A connection that was opened without anything out of the ordinary, and nothing reset or refused it: SYN,
    /// SYN-ACK and acknowledgement, once each.
    public var isPlainlyOpen: Bool {
        track.isPlain && track.events.isSuperset(of: [.syn, .synAck, .acknowledged])
    }

    /// A datagram, or several, that was answered by whoever it was sent to, and nothing else.
    public var isPlainlyAnswered: Bool {
        subject.flow?.transport == .udp && track.isPlain && track.events.contains(.answered)
            && track.initiatorTimeToLive > SharedFlow.longestRung
    }
}

extension ConversationTable {
    public func outline(at position: Int) -> ConversationOutline { ConversationOutline(track: tracks[position]) }

    /// TCP's course, segment by segment; nil for anything else.
    public func analysis(at position: Int) -> TCPAnalysis? {
        let place = tracks[position].analysis
        return place == PacketArena.none ? nil : analyses[Int(place)]
    }

    /// The analyses end here: what still waits has waited until now.
    public mutating func finish(at end: Instant) {
        for position in analyses.indices { analyses[position].finish(at: end) }
    }
}
