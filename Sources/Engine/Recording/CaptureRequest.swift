public import Conversations

/// What a person asked `capture` for.
public struct CaptureRequest: Sendable {
    /// Nil is the interface of the default route.
    public var interface: String?
    public var filter: String?
    /// Where the packets are kept; nil only watches.
    public var captureFile: String?
    /// When the next file begins, and how many are kept.
    public var ring = RingLimits()
    /// Keep the beginnings of conversations and what is near a failure, and leave bulk data out.
    public var handshakesOnly = false
    public var packetLimit: Int?
    public var duration: TimeSpan?
    public var snapLength = 262_144
    /// The kernel's buffer, which holds what comes while this process is not running.
    public var bufferBytes = 32 << 20
    /// Also what is for other machines, as a mirror port delivers it.
    public var isPromiscuous = false
    /// Say of each attempt what came of it.
    public var followsAttempts = true
    /// The packets of so long stay in memory, to be written when a signal asks for them.
    public var snapshot: TimeSpan?
    public var snapshotBytes = 64 << 20

    public init() {}

    /// Whether files are made while the recording runs already.
    public var makesFilesLater: Bool { ring.isRing || snapshot != nil }

    /// What snapshots are named after where nothing else is written.
    func snapshotPath(_ interface: String) -> String { "stallpoint-\(interface).pcapng" }
}

/// When a recording goes on in the next file, and how many files are kept.
public struct RingLimits: Sendable, Hashable {
    /// A file is not longer than this.
    public var fileBytes: Int64?
    /// A file does not cover more than this.
    public var fileSpan: TimeSpan?
    /// The oldest is removed when there are more; nil keeps all.
    public var files: Int?

    public init() {}

    public var isRing: Bool { fileBytes != nil || fileSpan != nil }
}
