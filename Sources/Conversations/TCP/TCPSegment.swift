public import PacketWire

/// What the analysis of a connection needs of one segment: nothing of it refers to the frame's bytes.
@frozen
public struct TCPSegment: Sendable, Hashable {
    public var at: Instant
    public var sequenceNumber: UInt32
    public var acknowledgementNumber: UInt32
    /// Bytes of payload on the wire, whatever the snap length left of them.
    public var payloadLength: UInt32
    /// Number in the capture, counted from 1: stalls name the frames that they lie between.
    public var frame: UInt32
    public var flags: TCPFlags
    /// As in the header: not scaled.
    public var window: UInt16
    /// The option's value, or nil for none. Zero for an option that says zero.
    public var maximumSegmentSize: UInt16?
    /// RFC 7323 section 2, as offered.
    public var windowScale: UInt8?
    /// RFC 8684 section 3: which multipath option the segment has, the first one where there are several.
    public var multipathSubtype: UInt8?
    public var sackPermitted: Bool
    public var hasTimestamps: Bool
    /// The direction, as the caller counts it for the whole conversation: true from the one end, false from the other.
    public var fromInitiator: Bool
    /// The capture ends before its options do: what is not among them may be behind the cut.
    public var areOptionsCut = false
    /// The capture has this very segment already: nobody sent it again.
    public var isCopy = false

    @inlinable
    public init(
        at: Instant, frame: UInt32, fromInitiator: Bool, _ flags: TCPFlags, sequenceNumber: UInt32,
        acknowledgementNumber: UInt32 = 0, window: UInt16 = 0, payloadLength: UInt32 = 0,
        maximumSegmentSize: UInt16? = nil, windowScale: UInt8? = nil, multipathSubtype: UInt8? = nil,
        sackPermitted: Bool = false,
        hasTimestamps: Bool = false
    ) {
        self.at = at
        self.frame = frame
        self.fromInitiator = fromInitiator
        self.flags = flags
        self.sequenceNumber = sequenceNumber
        self.acknowledgementNumber = acknowledgementNumber
        self.window = window
        self.payloadLength = payloadLength
        self.maximumSegmentSize = maximumSegmentSize
        self.windowScale = windowScale
        self.multipathSubtype = multipathSubtype
        self.sackPermitted = sackPermitted
        self.hasTimestamps = hasTimestamps
    }

    @inlinable
    public init(_ header: TCPHeader, payloadLength: Int, frame: Int, at: Instant, fromInitiator: Bool) {
        self.init(
            at: at, frame: UInt32(truncatingIfNeeded: frame), fromInitiator: fromInitiator, header.flags,
            sequenceNumber: header.sequenceNumber, acknowledgementNumber: header.acknowledgementNumber,
            window: header.window, payloadLength: UInt32(clamping: payloadLength),
            maximumSegmentSize: header.options.maximumSegmentSize, windowScale: header.options.windowScale,
            multipathSubtype: header.options.multipathSubtype?.rawValue,
            sackPermitted: header.options.sackPermitted, hasTimestamps: header.options.timestamps != nil)
    }

    @inline(__always)
    init(_ outline: SegmentOutline, frame: Int, at: Instant, fromInitiator: Bool) {
        let header = outline.header
        self.init(
            at: at, frame: UInt32(truncatingIfNeeded: frame), fromInitiator: fromInitiator, header.flags,
            sequenceNumber: header.sequenceNumber, acknowledgementNumber: header.acknowledgementNumber,
            window: header.window, payloadLength: UInt32(clamping: outline.payloadLengthOnWire))
        areOptionsCut = outline.areOptionsCut
        // Nearly all segments have no option but timestamps.
        hasTimestamps = header.present.contains(.timestamps)
        guard !header.present.subtracting(.timestamps).isEmpty else { return }
        maximumSegmentSize = header.maximumSegmentSize
        windowScale = header.windowScale
        multipathSubtype = header.multipathSubtype?.rawValue
        sackPermitted = header.present.contains(.sackPermitted)
    }

    /// One for SYN or FIN, which take a place in the sequence space.
    @inline(__always)
    var phantomLength: UInt32 { flags.hasSYNOrFIN ? 1 : 0 }

    /// The number behind the last byte of payload.
    @inline(__always)
    var payloadEnd: UInt32 { sequenceNumber &+ payloadLength }
}

extension UInt32 {
    /// RFC 9293 section 3.4: arithmetic of sequence numbers is modulo 2**32, and "before" means less than half the
    /// circle away. The number just opposite counts as before and after, as Wireshark's macros have it.
    @inline(__always)
    func isBefore(_ other: UInt32) -> Bool { Int32(bitPattern: self &- other) < 0 }

    @inline(__always)
    func isAfter(_ other: UInt32) -> Bool { other.isBefore(self) }

    @inline(__always)
    func isAtOrBefore(_ other: UInt32) -> Bool { self == other || isBefore(other) }
}
