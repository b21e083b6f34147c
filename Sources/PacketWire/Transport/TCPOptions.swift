/// The options of one TCP header, in a fixed size: the values that diagnoses ask for, without an allocation.
/// `TCPOption.list` gives the full list in the order of the wire.
@frozen
public struct TCPOptions: Hashable, Sendable {
    /// Which options stand in the header.
    @frozen
    public struct Present: OptionSet, Hashable, Sendable {
        public var rawValue: UInt16

        @inlinable
        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        // Computed, not stored: a constant of another module would be fetched by a call for each packet.
        @inlinable public static var maximumSegmentSize: Present { Present(rawValue: 1) }
        @inlinable public static var windowScale: Present { Present(rawValue: 2) }
        @inlinable public static var sackPermitted: Present { Present(rawValue: 4) }
        @inlinable public static var timestamps: Present { Present(rawValue: 8) }
        @inlinable public static var fastOpen: Present { Present(rawValue: 16) }
        @inlinable public static var md5: Present { Present(rawValue: 32) }
        @inlinable public static var authentication: Present { Present(rawValue: 64) }
        @inlinable public static var multipath: Present { Present(rawValue: 128) }
        @inlinable public static var userTimeout: Present { Present(rawValue: 256) }
        @inlinable public static var endOfList: Present { Present(rawValue: 512) }
        @inlinable public static var malformed: Present { Present(rawValue: 1024) }
    }

    public var present: Present = []
    /// Options that are none of the known ones.
    public var unknownCount: UInt8 = 0
    @usableFromInline var windowScaleValue: UInt8 = 0
    @usableFromInline var maximumSegmentSizeValue: UInt16 = 0
    @usableFromInline var userTimeoutValue: UInt16 = 0
    @usableFromInline var fastOpenLength: UInt8 = 0
    @usableFromInline var multipathSubtypeValue: UInt8 = 0
    @usableFromInline var timestampsValue = TCPTimestamps(value: 0, echoReply: 0)
    /// Blocks that arrived and are not acknowledged yet: RFC 2018.
    public var sackBlocks = SACKBlocks()

    @inlinable
    public init() {}

    /// What a SYN of today offers; nil leaves an option out.
    public init(
        maximumSegmentSize: UInt16? = nil, windowScale: UInt8? = nil, sackPermitted: Bool = false,
        timestamps: TCPTimestamps? = nil
    ) {
        self.init()
        self.maximumSegmentSize = maximumSegmentSize
        self.windowScale = windowScale
        self.sackPermitted = sackPermitted
        self.timestamps = timestamps
    }

    /// RFC 9293 section 3.7.1: the largest segment that the sender of this header takes.
    public var maximumSegmentSize: UInt16? {
        get { present.contains(.maximumSegmentSize) ? maximumSegmentSizeValue : nil }
        set {
            maximumSegmentSizeValue = newValue ?? 0
            set(.maximumSegmentSize, newValue != nil)
        }
    }

    /// RFC 7323 section 2: the shift count as offered. A receiver uses at most 14.
    public var windowScale: UInt8? {
        get { present.contains(.windowScale) ? windowScaleValue : nil }
        set {
            windowScaleValue = newValue ?? 0
            set(.windowScale, newValue != nil)
        }
    }

    public var sackPermitted: Bool {
        get { present.contains(.sackPermitted) }
        set { set(.sackPermitted, newValue) }
    }

    /// RFC 7323 section 3.
    public var timestamps: TCPTimestamps? {
        get { present.contains(.timestamps) ? timestampsValue : nil }
        set {
            timestampsValue = newValue ?? TCPTimestamps(value: 0, echoReply: 0)
            set(.timestamps, newValue != nil)
        }
    }

    /// RFC 7413: 0 asks for a cookie, 4 to 16 is one.
    public var fastOpenCookieLength: UInt8? { present.contains(.fastOpen) ? fastOpenLength : nil }
    /// RFC 2385.
    public var md5: Bool { present.contains(.md5) }
    /// RFC 5925.
    public var authentication: Bool { present.contains(.authentication) }
    /// RFC 8684.
    public var multipathSubtype: MultipathSubtype? {
        present.contains(.multipath) ? MultipathSubtype(rawValue: multipathSubtypeValue) : nil
    }
    /// RFC 5482, in seconds.
    public var userTimeout: UInt32? {
        guard present.contains(.userTimeout) else { return nil }
        return UInt32(userTimeoutValue & 0x7FFF) &* (userTimeoutValue & 0x8000 != 0 ? 60 : 1)
    }
    /// The list could not be read to its end: a wrong length, or the capture ends within it.
    public var isMalformed: Bool { present.contains(.malformed) }

    private mutating func set(_ option: Present, _ isPresent: Bool) {
        if isPresent { present.insert(option) } else { present.remove(option) }
    }
}

/// RFC 7323 section 3.2.
@frozen
public struct TCPTimestamps: Hashable, Sendable {
    public var value: UInt32
    public var echoReply: UInt32

    @inlinable
    public init(value: UInt32, echoReply: UInt32) {
        self.value = value
        self.echoReply = echoReply
    }
}

/// One run of bytes that arrived out of order: RFC 2018 section 3.
@frozen
public struct SACKBlock: Hashable, Sendable {
    public var left: UInt32
    public var right: UInt32

    @inlinable
    public init(left: UInt32, right: UInt32) {
        self.left = left
        self.right = right
    }
}

/// Up to four blocks: there is no room for more in 40 bytes of options.
@frozen
public struct SACKBlocks: Hashable, Sendable {
    public static let capacity = 4

    private var length: UInt8 = 0
    private var first = SACKBlock(left: 0, right: 0)
    private var second = SACKBlock(left: 0, right: 0)
    private var third = SACKBlock(left: 0, right: 0)
    private var fourth = SACKBlock(left: 0, right: 0)

    public init() {}

    public var count: Int { Int(length) }

    /// False when there is no room left.
    @discardableResult
    public mutating func append(_ block: SACKBlock) -> Bool {
        switch length {
        case 0: first = block
        case 1: second = block
        case 2: third = block
        case 3: fourth = block
        default: return false
        }
        length &+= 1
        return true
    }

    /// Nil from `count` on.
    public subscript(index: Int) -> SACKBlock? {
        guard index >= 0, index < count else { return nil }
        return switch index {
        case 0: first
        case 1: second
        case 2: third
        default: fourth
        }
    }

    public var isEmpty: Bool { length == 0 }
}

/// What a Multipath TCP option is for: the subtypes of RFC 8684 section 8.
@frozen
public struct MultipathSubtype: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let capable = MultipathSubtype(rawValue: 0)
    public static let join = MultipathSubtype(rawValue: 1)
    public static let dataSequenceSignal = MultipathSubtype(rawValue: 2)
    public static let addAddress = MultipathSubtype(rawValue: 3)
    public static let removeAddress = MultipathSubtype(rawValue: 4)
    public static let priority = MultipathSubtype(rawValue: 5)
    public static let fail = MultipathSubtype(rawValue: 6)
    public static let fastClose = MultipathSubtype(rawValue: 7)
    public static let reset = MultipathSubtype(rawValue: 8)

    public var description: String {
        switch self {
        case .capable: "MP_CAPABLE"
        case .join: "MP_JOIN"
        case .dataSequenceSignal: "DSS"
        case .addAddress: "ADD_ADDR"
        case .removeAddress: "REMOVE_ADDR"
        case .priority: "MP_PRIO"
        case .fail: "MP_FAIL"
        case .fastClose: "MP_FASTCLOSE"
        case .reset: "MP_TCPRST"
        default: "MPTCP subtype \(rawValue)"
        }
    }
}
