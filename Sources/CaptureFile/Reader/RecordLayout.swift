import PacketWire

/// What the header of a pcap or snoop file settles for all of its records.
struct RecordLayout: Sendable {
    /// How a record's header is laid out.
    enum Form: Sendable {
        /// pcap as it is written today.
        case capturedFirst
        /// Files before version 2.3 stored the two lengths the other way round (libpcap, sf-pcap.c).
        case originalFirst
        /// Those of version 2.3 did either.
        case smallerIsCaptured
        /// RFC 1761: six words, the last two of which are the time.
        case snoop
    }

    var form: Form
    var byteOrder: ByteOrder
    var resolution: TimestampResolution
    var nanosecondsPerTick: Int64
    var linkType: LinkType
    /// Longer frames are damage.
    var frameLimit: Int
    /// Longer frames are unusual: above what the file says of itself.
    var usualLimit: Int
    /// Longer packets are unusual on the wire: the largest that segmentation offload makes have half of it.
    var usualOriginal: Int
    /// The time stamp's fraction is below it, but for writers with a bug.
    var ticksPerSecond: UInt32

    init(
        _ form: Form, _ byteOrder: ByteOrder, _ resolution: TimestampResolution, _ linkType: LinkType,
        snapLength: UInt32
    ) {
        self.form = form
        self.byteOrder = byteOrder
        self.resolution = resolution
        self.linkType = linkType
        nanosecondsPerTick = resolution == .nanoseconds ? 1 : 1000
        ticksPerSecond = resolution == .nanoseconds ? 1_000_000_000 : 1_000_000
        frameLimit = FrameLimit.bytes(linkType, snapLength: snapLength)
        let snap = Int(snapLength)
        usualOriginal = Swift.max(frameLimit, 1 << 20)
        usualLimit = snap > 0 && snap < frameLimit ? snap : frameLimit
    }

    @inline(__always)
    var headerLength: Int { form == .snoop ? 24 : 16 }

    /// How long the file's own header is.
    var firstRecord: Int { form == .snoop ? 16 : 24 }

    /// What a record's header says. The caller has counted its bytes.
    @inline(__always)
    func header(at offset: Int, in window: Span<UInt8>) -> RecordHeader {
        // A span of known length: the compiler checks it once rather than at each byte.
        let fields = window.extracting(offset..<offset &+ 16)
        if form == .snoop { return snoopHeader(fields, window.extracting(offset &+ 16..<offset &+ 24)) }
        var captured = Int(fields.uint32(byteOrder, at: 8))
        var original = Int(fields.uint32(byteOrder, at: 12))
        if form != .capturedFirst, form == .originalFirst || captured > original { swap(&captured, &original) }
        return RecordHeader(
            seconds: fields.uint32(byteOrder, at: 0), fraction: fields.uint32(byteOrder, at: 4), captured: captured,
            original: original, length: 16 &+ captured)
    }

    private func snoopHeader(_ fields: Span<UInt8>, _ time: Span<UInt8>) -> RecordHeader {
        RecordHeader(
            seconds: time.uint32(.bigEndian, at: 0), fraction: time.uint32(.bigEndian, at: 4),
            captured: Int(fields.uint32(.bigEndian, at: 4)), original: Int(fields.uint32(.bigEndian, at: 0)),
            length: Int(fields.uint32(.bigEndian, at: 8)))
    }

    /// Whether a record can be like this at all. Padding in snoop files was never seen above some twenty bytes.
    @inline(__always)
    func allows(_ header: RecordHeader) -> Bool {
        guard header.captured <= frameLimit else { return false }
        // In pcap the record's length is made of the captured one.
        guard form == .snoop else { return true }
        let least = headerLength &+ header.captured
        return header.length >= least && header.length &- least <= 4096
    }

    /// Whether most records are like this: one that is not deserves a closer look.
    @inline(__always)
    func isUsual(_ header: RecordHeader, near seconds: UInt32) -> Bool {
        let isBounded =
            header.captured <= Swift.min(usualLimit, header.original) && header.original <= usualOriginal
            && header.fraction < ticksPerSecond
        return isBounded && header.isNear(seconds) && (header.original > 0 || header.seconds > 0)
            && (form != .snoop || allows(header))
    }
}

/// The numbers in front of a packet, in pcap and snoop.
struct RecordHeader: Sendable {
    var seconds: UInt32 = 0
    var fraction: UInt32 = 0
    var captured = 0
    var original = 0
    /// Of the whole record: header, data and padding.
    var length = 0

    /// Thirty days either way: captures pause, but a damaged clock is mostly decades off.
    @inline(__always)
    func isNear(_ other: UInt32) -> Bool {
        let month: UInt32 = 30 * 86_400
        return seconds &- other &+ month <= 2 &* month
    }

    /// All zero, as what a disk never got to write.
    var isBlank: Bool { seconds == 0 && fraction == 0 && captured == 0 && original == 0 }
}
