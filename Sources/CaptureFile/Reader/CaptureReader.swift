import PacketWire

/// Reads pcap, pcapng and snoop, whole files and growing ones: bytes in, records out, no I/O.
///
/// The reader keeps a position in a window of bytes that the caller owns. For a file in memory the window is
/// the file and every call goes through. For a stream, `.needsMore` says how many bytes are missing; what
/// `releaseConsumed()` returns can be dropped from the window's front before more is appended.
///
///     var reader = CaptureReader()
///     while true {
///         switch try reader.next(in: buffer.span, isComplete: inputEnded) {
///         case .record(let record): handle(record, buffer.span)
///         case .needsMore(let count):
///             buffer.removeFirst(reader.releaseConsumed())
///             readAtLeast(count, into: &buffer)
///         case .end: return
///         }
///     }
///
/// Damage does not end the reading where something whole follows: it goes on there, and `damage` lists what was
/// passed over. What is thrown ends it. An error leaves the reader where it is: the same window gives the same error,
/// and a longer one can cure `.truncated`.
public struct CaptureReader: Sendable {
    /// What one call came to.
    public enum Step: Sendable {
        case record(CaptureRecord)
        /// The window ends inside a record; that many more bytes are needed at its end to get on.
        case needsMore(atLeast: Int)
        /// The input is complete, and so was its last record.
        case end
    }

    public enum Format: String, Hashable, Sendable {
        case pcap
        case pcapng
        case snoop
    }

    enum State: Sendable {
        case start
        /// Records one behind the other: pcap and snoop.
        case records(RecordLayout)
        case pcapng(ByteOrder)
        /// Between damage and what is whole again; `search` says from where.
        case searching
    }

    var state = State.start
    /// Where the next record begins in the window.
    var position = 0
    /// Where the window begins in the file.
    var windowOffset = 0
    var blocksRead = 0
    /// The last packet's number: more than `packetCount` where other blocks have numbers too.
    var numberCount = 0
    /// First interface of the current section.
    var sectionInterfaces = 0
    var clocks: [InterfaceClock] = []
    /// Where the record begins whose header has been looked at already, from the start of the file.
    var verified = -1
    /// The header of the record behind the latest, where it has been looked at, and where it begins in the file.
    var ahead = (offset: -1, header: RecordHeader())
    /// Set where most records can be told to be as usual by few comparisons.
    var usual: UsualRecords?
    /// The last record's, which the next should not be far from.
    var lastSeconds: UInt32 = 0
    /// Original lengths mean nothing in this file.
    var hasStrangeLengths = false
    /// Set in `.searching` only.
    var search: RecoverySearch?
    /// How many bytes may still be spent on looking for something better than what was found first.
    var lookAhead = 32 << 20
    /// Stops after each damage, so that the list stays short however much there is.
    var pausesAtDamage = false
    /// Sections whose stated length will be wrong when the damage has been taken out.
    var sectionsToUnbind: Set<Int> = []

    /// The parts of the file with a header of their own, in order; pcap has one.
    public internal(set) var sections: [CaptureSection] = []
    /// All interfaces of all sections so far. More can follow between packets.
    public internal(set) var interfaces: [CaptureInterface] = []
    /// The names that the file knows for addresses, at most `nameLimit`.
    public internal(set) var names: [NameRecord] = []
    /// What packets say was dropped before them, by interface.
    var droppedBetweenPackets: [Int: UInt64] = [:]
    /// The first comments of packets, at most `packetCommentLimit`, and how many there are in all.
    public internal(set) var packetComments: [(packet: Int, text: String)] = []
    public internal(set) var packetCommentCount = 0
    /// Packets delivered so far.
    public internal(set) var packetCount = 0
    /// What was wrong and passed over so far, at most a thousand places; `totals` counts all.
    public internal(set) var damage: [CaptureDamage] = []
    public internal(set) var totals = DamageTotals()
    /// Blocks that are no packets and describe none: skipped, and counted.
    public internal(set) var skippedBlocks = SkippedBlocks()

    public init() {}

    /// Nil until the file header has been read.
    public var format: Format? { Self.format(of: state) ?? search.flatMap { Self.format(of: $0.format) } }

    private static func format(of state: State) -> Format? {
        switch state {
        case .start, .searching: nil
        case .records(let layout): layout.form == .snoop ? .snoop : .pcap
        case .pcapng: .pcapng
        }
    }

    /// How far the file has been read, from its start.
    public var offset: Int { windowOffset + position }

    /// Where the damage begins whose end has not been found yet, else `offset`.
    var settledOffset: Int { search?.start ?? offset }

    /// Declares what has been read as no longer needed, and returns how many bytes the caller is to drop from
    /// the front of the window. Ranges of earlier records lose their meaning, but for `CaptureRecord.moveToFront(by:)`.
    ///
    /// - Parameter first: what is from there on, from the start of the file, is still needed.
    public mutating func releaseConsumed(before first: Int? = nil) -> Int {
        let count = max(0, min(position, (first ?? .max) - windowOffset))
        windowOffset += count
        position -= count
        return count
    }

    /// The next packet. What describes interfaces, sections and names is taken in on the way.
    ///
    /// - Parameters:
    ///   - window: The bytes from the first one that was not released.
    ///   - isComplete: Nothing will follow the window. Then the call never asks for more: it ends or throws.
    public mutating func next(
        in window: Span<UInt8>, isComplete: Bool = true
    ) throws(CaptureFileError) -> Step {
        switch state {
        case .records(let layout): return try nextRecord(in: window, layout, isComplete: isComplete)
        case .pcapng(let order): return try nextPcapng(in: window, order, isComplete: isComplete)
        case .start: return try readStart(of: window, isComplete: isComplete)
        case .searching: return try goOnSearching(in: window, isComplete: isComplete)
        }
    }

    /// Looks on for something whole in a window that has grown since.
    private mutating func goOnSearching(
        in window: Span<UInt8>, isComplete: Bool
    ) throws(CaptureFileError) -> Step {
        if let search {
            let step: Step?
            switch search.format {
            case .records(let layout): step = try searchRecord(window, layout, search, isComplete: isComplete)
            case .pcapng: step = try searchBlock(window, search, isComplete: isComplete)
            case .start, .searching: step = .end
            }
            if let step { return step }
        }
        return try next(in: window, isComplete: isComplete)
    }

    /// Asks for bytes, or reports the cut when there will be none.
    func incomplete(
        needed: Int, available: Int, isComplete: Bool, in place: CaptureFileError.Place
    ) throws(CaptureFileError) -> Step {
        if isComplete { throw error(.truncated(needed: needed, available: available), in: place) }
        return .needsMore(atLeast: needed - available)
    }

    func error(_ kind: CaptureFileError.Kind, in place: CaptureFileError.Place) -> CaptureFileError {
        CaptureFileError(kind, at: offset, in: place, packets: packetCount)
    }
}

/// What a packet of an interface needs of its description, without the strings.
struct InterfaceClock: Sendable {
    var linkType: LinkType
    var snapLength: UInt32
    var frameLimit: Int
    var scale: TimestampScale
    /// The description was damaged: the number is taken, and packets of it cannot be understood.
    var isLost: Bool { frameLimit < 0 }

    init(_ interface: CaptureInterface) {
        linkType = interface.linkType
        snapLength = interface.snapLength
        frameLimit = FrameLimit.bytes(interface.linkType, snapLength: interface.snapLength)
        scale = TimestampScale(interface.resolution, offsetSeconds: interface.timestampOffsetSeconds)
    }
}

/// How long a record may be before its length counts as damage rather than as a packet.
enum FrameLimit {
    /// libpcap and Wireshark write at most 262,144 bytes of a packet. A file that announces more for itself is
    /// believed up to 16 MiB; D-Bus and USB messages can be 128 MiB. Nothing is allocated for any of it; the
    /// limit tells a damaged length early, and bounds the window of a stream.
    static func bytes(_ linkType: LinkType, snapLength: UInt32) -> Int {
        switch linkType.rawValue {
        case 231, 249: 128 << 20
        default: Swift.max(262_144, Swift.min(Int(snapLength), 16 << 20))
        }
    }

    /// The largest packet with room for its options, and for blocks that are skipped.
    static let block = 129 << 20
    /// Each costs memory; a 16-bit index was enough for the obsolete packet block.
    static let interfaces = 65_536
    static let sections = 65_536
    static let names = 65_536
}
