/// A time in which an established connection made no progress although somebody waited for it.
@frozen
public struct Stall: Sendable, Hashable {
    /// What was waited for.
    @frozen
    public enum Cause: UInt8, Sendable, Hashable, CaseIterable {
        /// The receiver's window was closed, or full: its application does not read.
        case receiverWindow
        /// Nothing was on its way: the application at the other end had nothing to send yet.
        case senderIdle
        /// Segments, or their acknowledgements, were lost, and a timer had to run out.
        case loss
        /// Large segments are lost where small ones pass: RFC 4821, RFC 2923 section 2.1.
        case pathMTU
        /// Nothing comes from the other end any more, however often it is asked.
        case peerGone
        /// Data lay unacknowledged, and yet nothing was sent again: whoever received it took its time.
        case lateAcknowledgement
        /// What is sent arrives and is not taken: its numbers lie outside of the receiver's window, which says each time what
        /// it had already (RFC 9293 section 3.10.7.4).
        case outOfWindow
    }

    public var cause: Cause
    /// Which end waited; the other one, or the path to it, is what it waited for.
    public var initiatorWaited: Bool
    public var begin: Instant
    public var length: TimeSpan
    /// The last frame with progress, and the one that ended the stall, or was the last one seen.
    public var lastFrameBefore: UInt32
    public var firstFrameAfter: UInt32
    /// How often data was sent again meanwhile.
    public var retransmissions: UInt16
    /// The connection never went on: reset, or the end of the capture.
    public var neverResumed: Bool
}

/// The longest stalls of a connection, and how much time went to each cause. Bounded; empty, it holds no memory.
public struct StallLog: Sendable, Hashable {
    /// Shorter waits are the normal course of things: Linux sends again after 200 ms at the earliest.
    public static let shortest = TimeSpan.milliseconds(200)
    /// People and programs pause; a second without anything to send is worth a line.
    public static let shortestIdle = TimeSpan.seconds(1)
    /// Of each cause: a keep-alive connection's many pauses must not displace the one loss.
    public static let keptPerCause = 3

    @frozen
    public struct Total: Sendable, Hashable {
        public var count: UInt32 = 0
        public var time = TimeSpan.zero
    }

    /// Longest first.
    public private(set) var longest: [Stall] = []
    private var totals: [Total] = []

    public init() {}

    public var isEmpty: Bool { longest.isEmpty }

    /// All stalls of that cause, those included that are not kept.
    public func total(_ cause: Stall.Cause) -> Total {
        totals.isEmpty ? Total() : totals[Int(cause.rawValue)]
    }

    /// Which part of `lifetime` went to that cause: 0 to 1.
    public func share(_ cause: Stall.Cause, of lifetime: TimeSpan) -> Double {
        guard lifetime > .zero else { return 0 }
        return min(1, Double(total(cause).time.nanoseconds) / Double(lifetime.nanoseconds))
    }

    mutating func note(_ stall: Stall) {
        if totals.isEmpty { totals = Array(repeating: Total(), count: Stall.Cause.allCases.count) }
        let index = Int(stall.cause.rawValue)
        totals[index].count &+= 1
        totals[index].time = totals[index].time + stall.length
        let place = longest.firstIndex { $0.length < stall.length } ?? longest.count
        longest.insert(stall, at: place)
        let ofCause = longest.indices.filter { longest[$0].cause == stall.cause }
        if ofCause.count > Self.keptPerCause, let shortest = ofCause.last { longest.remove(at: shortest) }
    }
}
