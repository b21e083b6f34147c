import PacketWire

/// What happened in a conversation without whom it happened to: who sent what in which order, with which marks, how
/// long after one another as far as kernels' timers tell. Two conversations of one shape are judged alike.
public struct ConversationShape: Sendable, Hashable {
    private var a: UInt64 = 0x243F_6A88_85A3_08D3
    private var b: UInt64 = 0x1319_8A2E_0370_7344

    /// - Parameter end: when the capture ended.
    init(_ table: ConversationTable, at position: Int, until end: Instant) {
        let track = table.tracks[position]
        mix(UInt64(track.events.rawValue) | (track.subject.flow?.transport == .tcp ? 1 << 16 : 0))
        var seen = Seen(openingNumber: track.openingNumber, previous: track.firstSeen)
        var place = track.first
        while place != PacketArena.none {
            let (packet, next) = table.arena.stored(at: place)
            mix(packet, of: track, &seen)
            if let quote = table.arena.quote(at: place) { mix(quote, of: track, seen) }
            seen.previous = packet.at
            place = next
        }
        mix(Self.bucket(end - track.lastSeen))
        mix(Self.bucket(track.lastSeen - track.firstSeen))
    }

    /// What a packet is compared with: numbers matter only as far as they are the same.
    private struct Seen {
        var openingNumber: UInt32
        var previous: Instant
        /// Of the first SYN.
        var timestamp: UInt32?
        var identification: UInt32?
        /// Of the first SYN-ACK.
        var answerNumber: UInt32?
    }

    private mutating func mix(_ packet: StoredPacket, of track: ConversationTrack, _ seen: inout Seen) {
        mix(
            Self.bucket(packet.at - track.firstSeen) | Self.bucket(packet.at - seen.previous) << 8
                | UInt64(packet.trafficClass) << 16)
        var word = UInt64(packet.marks) | UInt64(packet.timeToLive) << 8
        switch packet.kind {
        case .tcp(let header, let length):
            let timestamps = header.options.timestamps
            if header.flags.contains(.syn) {
                if packet.fromInitiator, seen.timestamp == nil {
                    (seen.timestamp, seen.identification) = (timestamps?.value, packet.identification)
                } else if !packet.fromInitiator, seen.answerNumber == nil {
                    seen.answerNumber = header.sequenceNumber
                }
            }
            let bits: [Bool] = [
                length > 0, header.window == 0, header.acknowledgementNumber == seen.openingNumber &+ 1,
                header.sequenceNumber == seen.openingNumber, header.sequenceNumber == seen.openingNumber &+ 1,
                header.sequenceNumber == seen.answerNumber, timestamps?.echoReply == seen.timestamp,
            ]
            word |= UInt64(header.flags.rawValue) << 24
            for (place, bit) in bits.enumerated() where bit { word |= 1 << UInt64(48 + place) }
            mix(UInt64(header.options.present.rawValue))
        case .udp(let length): word |= 1 << 44 | (length > 0 ? 1 << 40 : 0)
        case .icmpError(let error, _, let quotedTimeToLive):
            word |= 1 << 45 | UInt64(error.type) << 24 | UInt64(error.code) << 32 | UInt64(quotedTimeToLive) << 48
            if packet.source == track.subject.responder {
                mix(1)
            } else if packet.source == track.subject.initiator {
                mix(2)
            } else {
                mix(packet.source)
            }
        case .echoRequest: word |= 1 << 46
        case .echoReply: word |= 1 << 47
        }
        mix(word)
    }

    /// What an error quotes, beside what was sent.
    private mutating func mix(_ quote: PacketQuote, of track: ConversationTrack, _ seen: Seen) {
        guard let flow = track.subject.flow else { return }
        let bits: [Bool] = [
            quote.source == flow.source.address, quote.destination == flow.destination.address,
            quote.sourcePort == flow.source.port, quote.destinationPort == flow.destination.port,
            quote.sequenceNumber == seen.openingNumber, quote.identification == seen.identification,
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
        ConversationShape(self, at: position, until: end)
    }
}
