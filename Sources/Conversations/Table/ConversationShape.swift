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
        var place = track.first
        while place != PacketArena.none {
            let (packet, next) = table.arena.stored(at: place)
            mix(packet, of: track)
            place = next
        }
        mix(Self.bucket(end - track.lastSeen))
        mix(Self.bucket(track.lastSeen - track.firstSeen))
    }

    private mutating func mix(_ packet: StoredPacket, of track: ConversationTrack) {
        var word =
            UInt64(packet.marks) | UInt64(packet.timeToLive) << 8 | Self.bucket(packet.at - track.firstSeen) << 16
        switch packet.kind {
        case .tcp(let header, let length):
            word |=
                UInt64(header.flags.rawValue) << 24 | (length > 0 ? 1 << 40 : 0) | (header.window == 0 ? 1 << 41 : 0)
            let follows = header.acknowledgementNumber == track.openingNumber &+ 1
            word |= (follows ? 1 << 42 : 0) | (header.sequenceNumber == track.openingNumber ? 1 << 43 : 0)
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

    /// Waits that mean the same: a round trip, and each time that kernels take before they send again.
    private static func bucket(_ span: TimeSpan) -> UInt64 {
        let bounds: [Int64] = [300, 1_000, 2_500, 6_500, 14_500, 30_000]
        let milliseconds = span.nanoseconds / 1_000_000
        return UInt64(bounds.count { $0 <= milliseconds })
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
