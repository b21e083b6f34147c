public import PacketWire

/// A segment that no kernel's own socket sends, as the answer to a SYN: `syn+ack window=0`, `ack ack=+77000`.
///
/// Middleboxes, broken stacks and stale state answer like this. Each word after the flags changes one thing of
/// an otherwise plain answer.
public struct CraftedAnswer: Hashable, Sendable, CustomStringConvertible {
    public var flags: TCPFlags
    /// How far the acknowledgement number is beyond the SYN's sequence number; the right answer is 1.
    public var acknowledges: UInt32 = 1
    public var window: UInt16 = 65_535
    public var timeToLive: UInt8 = 64
    /// Whether a maximum segment size is announced.
    public var announcesSegmentSize = true
    /// Nil for the address that was asked.
    public var sender: IPAddress?
    /// In milliseconds.
    public var delay = 0

    public init(_ flags: TCPFlags) {
        self.flags = flags
    }

    /// Nil where a word is not known, or a number is not one of its field.
    init?(_ text: some StringProtocol) {
        var words = String(text).split(separator: " ").map(String.init)
        guard !words.isEmpty, let flags = Self.flags(words.removeFirst()) else { return nil }
        self.init(flags)
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch (parts.first, parts.count) {
            case ("ack", 2):
                guard parts[1].hasPrefix("+"), let number = UInt32(parts[1].dropFirst()) else { return nil }
                acknowledges = number
            case ("window", 2):
                guard let number = UInt16(parts[1]) else { return nil }
                window = number
            case ("ttl", 2):
                guard let number = UInt8(parts[1]), number > 0 else { return nil }
                timeToLive = number
            case ("from", 2):
                guard let address = IPAddress(parts[1]) else { return nil }
                sender = address
            case ("delay", 2):
                guard let number = Int(parts[1]), (1...60_000).contains(number) else { return nil }
                delay = number
            case ("bare", 1):
                announcesSegmentSize = false
            default:
                return nil
            }
        }
    }

    public var description: String {
        let plain = CraftedAnswer(flags)
        var words = [Self.names.filter { flags.contains($0.flag) }.map(\.name).joined(separator: "+")]
        if acknowledges != plain.acknowledges { words.append("ack=+\(acknowledges)") }
        if window != plain.window { words.append("window=\(window)") }
        if timeToLive != plain.timeToLive { words.append("ttl=\(timeToLive)") }
        if !announcesSegmentSize { words.append("bare") }
        if let sender { words.append("from=\(sender)") }
        if delay > 0 { words.append("delay=\(delay)") }
        return words.joined(separator: " ")
    }

    private static let names: [(name: String, flag: TCPFlags)] = [("syn", .syn), ("rst", .rst), ("ack", .ack)]

    private static func flags(_ word: String) -> TCPFlags? {
        var flags: TCPFlags = []
        for name in word.split(separator: "+", omittingEmptySubsequences: false) {
            guard let flag = names.first(where: { $0.name == name })?.flag else { return nil }
            flags.insert(flag)
        }
        return flags
    }

    /// A SYN-ACK that opens the connection for words.
    private var isAccepting: Bool { flags == [.syn, .ack] && acknowledges == 1 && window > 0 }

    /// The packet that answers one, from its IP header on; nil where that is neither a SYN for the port nor the end
    /// of a connection that was accepted there, which every TCP acknowledges.
    ///
    /// The sequence number is derived from the SYN's, so that a repeated SYN gets the same answer as it does from
    /// a host that remembers.
    func packet(answering packet: [UInt8], at address: IPAddress, port: UInt16) -> [UInt8]? {
        let asked = Packet.decode(packet.span, networkLayerAt: 0, originalLength: packet.count)
        guard let source = asked.source, asked.destination == address, let header = asked.tcp,
            header.destinationPort == port,
            sender == nil || sender?.family == source.family
        else { return nil }
        if isAccepting, header.flags.contains([.fin, .ack]) {
            let answer = TCPHeader(
                from: port, to: header.sourcePort, .ack, sequenceNumber: header.acknowledgementNumber,
                acknowledgementNumber: header.sequenceNumber &+ UInt32(clamping: asked.payloadLengthOnWire) &+ 1,
                window: window)
            return FrameBuilder(from: sender ?? address, to: source, timeToLive: timeToLive).tcp(answer)
        }
        guard header.flags.contains(.syn), !header.flags.contains(.ack) else { return nil }
        var options = TCPOptions()
        if announcesSegmentSize, flags.contains(.syn) { options.maximumSegmentSize = 1440 }
        let answer = TCPHeader(
            from: port, to: header.sourcePort, flags,
            // A reset without an acknowledgement claims to stand where the SYN's acknowledgement number says.
            sequenceNumber: flags.contains(.rst) ? 0 : header.sequenceNumber ^ 0x5A5A_5A5A,
            acknowledgementNumber: flags.contains(.ack) ? header.sequenceNumber &+ acknowledges : 0, window: window,
            options: options)
        return FrameBuilder(from: sender ?? address, to: source, timeToLive: timeToLive).tcp(answer)
    }
}
