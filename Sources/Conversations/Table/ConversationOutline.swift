import PacketWire

/// The most that is known of a conversation without looking at its packets.
public struct ConversationOutline: Sendable {
    let track: ConversationTrack

    public var subject: Conversation.Subject { track.subject }
    public var number: Int { track.number }
    /// Equal addresses in two networks are two hosts; 0 is where the capture was made.
    public var network: UInt16 { track.network }
    public var firstSeen: Instant { track.firstSeen }
    public var lastSeen: Instant { track.lastSeen }
    public var sent: Conversation.Tally { track.sent }
    public var received: Conversation.Tally { track.received }
    /// With which the initiator's first packet passed the tap; nil where it sent none.
    public var initiatorTimeToLive: UInt8? { track.initiatorTimeToLive == 0 ? nil : track.initiatorTimeToLive }
    /// How many routers the initiator's packets had passed at the tap, and the responder's; nil where not both were seen.
    public var routersPassed: (there: Int, back: Int)? {
        guard track.initiatorTimeToLive > 0, track.responderTimeToLive > 0 else { return nil }
        return (track.initiatorTimeToLive.routersPassed, track.responderTimeToLive.routersPassed)
    }
    /// How often one and the same segment of the initiator's passed the tap again, each time with a smaller TTL; nil where
    /// several taps, or one router's interfaces, explain that.
    public var circles: Int? { track.circles }
    /// The responder itself answered, not somebody on the way.
    public var isAnswered: Bool { track.events.contains(.answered) }
    /// The responder takes it: a SYN-ACK, or any datagram.
    public var isOpened: Bool { track.events.contains(subject.flow?.transport == .tcp ? .synAck : .answered) }
    /// TCP of which no SYN was seen.
    public var beganBefore: Bool {
        subject.flow?.transport == .tcp && track.events.isDisjoint(with: [.syn, .synAck]) && track.kept > 0
            && !track.events.contains(.refused)
    }
    /// SYN-ACKs and nothing behind them, without a SYN; resets of them at most.
    public var isAnswerAlone: Bool {
        subject.flow?.transport == .tcp && track.events.contains(.synAck)
            && track.events.isDisjoint(with: [
                .syn, .acknowledged, .finByInitiator, .finByResponder, .dataByInitiator, .dataByResponder,
            ])
    }
    /// TCP that goes on as if its SYN had been answered.
    public var isSpokenOn: Bool {
        subject.flow?.transport == .tcp
            && !track.events.isDisjoint(with: [.acknowledged, .finByInitiator, .dataByInitiator])
    }
    /// Datagrams to all who listen (multicast, broadcast): nobody owes an answer.
    public var isToGroup: Bool { track.events.contains(.toGroup) }
    /// The answer may come from another port of the responder, as a conversation of its own.
    public var mayBeAnsweredElsewhere: Bool {
        subject.flow.map { $0.transport == .udp && $0.destination.port == Flow.transferPort } ?? false
    }
    /// A reset, or an ICMP error that ends an attempt.
    public var isRefused: Bool { !track.events.isDisjoint(with: [.reset, .refused]) }
    /// An ICMP error came for a connection that was open.
    public var isRefusedMidway: Bool {
        track.events.contains(.refused) && subject.flow?.transport == .tcp
            && (track.events.isSuperset(of: [.synAck, .acknowledged])
                || track.events.isDisjoint(with: [.syn, .synAck]))
    }
    /// Both ends have said that they are done.
    public var isClosed: Bool { track.events.isSuperset(of: .closed) || track.events.contains(.reset) }

    /// Sent to die on the way, as the packets of a ladder are.
    public var isShortLived: Bool { initiatorTimeToLive.map { $0 <= SharedFlow.longestRung } ?? false }
    /// What another conversation of the same hosts can take from it: what happened, and how far away its ends are.
    public var signature: UInt64 {
        let kind: UInt64 =
            switch subject {
            case .flow(let flow): flow.transport == .tcp ? 1 : 2
            case .echo: 3
            }
        return UInt64(track.events.rawValue) | UInt64(track.initiatorTimeToLive) << 16
            | UInt64(track.responderTimeToLive) << 24 | kind << 32
    }
}

extension ConversationTable {
    public func outline(at position: Int) -> ConversationOutline { ConversationOutline(track: tracks[position]) }

    /// TCP's course, segment by segment; nil for anything else.
    public func analysis(at position: Int) -> TCPAnalysis? {
        let place = tracks[position].analysis
        return place == PacketArena.none ? nil : analyses[place]
    }

    /// From the SYN to the SYN-ACK, and from there to the initiator's acknowledgement, in whole microseconds; nil
    /// where the handshake is not whole, or something was repeated.
    public func handshakeTimes(at position: Int) -> (toResponder: TimeSpan, toInitiator: TimeSpan)? {
        let (answered, acknowledged) = (tracks[position].answeredAfter, tracks[position].acknowledgedAfter)
        guard acknowledged > 0 else { return nil }
        return (
            TimeSpan(nanoseconds: Int64(answered) * 1_000),
            TimeSpan(nanoseconds: Int64(acknowledged - answered) * 1_000)
        )
    }

    /// A segment held more than the other end said that it takes at once (RFC 9293 section 3.7.1): the capture saw it
    /// before the network card cut it up, or after it was put together.
    public func exceedsSegmentSize(at position: Int) -> Bool {
        let place = tracks[position].analysis
        guard place != PacketArena.none else { return false }
        return analyses[place].exceedsSegmentSize
    }

    /// It ended before the responder had said what it owes.
    ///
    /// - Parameter length: what it owes; nil where that is not known.
    public func endsEarly(before length: UInt32?, at position: Int) -> Bool {
        let place = tracks[position].analysis
        guard place != PacketArena.none else { return false }
        if analyses[place].isLeft(before: length) { return true }
        return length.map {
            analyses[place].breaksOff(before: $0) || analyses[place].trickle(before: $0) != nil
        } ?? false
    }

    /// The responder closed within seconds, and had not said much more than who it is.
    public func isClosedEarlyByResponder(at position: Int) -> Bool {
        let place = tracks[position].analysis
        guard place != PacketArena.none, let close = analyses[place].close else { return false }
        return !close.byInitiator && close.at - analyses[place].firstSeen <= .seconds(10)
            && analyses[place].responder.payloadBytes <= 16_384
    }

    /// The initiator said something, and the responder's only answer to that is a reset.
    public func isResetUnanswered(at position: Int) -> Bool {
        let place = tracks[position].analysis
        guard place != PacketArena.none, tracks[position].events.contains(.reset) else { return false }
        return analyses[place].isResetUnanswered || analyses[place].isResetMidway
            || analyses[place].bytesBehindEnd != nil || analyses[place].unknownBytes != nil
    }

    /// Somebody waited in it for longer than is the normal course of things, or something of it was not seen.
    public func mayBeHeldUp(at position: Int) -> Bool {
        let place = tracks[position].analysis
        guard place != PacketArena.none else { return false }
        return analyses[place].mayBeHeldUp
    }

    /// The initiator sent something more than once.
    public func isSentAgain(at position: Int) -> Bool {
        let place = tracks[position].analysis
        return place != PacketArena.none && analyses[place].initiator.retransmissions > 0
    }

    /// The analysis ends here: what still waits has waited until now, and pages that were not over are.
    public mutating func finish(_ position: Int, at end: Instant) {
        let reader = tracks[position].reader
        if reader != PacketArena.none { readers[reader].end() }
        let place = tracks[position].analysis
        if place != PacketArena.none { analyses[place].finish(at: end) }
    }
}
