public import PacketWire

/// Where packets were captured, and with which clock. A pcap file has exactly one.
public struct CaptureInterface: Hashable, Sendable {
    public var linkType: LinkType
    /// Bytes kept of each packet at most; 0 means no limit.
    public var snapLength: UInt32
    public var name: String?
    public var text: String?
    /// The capture filter in libpcap's language, when the file holds it as text.
    public var filter: String?
    public var operatingSystem: String?
    public var hardware: String?
    public var comments: [String]
    public var resolution: TimestampResolution
    /// Added to every time stamp of the interface, `if_tsoffset`.
    public var timestampOffsetSeconds: Int64
    /// Bytes of frame check sequence at the end of each frame, where the file says so.
    public var frameCheckSequenceLength: Int?
    /// The latest counters in the file.
    public var statistics: InterfaceStatistics?
    /// Index of the section that describes the interface.
    public var section: Int

    public init(
        linkType: LinkType, snapLength: UInt32 = 262_144, name: String? = nil, text: String? = nil,
        filter: String? = nil, operatingSystem: String? = nil, hardware: String? = nil, comments: [String] = [],
        resolution: TimestampResolution = .nanoseconds, timestampOffsetSeconds: Int64 = 0,
        frameCheckSequenceLength: Int? = nil, section: Int = 0
    ) {
        self.linkType = linkType
        self.snapLength = snapLength
        self.name = name
        self.text = text
        self.filter = filter
        self.operatingSystem = operatingSystem
        self.hardware = hardware
        self.comments = comments
        self.resolution = resolution
        self.timestampOffsetSeconds = timestampOffsetSeconds
        self.frameCheckSequenceLength = frameCheckSequenceLength
        self.section = section
    }
}

/// What the capturing system counted on an interface. Dropped packets weaken every "no reply".
public struct InterfaceStatistics: Hashable, Sendable {
    public var start: CaptureTimestamp?
    public var end: CaptureTimestamp?
    public var received: UInt64?
    /// Dropped by the interface for lack of resources.
    public var droppedByInterface: UInt64?
    /// Accepted by the filter.
    public var filterAccepted: UInt64?
    /// Dropped by the operating system.
    public var droppedByOS: UInt64?
    /// Handed to the program.
    public var delivered: UInt64?

    public init(
        start: CaptureTimestamp? = nil, end: CaptureTimestamp? = nil, received: UInt64? = nil,
        droppedByInterface: UInt64? = nil, filterAccepted: UInt64? = nil, droppedByOS: UInt64? = nil,
        delivered: UInt64? = nil
    ) {
        self.start = start
        self.end = end
        self.received = received
        self.droppedByInterface = droppedByInterface
        self.filterAccepted = filterAccepted
        self.droppedByOS = droppedByOS
        self.delivered = delivered
    }
}
