/// A TCP header in little more than half of the room: all but selective acknowledgements, which few segments have.
/// Whoever keeps very many headers keeps them like this.
@frozen
public struct CompactTCPHeader: Sendable {
    public private(set) var sequenceNumber: UInt32 = 0
    public private(set) var acknowledgementNumber: UInt32 = 0
    private var timestampsValue = TCPTimestamps(value: 0, echoReply: 0)
    public private(set) var sourcePort: UInt16 = 0
    public private(set) var destinationPort: UInt16 = 0
    public private(set) var flags: TCPFlags = []
    public private(set) var window: UInt16 = 0
    public private(set) var checksum: UInt16 = 0
    private var urgentPointer: UInt16 = 0
    public private(set) var present: TCPOptions.Present = []
    private var maximumSegmentSizeValue: UInt16 = 0
    private var userTimeout: UInt16 = 0
    private var dataOffset: UInt8 = 0
    private var unknownCount: UInt8 = 0
    private var windowScaleValue: UInt8 = 0
    private var fastOpenLength: UInt8 = 0
    private var multipathSubtypeValue: UInt8 = 0

    /// The header of nothing.
    public init() {}

    /// Nil for a header that does not fit.
    public init?(_ header: borrowing TCPHeader) {
        guard header.options.sackBlocks.isEmpty else { return nil }
        self.init(allButBlocksOf: header)
    }

    /// What fits of a header: all but its selective acknowledgements.
    public init(allButBlocksOf header: borrowing TCPHeader) {
        sequenceNumber = header.sequenceNumber
        acknowledgementNumber = header.acknowledgementNumber
        sourcePort = header.sourcePort
        destinationPort = header.destinationPort
        flags = header.flags
        window = header.window
        checksum = header.checksum
        urgentPointer = header.urgentPointer
        dataOffset = header.dataOffset
        take(header.options)
    }

    /// As it was.
    public var header: TCPHeader {
        var header = TCPHeader()
        header.sequenceNumber = sequenceNumber
        header.acknowledgementNumber = acknowledgementNumber
        header.options.timestampsValue = timestampsValue
        header.sourcePort = sourcePort
        header.destinationPort = destinationPort
        header.flags = flags
        header.window = window
        header.checksum = checksum
        header.urgentPointer = urgentPointer
        header.options.present = present
        header.options.maximumSegmentSizeValue = maximumSegmentSizeValue
        header.options.userTimeoutValue = userTimeout
        header.dataOffset = dataOffset
        header.options.unknownCount = unknownCount
        header.options.windowScaleValue = windowScaleValue
        header.options.fastOpenLength = fastOpenLength
        header.options.multipathSubtypeValue = multipathSubtypeValue
        return header
    }

    /// A plain segment's header without options, or with timestamps alone, as nearly all are that open nothing; nil for
    /// any other.
    ///
    /// - Parameter segment: header and payload, of no less than twenty bytes.
    @inline(__always)
    init?(plain segment: Span<UInt8>) {
        let fields = segment.extracting(0..<TCPHeader.minimumLength)
        let offsetAndFlags = fields.uint16(at: 12)
        flags = TCPFlags(rawValue: offsetAndFlags & 0xFFF)
        dataOffset = UInt8(truncatingIfNeeded: offsetAndFlags >> 12)
        guard flags.isDisjoint(with: [.syn, .rst]) else { return nil }
        if dataOffset == 8 {
            guard segment.count >= 32 else { return nil }
            let options = segment.extracting(TCPHeader.minimumLength..<32)
            guard options.uint32(at: 0) == TCPOptions.alignedTimestamps else { return nil }
            timestampsValue = TCPTimestamps(value: options.uint32(at: 4), echoReply: options.uint32(at: 8))
            present = .timestamps
        } else if dataOffset != 5 {
            return nil
        }
        read(fields)
    }

    /// The header of a segment without payload that opens a connection or resets one, with any options but selective
    /// acknowledgements; nil for any other.
    ///
    /// - Parameter segment: of no less than twenty bytes.
    init?(opening segment: Span<UInt8>) {
        let fields = segment.extracting(0..<TCPHeader.minimumLength)
        let offsetAndFlags = fields.uint16(at: 12)
        flags = TCPFlags(rawValue: offsetAndFlags & 0xFFF)
        dataOffset = UInt8(truncatingIfNeeded: offsetAndFlags >> 12)
        guard !flags.isDisjoint(with: [.syn, .rst]), !flags.contains(.fin), headerLength == segment.count else {
            return nil
        }
        if segment.count > TCPHeader.minimumLength {
            let options = TCPOptions(decoding: segment, TCPHeader.minimumLength..<segment.count)
            guard options.sackBlocks.isEmpty else { return nil }
            take(options)
        }
        read(fields)
    }

    /// All but flags, offset and options.
    @inline(__always)
    private mutating func read(_ fields: Span<UInt8>) {
        sourcePort = fields.uint16(at: 0)
        destinationPort = fields.uint16(at: 2)
        sequenceNumber = fields.uint32(at: 4)
        acknowledgementNumber = fields.uint32(at: 8)
        window = fields.uint16(at: 14)
        checksum = fields.uint16(at: 16)
        urgentPointer = fields.uint16(at: 18)
    }

    @inline(__always)
    private mutating func take(_ options: borrowing TCPOptions) {
        timestampsValue = options.timestampsValue
        present = options.present
        maximumSegmentSizeValue = options.maximumSegmentSizeValue
        userTimeout = options.userTimeoutValue
        unknownCount = options.unknownCount
        windowScaleValue = options.windowScaleValue
        fastOpenLength = options.fastOpenLength
        multipathSubtypeValue = options.multipathSubtypeValue
    }

    /// In bytes, options included.
    var headerLength: Int { Int(dataOffset) &* 4 }
}

extension CompactTCPHeader {
    public var maximumSegmentSize: UInt16? { present.contains(.maximumSegmentSize) ? maximumSegmentSizeValue : nil }
    public var windowScale: UInt8? { present.contains(.windowScale) ? windowScaleValue : nil }
    public var timestamps: TCPTimestamps? { present.contains(.timestamps) ? timestampsValue : nil }
    public var multipathSubtype: MultipathSubtype? {
        present.contains(.multipath) ? MultipathSubtype(rawValue: multipathSubtypeValue) : nil
    }
}
