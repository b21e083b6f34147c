/// The MAC header of an IEEE 802.11 data frame, 802.11-2020 section 9.2.4: as much as leads to the packet.
@frozen
public struct WLANHeader: Hashable, Sendable {
    /// The first two bytes, low byte first.
    public var frameControl: UInt16
    public var destination: MACAddress
    public var source: MACAddress
    private var lengthField: UInt8
    private var aggregateEndField: UInt16

    /// - Parameter isPadded: the header is filled up to whole words, as some chips hand it over.
    public init(decoding bytes: Span<UInt8>, at offset: Int, isPadded: Bool = false) throws(DecodeError) {
        try bytes.require(2, at: offset, for: .ieee80211)
        frameControl = UInt16(bytes[offset]) | UInt16(bytes[offset &+ 1]) << 8
        guard frameControl & 3 == 0 else {
            throw DecodeError(.ieee80211, at: offset, .badVersion(UInt8(truncatingIfNeeded: frameControl & 3)))
        }
        // Management, control, and data frames without data (null functions).
        guard frameControl & 0x0C == 0x08, frameControl & 0x40 == 0 else {
            throw DecodeError(.ieee80211, at: offset, .unknownProtocol(UInt32(frameControl & 0xFC)))
        }
        try bytes.require(24, at: offset, for: .ieee80211)
        aggregateEndField = 0
        lengthField = 0
        var length = 24
        let (toDS, fromDS) = (frameControl & 0x0100 != 0, frameControl & 0x0200 != 0)
        destination = bytes.macAddress(at: offset &+ (toDS ? 16 : 4))
        source = bytes.macAddress(at: offset &+ (fromDS ? 16 : 10))
        if toDS, fromDS {
            length = 30
            try bytes.require(length, at: offset, for: .ieee80211)
            source = bytes.macAddress(at: offset &+ 24)
        }
        var isAggregate = false
        if frameControl & 0x80 != 0 {
            try bytes.require(length &+ 2, at: offset, for: .ieee80211)
            isAggregate = bytes[offset &+ length] & 0x80 != 0
            length &+= 2
            // +HTC: the high-throughput control field.
            if frameControl & 0x8000 != 0 { length &+= 4 }
        }
        if isPadded { length = (length &+ 3) & ~3 }
        // Without the key there is nothing to read; the later fragments of a frame begin in its middle.
        guard frameControl & 0x4000 == 0, bytes[offset &+ 22] & 0x0F == 0 else {
            throw DecodeError(.ieee80211, at: offset, .unknownProtocol(UInt32(frameControl)))
        }
        if isAggregate {
            try bytes.require(length &+ 14, at: offset, for: .ieee80211)
            destination = bytes.macAddress(at: offset &+ length)
            source = bytes.macAddress(at: offset &+ length &+ 6)
            aggregateEndField = UInt16(clamping: length &+ 14 &+ Int(bytes.uint16(at: offset &+ length &+ 12)))
            length &+= 14
        }
        try bytes.require(length, at: offset, for: .ieee80211)
        lengthField = UInt8(truncatingIfNeeded: length)
    }

    /// In bytes, the addresses of an aggregate's first part included.
    public var length: Int { Int(lengthField) }
    /// Where the first part of an A-MSDU ends; nil for a frame that holds one packet.
    public var aggregateEnd: Int? { aggregateEndField == 0 ? nil : Int(aggregateEndField) }
}

/// What receivers put in front of an 802.11 frame: radiotap, Prism, AVS. Only how long it is matters here, and
/// what it says of the frame's ends.
@frozen
public struct RadioHeader: Hashable, Sendable {
    /// In bytes.
    public var length: Int
    /// The frame ends with its checksum.
    public var hasFrameCheck = false
    /// The MAC header is filled up to whole words.
    public var isPadded = false

    /// radiotap.org: little-endian, a bit for each field, fields at their natural alignment.
    public init(radiotap bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(8, at: offset, for: .radio)
        guard bytes[offset] == 0 else { throw DecodeError(.radio, at: offset, .badVersion(bytes[offset])) }
        length = Int(bytes[offset &+ 2]) | Int(bytes[offset &+ 3]) << 8
        guard length >= 8 else { throw DecodeError(.radio, at: offset &+ 2, .badLength(found: length, minimum: 8)) }
        try bytes.require(length, at: offset, for: .radio)
        var field = 8
        var word = offset &+ 7
        // Bit 31: one more word of bits.
        while bytes[word] & 0x80 != 0, field &+ 4 <= length {
            field &+= 4
            word &+= 4
        }
        let present = bytes[offset &+ 4]
        if present & 1 != 0 { field = (field &+ 7) & ~7 &+ 8 }
        if present & 2 != 0, field < length {
            hasFrameCheck = bytes[offset &+ field] & 0x10 != 0
            isPadded = bytes[offset &+ field] & 0x20 != 0
        }
    }

    /// AVS (magic 0x80211xxx, big-endian) or Prism (message 0x44 or 0x41, the capturing host's order).
    public init(prismOrAVS bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(8, at: offset, for: .radio)
        let magic = bytes.uint32(at: offset)
        let size = bytes.uint32(at: offset &+ 4)
        length = Int(magic >> 12 == 0x80211 || magic >> 16 == 0 ? size : size.byteSwapped)
        guard length >= 8 else { throw DecodeError(.radio, at: offset &+ 4, .badLength(found: length, minimum: 8)) }
        try bytes.require(length, at: offset, for: .radio)
    }
}
