/// The extension headers between an IPv6 header and its transport, RFC 8200 section 4: what they were, and
/// where they end. IPv4's authentication header takes the same path.
@frozen
public struct IPv6Extensions: Hashable, Sendable {
    /// Far more than any honest sender writes, and as many as fit into a packet of ordinary size: a chain is no
    /// reason to lose sight of the ports behind it.
    public static let limit = 200

    @frozen
    public struct Kinds: OptionSet, Hashable, Sendable {
        public var rawValue: UInt8

        @inlinable
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let hopByHop = Kinds(rawValue: 1)
        public static let routing = Kinds(rawValue: 2)
        public static let fragment = Kinds(rawValue: 4)
        public static let destinationOptions = Kinds(rawValue: 8)
        public static let authentication = Kinds(rawValue: 16)
        public static let other = Kinds(rawValue: 32)
    }

    public var count: UInt8 = 0
    public var kinds: Kinds = []
    /// The routing header still names hops: the destination of the IPv6 header is not the final one.
    public var segmentsLeft: UInt8 = 0
    /// A header stood twice or out of its place, RFC 8200 section 4.1.
    public var isOutOfOrder = false
    public var fragment: IPFragment?
    /// RFC 2675: the payload's length when 16 bits are too few.
    public var jumboLength: UInt32?
    /// The protocol after the last header that was read.
    public var next: IPProtocol
    /// Where that protocol begins, from the start of the frame.
    public var end: Int

    /// Walks on from `end` until something that is no extension header. On an error, what was read so far
    /// stands, so that a caller can keep it.
    @inlinable
    public init(next: IPProtocol, at offset: Int) {
        self.next = next
        end = offset
    }

    @inlinable
    public var isAtExtension: Bool {
        switch next {
        case .hopByHopOptions, .ipv6Routing, .ipv6Fragment, .ipv6DestinationOptions, .ah, .mobility, .hip, .shim6: true
        default: false
        }
    }

    /// Reads header after header. Stops in front of the transport, of ESP (all behind it is encrypted), and
    /// of what follows a fragment header that is not the first.
    public mutating func decode(_ bytes: Span<UInt8>) throws(DecodeError) {
        while isAtExtension {
            guard count < Self.limit else {
                throw DecodeError(.ipv6Extension, at: end, .chainTooLong(limit: Self.limit))
            }
            try bytes.require(8, at: end, for: .ipv6Extension)
            let kind = next
            let length =
                switch kind {
                case .ipv6Fragment: 8
                // RFC 4302 section 2.2: in words of four bytes, minus two.
                case .ah: (Int(bytes[end &+ 1]) &+ 2) &* 4
                default: (Int(bytes[end &+ 1]) &+ 1) &* 8
                }
            if kind == .ah, length < 12 {
                throw DecodeError(.ipv6Extension, at: end &+ 1, .badLength(found: length, minimum: 12))
            }
            try bytes.require(length, at: end, for: .ipv6Extension)
            note(kind, bytes, length: length)
            next = IPProtocol(rawValue: bytes[end])
            end &+= length
            count &+= 1
            if let fragment, !fragment.isFirst { return }
        }
    }

    private mutating func note(_ kind: IPProtocol, _ bytes: Span<UInt8>, length: Int) {
        switch kind {
        case .hopByHopOptions:
            if count > 0 { isOutOfOrder = true }
            kinds.insert(.hopByHop)
            // RFC 2675 section 2: option type 0xC2, length 4, the only one that changes how to read on.
            jumboLength = Self.jumboLength(bytes, end &+ 2..<end &+ length)
        case .ipv6Routing:
            if kinds.contains(.routing) { isOutOfOrder = true }
            kinds.insert(.routing)
            segmentsLeft = bytes[end &+ 3]
        case .ipv6Fragment:
            if fragment != nil { isOutOfOrder = true }
            kinds.insert(.fragment)
            let word = bytes.uint16(at: end &+ 2)
            fragment = IPFragment(
                identification: bytes.uint32(at: end &+ 4), offset: Int(word & 0xFFF8), moreFragments: word & 1 == 1)
        case .ipv6DestinationOptions: kinds.insert(.destinationOptions)
        case .ah: kinds.insert(.authentication)
        default: kinds.insert(.other)
        }
    }

    private static func jumboLength(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32? {
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] != 0 else {
                index &+= 1
                continue
            }
            guard range.upperBound &- index >= 2 else { return nil }
            let length = Int(bytes[index &+ 1])
            guard length <= range.upperBound &- index &- 2 else { return nil }
            if bytes[index] == 0xC2, length == 4 { return bytes.uint32(at: index &+ 2) }
            index &+= length &+ 2
        }
        return nil
    }
}
