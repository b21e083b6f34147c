/// Why one end of an SSH connection leaves: RFC 4253 section 11.1.
public struct SSHDisconnect: Hashable, Sendable {
    static let message: UInt8 = 1

    public var reason: UInt32
    public var text: NetworkText

    /// Reads a packet's payload, message number included.
    public init?(decoding payload: Span<UInt8>) {
        guard payload.count >= 5, payload[0] == Self.message else { return nil }
        reason = payload.uint32(at: 1)
        var place = 5
        guard let text = payload.sshString(at: &place) else { return nil }
        self.text = NetworkText(bytes: Array(text.prefix(NetworkText.longestFirstLine))).firstLine
    }

    /// The user, or the application, is done: nothing went wrong.
    public var isByApplication: Bool { reason == 11 }
}
