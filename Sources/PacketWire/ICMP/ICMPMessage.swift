/// An ICMP or ICMPv6 message, RFC 792 and RFC 4443. One type for both: what differs is how types are
/// numbered and where a few fields stand.
@frozen
public struct ICMPMessage: Hashable, Sendable {
    public static let headerLength = 8

    /// What follows the eight bytes of the header, where it has a structure.
    @frozen
    public enum Body: Hashable, Sendable {
        case none
        case quoted(QuotedPacket)
        case neighborDiscovery(NDMessage)
    }

    public var family: IPFamily
    public var type: UInt8
    public var code: UInt8
    public var checksum: UInt16
    /// The second word of the header, whose meaning depends on the type.
    public var restOfHeader: UInt32
    public var body: Body
    private var extensionsBounds: PackedRange?
    /// The extensions were found at RFC 4884 section 5.5's fixed place, because the length field is 0.
    public var hasUncompliantExtensions: Bool

    /// Reads the message that ends where the frame (or its IP length) does: `bytes` must be cut to that.
    public init(decoding bytes: Span<UInt8>, at offset: Int, family: IPFamily) throws(DecodeError) {
        try bytes.require(Self.headerLength, at: offset, for: family == .v4 ? .icmpv4 : .icmpv6)
        self.family = family
        type = bytes[offset]
        code = bytes[offset &+ 1]
        checksum = bytes.uint16(at: offset &+ 2)
        restOfHeader = bytes.uint32(at: offset &+ 4)
        body = .none
        extensionsBounds = nil
        hasUncompliantExtensions = false
        if isError {
            decodeQuote(bytes, at: offset &+ Self.headerLength)
        } else if family == .v6, ICMPv6.MessageType(rawValue: type).isNeighborDiscovery {
            if let message = NDMessage(decoding: bytes, at: offset) { body = .neighborDiscovery(message) }
        }
    }

    private mutating func decodeQuote(_ bytes: Span<UInt8>, at start: Int) {
        var end = bytes.count
        if mayHaveExtensions {
            let split = ICMPExtensions.locate(bytes, from: start, lengthField: quoteLengthField)
            if let split {
                extensionsBounds = PackedRange(split..<end)
                hasUncompliantExtensions = quoteLengthField == 0
                end = split
            }
        }
        if let quoted = QuotedPacket(decoding: bytes, start..<end) { body = .quoted(quoted) }
    }

    /// The types that RFC 4884 section 4 extends.
    private var mayHaveExtensions: Bool {
        switch family {
        case .v4: type == 3 || type == 11 || type == 12
        case .v6: type == 1 || type == 3
        }
    }

    /// The quote's length in bytes: counted in words of 32 bits in ICMP, of 64 in ICMPv6 (section 4.1).
    private var quoteLengthField: Int {
        switch family {
        case .v4: Int(restOfHeader >> 16 & 0xFF) &* 4
        case .v6: Int(restOfHeader >> 24) &* 8
        }
    }

    /// Quotes a packet and says why it did not get through.
    public var isError: Bool {
        switch family {
        case .v4: ICMPv4.MessageType(rawValue: type).isError
        case .v6: ICMPv6.MessageType(rawValue: type).isError
        }
    }

    /// Nil for messages that are no errors.
    public var error: ICMPError? { isError ? ICMPError(family: family, type: type, code: code) : nil }

    /// Type and code in words: `administratively prohibited`, `echo request`.
    public var name: String { ICMPError(family: family, type: type, code: code).name }

    public var quoted: QuotedPacket? {
        if case .quoted(let packet) = body { packet } else { nil }
    }

    public var neighborDiscovery: NDMessage? {
        if case .neighborDiscovery(let message) = body { message } else { nil }
    }

    /// What the next link can carry: RFC 1191 section 4 and RFC 4443 section 3.2. Nil for other messages, and
    /// where an old router left the field 0.
    public var nextHopMTU: UInt32? {
        let mtu: UInt32 =
            switch (family, type, code) {
            case (.v4, 3, 4): restOfHeader & 0xFFFF
            case (.v6, 2, _): restOfHeader
            default: 0
            }
        return mtu == 0 ? nil : mtu
    }

    public var isEchoRequest: Bool { type == (family == .v4 ? 8 : 128) }
    public var isEchoReply: Bool { type == (family == .v4 ? 0 : 129) }

    public var echoIdentifier: UInt16? {
        isEchoRequest || isEchoReply ? UInt16(truncatingIfNeeded: restOfHeader >> 16) : nil
    }

    public var echoSequence: UInt16? {
        isEchoRequest || isEchoReply ? UInt16(truncatingIfNeeded: restOfHeader) : nil
    }

    /// What asks and what answers (echo, timestamp, information, address mask, domain name) has these two at the same
    /// place.
    private var isQuery: Bool {
        isEchoRequest || isEchoReply || family == .v4 && ((13...18).contains(type) || type == 37 || type == 38)
    }

    /// RFC 8335 section 2: an identifier at the same place, and a sequence number of one byte.
    private var isExtendedEcho: Bool { family == .v4 ? type == 42 || type == 43 : type == 160 || type == 161 }

    public var queryIdentifier: UInt16? {
        isQuery || isExtendedEcho ? UInt16(truncatingIfNeeded: restOfHeader >> 16) : nil
    }
    public var querySequence: UInt16? { isQuery ? UInt16(truncatingIfNeeded: restOfHeader) : nil }

    /// Where the RFC 4884 extension structure stands in the frame; nil when there is none.
    public var extensionsRange: Range<Int>? { extensionsBounds?.range }

    /// RFC 4884's extension objects; nil when there are none.
    public func extensions(in frame: Span<UInt8>) -> ICMPExtensions? {
        extensionsRange.flatMap { ICMPExtensions(decoding: frame, $0) }
    }
}
