import PacketWire

/// Decides of each packet whether a recording of handshakes keeps it: the first of each conversation, everything that
/// begins, ends or refuses one, and what is near the failure of those that fail. Bulk data is held back until its
/// conversation has failed or ended well.
///
/// Pure and bounded: what is held is somebody else's matter, under the number of the conversation's place; when all
/// places are taken, the conversation that was silent for longest is forgotten, and its next packet begins another.
struct HandshakeSieve {
    struct Limits {
        /// Packets that are kept from the beginning of a conversation, and after each sign of trouble: a handshake,
        /// a TLS handshake in both directions, the first request and its answer.
        /// At least 1.
        var opening: UInt8 = 16
        var conversations = 32_768
        /// Nanoseconds of silence after which a conversation is over.
        var idle: Int64 = 120_000_000_000
        /// Nanoseconds of silence after which what was not acknowledged will not be.
        var silence: Int64 = 3_500_000_000
        /// Nanoseconds for which a shut window is no trouble: as long as no sender asks about it yet (RFC 9293 section
        /// 3.8.6.1: a retransmission timeout, 200 ms at the least where that is lowest).
        var shut: Int64 = 200_000_000
    }

    /// What becomes of a packet. The number is the place of its conversation.
    enum Fate: Hashable {
        case keep
        /// What is held of the conversation comes before it: it fails.
        case keepAfterHeld(Int)
        /// The conversation ends well: what is held of it goes.
        case keepAndLetGo(Int)
        case hold(Int)
        case drop
    }

    /// A conversation that is over without a packet that says so.
    struct Ending: Hashable {
        var place: Int
        /// What is held of it is wanted.
        var hasFailed: Bool
    }

    private struct Conversation {
        var key: ConversationKey
        var lastSeen: Int64
        var left: UInt8
        var isTCP = false
        var hasEnded = false
        /// The number of the SYN that opened it.
        var opening: UInt32?
        var progress = StreamProgress()
        /// Which end takes no more data, and since when.
        var shut: (isForward: Bool, at: Int64)?
        /// In order of silence.
        var staler: Int32 = -1
        var fresher: Int32 = -1
    }

    private let limits: Limits
    private var places: [ConversationKey: Int32] = [:]
    private var conversations: [Conversation] = []
    private var free: [Int32] = []
    private var stalest: Int32 = -1
    private var freshest: Int32 = -1
    /// To be dealt with before the fate that was returned: places are used again.
    private(set) var endings: [Ending] = []
    /// Conversations that there was no place for any more, and that were not over.
    private(set) var forgotten = 0

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    var count: Int { places.count }

    mutating func takeEndings() -> [Ending] {
        defer { endings.removeAll(keepingCapacity: true) }
        return endings
    }

    /// - Parameter now: the packet's time, in nanoseconds of any clock.
    mutating func judge(_ packet: Packet, at now: Int64) -> Fate {
        guard let key = ConversationKey(packet) else { return .keep }
        let isError = packet.icmp?.isError == true
        guard let place = places[key] else {
            // What an error quotes may have left elsewhere: it is kept, and begins nothing.
            if isError { return .keep }
            let place = begin(key, at: now)
            conversations[Int(place)].isTCP = packet.tcp != nil
            note(packet, place)
            return .keep
        }
        touch(place, at: now)
        if isError { return trouble(place) }
        if let header = packet.tcp, let flow = packet.flow { return judge(header, flow, packet, place, at: now) }
        return bulk(place, isHeld: packet.udp != nil)
    }

    private mutating func note(_ packet: Packet, _ place: Int32) {
        guard let header = packet.tcp, let flow = packet.flow else { return }
        if header.flags.contains(.syn), !header.flags.contains(.ack) {
            conversations[Int(place)].opening = header.sequenceNumber
        }
        _ = conversations[Int(place)].progress.observe(
            header, payloadLength: packet.payloadLengthOnWire, isForward: ConversationKey.isForward(flow))
    }

    private mutating func judge(
        _ header: TCPHeader, _ flow: Flow, _ packet: Packet, _ place: Int32, at now: Int64
    ) -> Fate {
        let index = Int(place)
        if header.flags.contains(.syn) {
            guard !header.flags.contains(.ack), conversations[index].opening != header.sequenceNumber else {
                return .keep
            }
            // Another connection on the same ports; the one before it ended well, or it did not.
            let hasFailed = conversations[index].progress.isWaiting && !conversations[index].hasEnded
            conversations[index].progress = StreamProgress()
            conversations[index].hasEnded = false
            conversations[index].shut = nil
            conversations[index].opening = header.sequenceNumber
            conversations[index].left = limits.opening &- 1
            return hasFailed ? .keepAfterHeld(index) : .keepAndLetGo(index)
        }
        let isRepeated = conversations[index].progress.observe(
            header, payloadLength: packet.payloadLengthOnWire, isForward: ConversationKey.isForward(flow))
        if header.flags.contains(.rst) {
            defer { conversations[index].hasEnded = true }
            return conversations[index].hasEnded ? .keep : trouble(place)
        }
        if header.flags.contains(.fin) {
            conversations[index].hasEnded = true
            return .keepAndLetGo(index)
        }
        let isShut = staysShut(header, isForward: ConversationKey.isForward(flow), index, at: now)
        if isRepeated || isShut { return trouble(place) }
        return bulk(place, isHeld: true)
    }

    /// A window that is shut for a moment is a receiver at its limit, as in every fast transfer; one that stays shut is why
    /// nothing goes on.
    private mutating func staysShut(_ header: TCPHeader, isForward: Bool, _ index: Int, at now: Int64) -> Bool {
        if let shut = conversations[index].shut {
            if header.window > 0, isForward == shut.isForward { conversations[index].shut = nil }
            return now.subtractingSaturated(shut.at) >= limits.shut
        }
        if header.window == 0 { conversations[index].shut = (isForward, now) }
        return false
    }

    private mutating func trouble(_ place: Int32) -> Fate {
        // What follows shows whether it recovers.
        conversations[Int(place)].left = limits.opening
        return .keepAfterHeld(Int(place))
    }

    private mutating func bulk(_ place: Int32, isHeld: Bool) -> Fate {
        guard conversations[Int(place)].left > 0 else { return isHeld ? .hold(Int(place)) : .drop }
        conversations[Int(place)].left &-= 1
        return .keep
    }

    /// Ends what has been silent for long.
    mutating func expire(at now: Int64) {
        while stalest >= 0, now.subtractingSaturated(conversations[Int(stalest)].lastSeen) > limits.idle {
            end(stalest, at: now)
        }
    }

    /// Ends all of them.
    mutating func finish(at now: Int64) {
        while stalest >= 0 { end(stalest, at: now) }
    }

    private mutating func end(_ place: Int32, at now: Int64) {
        let conversation = conversations[Int(place)]
        let isSilent = now.subtractingSaturated(conversation.lastSeen) >= limits.silence
        endings.append(
            Ending(
                place: Int(place),
                hasFailed: conversation.isTCP && !conversation.hasEnded && isSilent
                    && (conversation.progress.isWaiting || conversation.shut != nil)))
        unlink(place)
        places[conversation.key] = nil
        free.append(place)
    }

    private mutating func begin(_ key: ConversationKey, at now: Int64) -> Int32 {
        if places.count >= limits.conversations {
            if !conversations[Int(stalest)].hasEnded { forgotten += 1 }
            end(stalest, at: now)
        }
        let conversation = Conversation(key: key, lastSeen: now, left: limits.opening &- 1)
        let place: Int32
        if let last = free.popLast() {
            place = last
            conversations[Int(place)] = conversation
        } else {
            place = Int32(conversations.count)
            conversations.append(conversation)
        }
        places[key] = place
        link(place)
        return place
    }

    private mutating func touch(_ place: Int32, at now: Int64) {
        conversations[Int(place)].lastSeen = now
        guard place != freshest else { return }
        unlink(place)
        link(place)
    }

    private mutating func link(_ place: Int32) {
        conversations[Int(place)].staler = freshest
        conversations[Int(place)].fresher = -1
        if freshest >= 0 { conversations[Int(freshest)].fresher = place } else { stalest = place }
        freshest = place
    }

    private mutating func unlink(_ place: Int32) {
        let (staler, fresher) = (conversations[Int(place)].staler, conversations[Int(place)].fresher)
        if staler >= 0 { conversations[Int(staler)].fresher = fresher } else { stalest = fresher }
        if fresher >= 0 { conversations[Int(fresher)].staler = staler } else { freshest = staler }
    }
}
