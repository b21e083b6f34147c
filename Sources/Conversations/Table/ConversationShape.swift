import PacketWire

/// What happened in a conversation without whom it happened to: who sent what in which order, with which marks, how
/// long after one another as far as kernels' timers tell. Two conversations of one shape are judged alike.
///
/// It is folded as packets are kept, while they are at hand: to look at a million of them again costs more.
public struct ConversationShape: Sendable, Hashable {
    private var a: UInt64 = 0x243F_6A88_85A3_08D3
    private var b: UInt64 = 0x1319_8A2E_0370_7344

    init() {}

    /// Both halves are made of all that is in either.
    public func hash(into hasher: inout Hasher) { hasher.combine(a) }

    /// What a packet is compared with: numbers matter only as far as they are the same.
    struct Seen: Sendable {
        var previous: Instant
        /// Of the first SYN.
        var timestamp: UInt32 = 0
        var identification: UInt32 = 0
        /// Of the first SYN-ACK.
        var answerNumber: UInt32 = 0
        var hasOpening = false
        var hasAnswer = false
    }

    /// What is told of a packet of any kind.
    struct Stamp {
        /// When it came, and how long behind the conversation's first packet.
        var at: Instant
        var after: TimeSpan
        var timeToLive: UInt8
        var trafficClass: UInt8
        var identification: UInt32?
        var fromInitiator: Bool
        var isDamaged = false
        var isPartial = false
        var isFromStranger = false
        var isAboutAnswer = false

        fileprivate var word: UInt64 {
            UInt64(timeToLive) << 8 | (fromInitiator ? 1 : 0) | (isDamaged ? 2 : 0) | (isFromStranger ? 4 : 0)
                | (identification != nil ? 8 : 0) | (isPartial ? 16 : 0)
                | (isAboutAnswer ? 32 : 0)
        }
    }

    /// - Parameter openingNumber: the conversation's own.
    @inline(__always)
    mutating func add(
        segment header: borrowing CompactTCPHeader, payloadLength: Int, _ stamp: Stamp, openingNumber: UInt32,
        _ seen: inout Seen
    ) {
        mix(stamp, &seen)
        let timestamps = header.timestamps
        if header.flags.contains(.syn) {
            if stamp.fromInitiator, !seen.hasOpening {
                seen.hasOpening = true
                (seen.timestamp, seen.identification) = (timestamps?.value ?? 0, stamp.identification ?? 0)
            } else if !stamp.fromInitiator, !seen.hasAnswer {
                seen.hasAnswer = true
                seen.answerNumber = header.sequenceNumber
            }
        }
        let (number, answers) = (header.sequenceNumber, seen.hasAnswer ? 1 : 0 as UInt64)
        var word = stamp.word
        word |= UInt64(header.flags.rawValue) << 24
        word |= payloadLength > 0 ? 1 << 48 : 0
        word |= header.window == 0 ? 1 << 49 : 0
        word |= header.acknowledgementNumber == openingNumber &+ 1 ? 1 << 50 : 0
        word |= number == openingNumber ? 1 << 51 : 0
        word |= number == openingNumber &+ 1 ? 1 << 52 : 0
        word |= number == seen.answerNumber ? answers << 53 : 0
        word |= (timestamps?.echoReply ?? 0) == seen.timestamp ? 1 << 54 : 0
        mix(UInt64(header.present.rawValue))
        mix(word)
    }

    mutating func add(
        _ packet: SeenPacket, of subject: Conversation.Subject, firstSeen: Instant, openingNumber: UInt32,
        _ seen: inout Seen
    ) {
        let stamp = Stamp(
            at: packet.at, after: packet.at - firstSeen, timeToLive: packet.timeToLive,
            trafficClass: packet.trafficClass, identification: packet.identification,
            fromInitiator: packet.fromInitiator, isDamaged: packet.isDamaged, isPartial: packet.isPartial,
            isFromStranger: packet.isFromStranger, isAboutAnswer: packet.isAboutAnswer)
        if case .tcp(let header, let length) = packet.kind {
            return add(
                segment: CompactTCPHeader(allButBlocksOf: header), payloadLength: length, stamp,
                openingNumber: openingNumber, &seen)
        }
        mix(stamp, &seen)
        var word = stamp.word
        switch packet.kind {
        case .tcp: break
        case .udp(let length): word |= 1 << 44 | (length > 0 ? 1 << 40 : 0)
        case .icmpError(let error, _, let quotedTimeToLive):
            word |= 1 << 45 | UInt64(error.type) << 24 | UInt64(error.code) << 32 | UInt64(quotedTimeToLive) << 48
            if packet.source == subject.responder {
                mix(1)
            } else if packet.source == subject.initiator {
                mix(2)
            } else {
                mix(packet.source)
            }
        case .echoRequest: word |= 1 << 46
        case .echoReply: word |= 1 << 47
        }
        mix(word)
        if let quote = packet.quote { mix(quote, of: subject, openingNumber, seen) }
    }

    @inline(__always)
    private mutating func mix(_ stamp: Stamp, _ seen: inout Seen) {
        mix(
            Self.bucket(stamp.after) | Self.bucket(stamp.at - seen.previous) << 8
                | UInt64(stamp.trafficClass) << 16)
        seen.previous = stamp.at
    }

    /// The shape as it is when nothing more comes.
    ///
    /// - Parameter end: when the capture ended.
    func finished(_ track: borrowing ConversationTrack, until end: Instant) -> ConversationShape {
        var shape = self
        shape.mix(
            UInt64(track.events.rawValue) | (track.subject.flow?.transport == .tcp ? 1 << 16 : 0)
                | UInt64(track.circles ?? 0) << 24)
        shape.mix(Self.bucket(end - track.lastSeen))
        shape.mix(Self.bucket(track.lastSeen - track.firstSeen))
        return shape
    }

    /// What an error quotes, beside what was sent.
    private mutating func mix(
        _ quote: PacketQuote, of subject: Conversation.Subject, _ openingNumber: UInt32, _ seen: Seen
    ) {
        guard let flow = subject.flow else { return }
        let bits: [Bool] = [
            quote.source == flow.source.address, quote.destination == flow.destination.address,
            quote.sourcePort == flow.source.port, quote.destinationPort == flow.destination.port,
            quote.sequenceNumber == openingNumber, quote.identification == seen.identification,
            quote.flags == nil, quote.labels.isEmpty,
        ]
        var word = UInt64(quote.trafficClass) | UInt64(quote.options?.present.rawValue ?? 0xFFFF) << 8
        word |= UInt64(quote.options?.maximumSegmentSize ?? 0) << 24 | UInt64(quote.flags?.rawValue ?? 0) << 40
        for (place, bit) in bits.enumerated() where bit { word |= 1 << UInt64(52 + place) }
        mix(word)
    }

    /// Waits that the causes tell apart, in milliseconds (grep `milliseconds` and `patience` in Diagnosis).
    @inline(__always)
    private static func bucket(_ span: TimeSpan) -> UInt64 {
        span < .milliseconds(100) ? 0 : longBucket(span)
    }

    @inline(never)
    private static func longBucket(_ span: TimeSpan) -> UInt64 {
        let milliseconds = span.nanoseconds / 1_000_000
        let bounds: [Int64] = [150, 300, 500, 800, 900, 1_000, 3_000, 5_000, 75_000]
        return UInt64(1 + bounds.count { $0 <= milliseconds })
    }

    private mutating func mix(_ address: IPAddress) {
        switch address {
        case .v4(let address): mix(UInt64(address.rawValue))
        case .v6(let address):
            mix(UInt64(truncatingIfNeeded: address.rawValue >> 64))
            mix(UInt64(truncatingIfNeeded: address.rawValue))
        }
    }

    private mutating func mix(_ word: UInt64) {
        let product = (a ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        a = product.high ^ product.low ^ b
        b = (b ^ word) &* 0xD6E8_FEB8_6659_FD93 &+ 0x2545_F491_4F6C_DD1D
        b ^= b >> 29
    }
}

extension ConversationTable {
    public func shape(at position: Int, until end: Instant) -> ConversationShape {
        tracks[position].shape.finished(tracks[position], until: end)
    }
}
