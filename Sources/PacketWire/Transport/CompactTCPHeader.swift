/// A TCP header in little more than half of the room: all but selective acknowledgements, which few segments have.
/// Whoever keeps very many headers keeps them like this.
@frozen
public struct CompactTCPHeader: Sendable {
    public private(set) var sequenceNumber: UInt32 = 0
    private var acknowledgementNumber: UInt32 = 0
    private var timestamps = TCPTimestamps(value: 0, echoReply: 0)
    private var sourcePort: UInt16 = 0
    private var destinationPort: UInt16 = 0
    private var flags: TCPFlags = []
    private var window: UInt16 = 0
    private var checksum: UInt16 = 0
    private var urgentPointer: UInt16 = 0
    private var present: TCPOptions.Present = []
    private var maximumSegmentSize: UInt16 = 0
    private var userTimeout: UInt16 = 0
    private var dataOffset: UInt8 = 0
    private var unknownCount: UInt8 = 0
    private var windowScale: UInt8 = 0
    private var fastOpenLength: UInt8 = 0
    private var multipathSubtype: UInt8 = 0

    /// The header of nothing.
    public init() {}

    /// Nil for a header that does not fit.
    public init?(_ header: borrowing TCPHeader) {
        guard header.options.sackBlocks.isEmpty else { return nil }
        sequenceNumber = header.sequenceNumber
        acknowledgementNumber = header.acknowledgementNumber
        timestamps = header.options.timestampsValue
        sourcePort = header.sourcePort
        destinationPort = header.destinationPort
        flags = header.flags
        window = header.window
        checksum = header.checksum
        urgentPointer = header.urgentPointer
        present = header.options.present
        maximumSegmentSize = header.options.maximumSegmentSizeValue
        userTimeout = header.options.userTimeoutValue
        dataOffset = header.dataOffset
        unknownCount = header.options.unknownCount
        windowScale = header.options.windowScaleValue
        fastOpenLength = header.options.fastOpenLength
        multipathSubtype = header.options.multipathSubtypeValue
    }

    /// As it was.
    public var header: TCPHeader {
        var header = TCPHeader()
        header.sequenceNumber = sequenceNumber
        header.acknowledgementNumber = acknowledgementNumber
        header.options.timestampsValue = timestamps
        header.sourcePort = sourcePort
        header.destinationPort = destinationPort
        header.flags = flags
        header.window = window
        header.checksum = checksum
        header.urgentPointer = urgentPointer
        header.options.present = present
        header.options.maximumSegmentSizeValue = maximumSegmentSize
        header.options.userTimeoutValue = userTimeout
        header.dataOffset = dataOffset
        header.options.unknownCount = unknownCount
        header.options.windowScaleValue = windowScale
        header.options.fastOpenLength = fastOpenLength
        header.options.multipathSubtypeValue = multipathSubtype
        return header
    }
}
