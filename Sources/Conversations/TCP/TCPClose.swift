import PacketWire

/// How a connection ended, as far as the capture saw it.
@frozen
public struct TCPClose: Sendable, Hashable {
    /// RFC 9293 section 3.6: a FIN says that no more data follows; a RST that there is no connection (any more).
    @frozen
    public enum Manner: UInt8, Sendable, Hashable {
        case fin
        case reset
    }

    /// Which end sent the first FIN or RST.
    public var byInitiator: Bool
    public var manner: Manner
    public var at: Instant
    public var frame: UInt32
    /// How long there had been no progress by then, to the millisecond.
    public var quietBefore: TimeSpan
    /// The frame of the first RST, be it the first to close or behind a FIN; nil where none came.
    public var resetFrame: UInt32?
    /// Which end sent that RST; false where none came.
    public var resetByInitiator: Bool
}

/// The same without padding: every connection carries one.
struct CloseRecord: Sendable, Hashable {
    struct Events: OptionSet, Sendable, Hashable {
        var rawValue: UInt8

        static let closed = Events(rawValue: 1)
        static let closedByInitiator = Events(rawValue: 2)
        static let closedByReset = Events(rawValue: 4)
        static let reset = Events(rawValue: 8)
        static let resetByInitiator = Events(rawValue: 16)
    }

    private var at = Instant.zero
    private var frame: UInt32 = 0
    private var resetFrame: UInt32 = 0
    /// In milliseconds.
    private var quiet: UInt32 = 0
    private var events: Events = []

    /// Before the segment that closes, which is progress itself.
    mutating func noteQuiet(_ span: TimeSpan) {
        if !events.contains(.closed) { quiet = UInt32(clamping: span.nanoseconds / 1_000_000) }
    }

    mutating func note(_ segment: TCPSegment) {
        let isReset = segment.flags.contains(.rst)
        if !events.contains(.closed) {
            events.insert(.closed)
            if segment.fromInitiator { events.insert(.closedByInitiator) }
            if isReset { events.insert(.closedByReset) }
            (at, frame) = (segment.at, segment.frame)
        }
        if isReset, !events.contains(.reset) {
            events.insert(.reset)
            if segment.fromInitiator { events.insert(.resetByInitiator) }
            resetFrame = segment.frame
        }
    }

    var close: TCPClose? {
        guard events.contains(.closed) else { return nil }
        return TCPClose(
            byInitiator: events.contains(.closedByInitiator), manner: events.contains(.closedByReset) ? .reset : .fin,
            at: at, frame: frame, quietBefore: .milliseconds(Int64(quiet)),
            resetFrame: events.contains(.reset) ? resetFrame : nil,
            resetByInitiator: events.contains(.resetByInitiator))
    }
}
