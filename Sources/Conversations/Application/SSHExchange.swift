public import PacketWire

/// Who spoke first in SSH, and as what.
public struct SSHExchange: Sendable, Hashable {
    public internal(set) var client: Seen<NetworkText>?
    public internal(set) var server: Seen<NetworkText>?
    /// What a server said instead.
    public internal(set) var refusal: Seen<NetworkText>?

    /// How long the responder's stream was when it had said who it is, and nothing else; 0 where that is not known.
    public internal(set) var helloLength: UInt32 = 0

    var isPlain: Bool { client != nil && server != nil }

    /// A server may say other lines first (RFC 4253 section 4.2), in the same segment or in one of its own.
    mutating func read(_ bytes: Span<UInt8>, fromInitiator: Bool, frame: Int, at: Instant) {
        guard let found = SSHIdentification(amongLinesOf: bytes) else {
            if !fromInitiator, refusal == nil {
                let start = bytes.array(0..<min(bytes.count, NetworkText.longestFirstLine))
                refusal = Seen(value: NetworkText(bytes: start).firstLine, frame: frame, at: at)
            }
            return
        }
        let seen = Seen(value: found.text, frame: frame, at: at)
        if fromInitiator {
            client = seen
        } else {
            (server, refusal) = (seen, nil)
        }
    }
}
