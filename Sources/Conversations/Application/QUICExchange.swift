public import PacketWire

/// How a QUIC connection begins.
public struct QUICExchange: Sendable, Hashable {
    public internal(set) var client: Seen<QUICLongHeader>?
    public internal(set) var server: Seen<QUICLongHeader>?

    mutating func read(_ bytes: Span<UInt8>, fromInitiator: Bool, frame: Int, at: Instant) {
        guard let header = QUICLongHeader(decoding: bytes) else { return }
        if fromInitiator {
            if client == nil, header.kind != .versionNegotiation { client = Seen(value: header, frame: frame, at: at) }
        } else if server == nil {
            server = Seen(value: header, frame: frame, at: at)
        }
    }

    var isPlain: Bool { server.map { $0.value.kind != .versionNegotiation } ?? false }
}
