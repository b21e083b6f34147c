import LiveCapture
import PacketWire

/// Keeps of a recording what `HandshakeSieve` wants, and holds the rest back as long as it may become wanted.
///
/// The packets of one conversation stay in their order. Those that were held stand behind younger ones of others.
struct HandshakeFilter {
    /// What is to be written.
    typealias Write = (Span<UInt8>, CaptureHandle.Header, PacketDirection?) throws -> Void

    private var sieve: HandshakeSieve
    private var pool: PacketPool
    private(set) var kept = 0
    /// Packets of conversations that failed, that were let go because the memory was full.
    private(set) var forgottenPackets = 0

    var forgottenConversations: Int { sieve.forgotten }

    /// - Parameters:
    ///   - bytes: what is held back, at most.
    ///   - share: of one conversation.
    init(_ limits: HandshakeSieve.Limits = HandshakeSieve.Limits(), bytes: Int = 32 << 20, share: Int = 256 << 10) {
        sieve = HandshakeSieve(limits)
        pool = PacketPool(bytes: bytes, share: share, owners: limits.conversations)
    }

    mutating func take(
        _ packet: Packet, _ frame: Span<UInt8>, _ header: CaptureHandle.Header, _ direction: PacketDirection?,
        _ write: Write
    ) throws {
        let fate = sieve.judge(packet, at: header.unixNanoseconds)
        if !sieve.endings.isEmpty { try end(write) }
        switch fate {
        case .drop: return
        case .hold(let place): return pool.append(frame, header, direction, of: place)
        case .keep: break
        case .keepAfterHeld(let place): try release(place, write)
        case .keepAndLetGo(let place): pool.discard(of: place)
        }
        kept += 1
        try write(frame, header, direction)
    }

    /// Ends conversations that have been silent for long. Called about once a second.
    mutating func expire(at now: Int64, _ write: Write) throws {
        sieve.expire(at: now)
        try end(write)
    }

    /// Ends them all.
    mutating func finish(at now: Int64, _ write: Write) throws {
        sieve.finish(at: now)
        try end(write)
    }

    private mutating func end(_ write: Write) throws {
        for ending in sieve.takeEndings() {
            if ending.hasFailed { try release(ending.place, write) } else { pool.discard(of: ending.place) }
        }
    }

    private mutating func release(_ place: Int, _ write: Write) throws {
        var count = 0
        forgottenPackets += try pool.take(of: place) { header, direction, frame in
            count += 1
            try write(frame, header, direction)
        }
        kept += count
    }
}
