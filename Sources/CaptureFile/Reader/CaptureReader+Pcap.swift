import PacketWire

/// What a pcap file header settles for all of its records.
struct PcapLayout: Sendable {
    var byteOrder: ByteOrder
    var resolution: TimestampResolution
    var nanosecondsPerTick: Int64
    var linkType: LinkType
    var frameLimit: Int
    var lengthOrder: LengthOrder

    /// Files before version 2.3 stored the two lengths the other way round, and those of version 2.3 either
    /// way (libpcap, sf-pcap.c).
    enum LengthOrder: Sendable {
        case capturedFirst
        case originalFirst
        case smallerIsCaptured
    }
}

/// The link-type field, draft-ietf-opsawg-pcap section 4: type in the low half, length of the frame check
/// sequence in the highest bits.
struct PcapLinkTypeField {
    var rawValue: UInt32

    var linkType: LinkType { LinkType(rawValue: rawValue & 0xFFFF) }
    var hasReservedBits: Bool { rawValue & 0x03FF_0000 != 0 }
    /// The field counts 16-bit words, and only when the bit below says so.
    var frameCheckSequenceLength: Int? {
        rawValue & 0x0400_0000 != 0 ? Int(rawValue >> 28) * 2 : nil
    }
}

extension CaptureReader {
    static let pcapRecordHeaderLength = 16

    /// The 24 bytes at the start, which the caller has counted.
    mutating func readPcapHeader(
        _ window: Span<UInt8>, _ order: ByteOrder, _ resolution: TimestampResolution
    ) throws(CaptureFileError) {
        let major = window.uint16(order, at: 4)
        let minor = window.uint16(order, at: 6)
        guard major == 2, minor <= 4 else {
            throw error(.unsupportedVersion(major: major, minor: minor), in: .fileHeader)
        }
        let snapLength = window.uint32(order, at: 16)
        let field = PcapLinkTypeField(rawValue: window.uint32(order, at: 20))
        guard !field.hasReservedBits else {
            throw error(.reservedLinkTypeBits(field.rawValue), in: .fileHeader)
        }
        interfaces = [
            CaptureInterface(
                linkType: field.linkType, snapLength: snapLength, resolution: resolution,
                frameCheckSequenceLength: field.frameCheckSequenceLength)
        ]
        sections = [CaptureSection()]
        state = .pcap(
            PcapLayout(
                byteOrder: order, resolution: resolution,
                nanosecondsPerTick: resolution == .nanoseconds ? 1 : 1000, linkType: field.linkType,
                frameLimit: FrameLimit.bytes(field.linkType, snapLength: snapLength),
                lengthOrder: minor < 3 ? .originalFirst : minor == 3 ? .smallerIsCaptured : .capturedFirst))
        position = 24
    }

    @inline(__always)
    mutating func nextPcap(
        in window: Span<UInt8>, _ layout: PcapLayout, isComplete: Bool
    ) throws(CaptureFileError) -> Step {
        let start = position
        let available = window.count &- start
        let header = Self.pcapRecordHeaderLength
        guard available >= header else {
            if available <= 0, isComplete { return .end }
            return try incomplete(
                needed: header, available: Swift.max(available, 0), isComplete: isComplete,
                in: .record(packetCount &+ 1))
        }
        let order = layout.byteOrder
        // A span of known length: the compiler checks it once rather than at each byte.
        let fields = window.extracting(start..<start &+ 16)
        let seconds = fields.uint32(order, at: 0)
        let fraction = fields.uint32(order, at: 4)
        var captured = Int(fields.uint32(order, at: 8))
        var original = Int(fields.uint32(order, at: 12))
        if layout.lengthOrder != .capturedFirst,
            layout.lengthOrder == .originalFirst || captured > original
        {
            swap(&captured, &original)
        }
        guard captured <= layout.frameLimit else {
            throw error(
                .tooLarge(.capturedLength, found: captured, limit: layout.frameLimit), in: .record(packetCount &+ 1))
        }
        guard available &- header >= captured else {
            return try incomplete(
                needed: header &+ captured, available: available, isComplete: isComplete,
                in: .record(packetCount &+ 1))
        }
        let frame = start &+ header
        position = frame &+ captured
        packetCount &+= 1
        // Neither product nor sum can overflow: both factors come from 32 bits.
        let nanoseconds = Int64(seconds) &* 1_000_000_000 &+ Int64(fraction) &* layout.nanosecondsPerTick
        return .record(
            CaptureRecord(
                number: packetCount, offset: windowOffset &+ start, frame: frame..<frame &+ captured,
                originalLength: original,
                timestamp: CaptureTimestamp(nanosecondsSince1970: nanoseconds, resolution: layout.resolution),
                interface: 0, linkType: layout.linkType, optionList: 0..<0, byteOrder: order))
    }
}
