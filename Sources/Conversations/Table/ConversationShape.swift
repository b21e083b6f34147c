import PacketWire

/// What happened in a conversation without whom it happened to: who sent what in which order, with which marks, how
/// long after one another as far as kernels' timers tell. Two conversations of one shape are judged alike.
///
/// It is folded as packets are kept, while they are at hand: to look at a million of them again costs more.
public struct ConversationShape: Sendable, Hashable {
    private var a: UInt64 = 0x243F_6A88_85A3_08D3
    private var b: UInt64 = 0x1319_8A2E_0370_7344

    init() {}

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

    mutating func add(
        _ packet: borrowing StoredPacket, _ quote: PacketQuote?, of subject: Conversation.Subject, firstSeen: Instant,
        openingNumber: UInt32, _ seen: inout Seen
    ) {
        mix(
            Self.bucket(packet.at - firstSeen) | Self.bucket(packet.at - seen.previous) << 8
                | UInt64(packet.trafficClass) << 16)
        seen.previous = packet.at
        var word = UInt64(packet.marks) | UInt64(packet.timeToLive) << 8
        switch packet.kind {
        case .tcp(let header, let length): mix(header, length, packet, openingNumber, &seen, &word)
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
        if let quote { mix(quote, of: subject, openingNumber, seen) }
    }

    @inline(__always)
    private mutating func mix(
        _ header: borrowing TCPHeader, _ length: Int, _ packet: borrowing StoredPacket, _ openingNumber: UInt32,
        _ seen: inout Seen, _ word: inout UInt64
    ) {
        let timestamps = header.options.timestamps
        if header.flags.contains(.syn) {
            if packet.fromInitiator, !seen.hasOpening {
                seen.hasOpening = true
                (seen.timestamp, seen.identification) = (timestamps?.value ?? 0, packet.identification)
            } else if !packet.fromInitiator, !seen.hasAnswer {
                seen.hasAnswer = true
                seen.answerNumber = header.sequenceNumber
            }
        }
        let (number, answers) = (header.sequenceNumber, seen.hasAnswer ? 1 : 0 as UInt64)
        word |= UInt64(header.flags.rawValue) << 24
        word |= length > 0 ? 1 << 48 : 0
        word |= header.window == 0 ? 1 << 49 : 0
        word |= header.acknowledgementNumber == openingNumber &+ 1 ? 1 << 50 : 0
        word |= number == openingNumber ? 1 << 51 : 0
        word |= number == openingNumber &+ 1 ? 1 << 52 : 0
        word |= number == seen.answerNumber ? answers << 53 : 0
        word |= (timestamps?.echoReply ?? 0) == seen.timestamp ? 1 << 54 : 0
        mix(UInt64(header.options.present.rawValue))
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

    /// Waits that the causes tell apart, in milliseconds (grep `milliseconds` in Diagnosis).
    private static func bucket(_ span: TimeSpan) -> UInt64 {
        let milliseconds = span.nanoseconds / 1_000_000
        if milliseconds < 100 { return 0 }
        let bounds: [Int64] = [150, 300, 500, 800, 900, 1_000, 3_000, 75_000]
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
