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
    /// What the initiator had said by then and nothing of the responder's behind it acknowledges, as far as 65,535: where the
    /// responder closed with a reset.
    public var unansweredBytes: UInt16
    /// Whoever sent the reset said something more behind it, as no TCP does: one of the two is forged.
    public var isContradicted: Bool
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
        /// The reset has the very number that its receiver expects, or nothing is known of that.
        static let believed = Events(rawValue: 32)
        /// Nobody need believe it.
        static let blind = Events(rawValue: 64)
        static let contradicted = Events(rawValue: 128)
    }

    private var at = Instant.zero
    private var frame: UInt32 = 0
    private var resetFrame: UInt32 = 0
    /// In milliseconds.
    private var quiet: UInt32 = 0
    private var unanswered: UInt16 = 0
    private var events: Events = []

    /// Before the segment that closes, which is progress itself.
    mutating func noteQuiet(_ span: TimeSpan) {
        if !events.contains(.closed) { quiet = UInt32(clamping: span.nanoseconds / 1_000_000) }
    }

    /// There was a reset: what follows tells whether it was taken.
    @inline(__always)
    var hasReset: Bool { events.contains(.reset) }
    var isContradicted: Bool { events.contains(.contradicted) }
    var resetByInitiator: Bool { events.contains(.resetByInitiator) }

    /// - Parameters:
    ///   - found: the marks of the segment.
    ///   - unanswered: how much the other end had said that nothing answers.
    mutating func note(_ segment: TCPSegment, _ found: TCPMarks, unanswered: UInt32) {
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
            if found.contains(.resetBlind) {
                events.insert(.blind)
            } else if !found.contains(.resetInWindow) {
                events.insert(.believed)
            }
            self.unanswered = UInt16(clamping: unanswered)
            resetFrame = segment.frame
        }
    }

    /// Whoever sent the reset says something again, or what nobody had asked for.
    mutating func speaksOn(isNews: Bool) {
        if events.contains(.believed) {
            if isNews { events.insert(.contradicted) }
        } else if events.contains(.blind) {
            withdraw()
        }
    }

    /// It was answered by a challenge.
    mutating func challenged() { if !events.contains(.believed) { withdraw() } }

    /// The connection goes on as if there had been no reset: it closed nothing.
    mutating func withdraw() {
        let isWholeClose = events.contains(.closedByReset)
        events.subtract([.reset, .resetByInitiator, .believed, .blind, .contradicted])
        (resetFrame, unanswered) = (0, 0)
        if isWholeClose { self = CloseRecord() }
    }

    var close: TCPClose? {
        guard events.contains(.closed) else { return nil }
        return TCPClose(
            byInitiator: events.contains(.closedByInitiator), manner: events.contains(.closedByReset) ? .reset : .fin,
            at: at, frame: frame, quietBefore: .milliseconds(Int64(quiet)),
            resetFrame: events.contains(.reset) ? resetFrame : nil,
            resetByInitiator: events.contains(.resetByInitiator),
            unansweredBytes: events.contains(.closedByReset) && !events.contains(.closedByInitiator) ? unanswered : 0,
            isContradicted: events.contains(.contradicted))
    }
}
