import PacketWire

/// Walks over TLS handshake messages in the clear, piece by piece, and keeps nothing of them: is a certificate asked of
/// the client before the server's flight is done? RFC 5246 section 7.4.4.
struct HandshakeWalker: Sendable, Hashable {
    /// Bytes of the message at hand that are still to come.
    private var rest = 0
    /// Type and length, as far as they came.
    private var head: [UInt8] = []
    /// Nothing more is to be learned.
    private(set) var isDone = false

    /// Takes the next bytes; true for a CertificateRequest among them.
    mutating func findsRequest(in bytes: Span<UInt8>) -> Bool {
        var place = 0
        while place < bytes.count, !isDone {
            if rest > 0 {
                let count = min(rest, bytes.count - place)
                rest -= count
                place += count
                continue
            }
            head.append(bytes[place])
            place += 1
            guard head.count == 4 else { continue }
            let type = TLSHandshakeType(rawValue: head[0])
            rest = Int(head[1]) << 16 | Int(head[2]) << 8 | Int(head[3])
            head.removeAll(keepingCapacity: true)
            isDone = type == .certificateRequest || type == .serverHelloDone
            if type == .certificateRequest { return true }
        }
        return false
    }
}
