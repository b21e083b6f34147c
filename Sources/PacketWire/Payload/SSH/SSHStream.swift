/// One direction of an SSH connection behind its identification, as long as it is in the clear: nothing is kept of it
/// but a message that is not whole yet.
public struct SSHStream: Hashable, Sendable {
    public enum Message: Hashable, Sendable {
        case offer(SSHKeyExchangeInit)
        case disconnect(SSHDisconnect)
        /// Of the key exchange itself.
        case other
        /// All that follows is encrypted.
        case newKeys
    }

    private static let newKeys: UInt8 = 21
    /// A packet's length and that of its padding: RFC 4253 section 6.
    private static let headerLength = 5
    /// All that an implementation must take (RFC 4253 section 6.1); offers are of one or two thousand bytes.
    private static let longest = 35_000
    private static let longestKept = 8_192

    private var pending: [UInt8] = []
    /// Bytes of a packet that is read over.
    private var skipped = 0
    public private(set) var isDone = false

    public init() {}

    /// Takes the next bytes of the stream, and returns the messages that they end.
    public mutating func read(_ bytes: Span<UInt8>) -> [Message] {
        var messages: [Message] = []
        var place = min(skipped, bytes.count)
        skipped -= place
        if pending.isEmpty {
            read(bytes, from: &place, &messages)
            keep(bytes, from: place)
        } else {
            pending += bytes.array(0..<bytes.count)
            let collected = pending
            pending = []
            read(collected.span, from: &place, &messages)
            keep(collected.span, from: place)
        }
        return messages
    }

    private mutating func keep(_ bytes: Span<UInt8>, from place: Int) {
        guard !isDone, place < bytes.count else { return }
        guard bytes.count - place <= Self.longestKept else {
            isDone = true
            return
        }
        pending = bytes.array(place..<bytes.count)
    }

    private mutating func read(_ bytes: Span<UInt8>, from place: inout Int, _ messages: inout [Message]) {
        while !isDone, bytes.available(from: place) > Self.headerLength {
            let length = Int(bytes.uint32(at: place))
            let padding = Int(bytes[place &+ 4])
            guard length <= Self.longest, length > padding &+ 1 else {
                isDone = true
                return
            }
            let start = place &+ Self.headerLength
            let end = place &+ 4 &+ length
            switch bytes[start] {
            case Self.newKeys:
                isDone = true
                messages.append(.newKeys)
                return
            case SSHKeyExchangeInit.message, SSHDisconnect.message:
                guard end <= bytes.count else { return }
                let payload = bytes.extracting(start..<end &- padding)
                if let offer = SSHKeyExchangeInit(decoding: payload) {
                    messages.append(.offer(offer))
                } else if let disconnect = SSHDisconnect(decoding: payload) {
                    messages.append(.disconnect(disconnect))
                }
            default: messages.append(.other)
            }
            skipped = max(0, end &- bytes.count)
            place = min(end, bytes.count)
        }
    }
}
