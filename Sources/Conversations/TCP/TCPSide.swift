/// What is known of one end of a connection from the segments that it sent. Fixed size, no allocation.
///
/// Numbers that are not known yet are 0, as they are in Wireshark: a connection whose sequence passes exactly through
/// 0 is once, for one segment, taken for one that just began.
public struct TCPSide: Sendable, Hashable {
    struct State: OptionSet, Sendable, Hashable {
        var rawValue: UInt16

        static let baseIsKnown = State(rawValue: 1)
        /// It sent a SYN, and its first segment without one, whose window is scaled, is still to come.
        static let firstACKIsDue = State(rawValue: 2)
        static let sentKeepAlive = State(rawValue: 4)
        static let sentZeroWindowProbe = State(rawValue: 8)
        static let sentSYN = State(rawValue: 32)
        static let sentACK = State(rawValue: 64)
        static let sentFIN = State(rawValue: 128)
        static let sentReset = State(rawValue: 256)
        static let permitsSACK = State(rawValue: 512)
        static let hasTimestamps = State(rawValue: 1024)
        /// It takes no more data. The windows of SYN, FIN and RST say nothing of that: a reset's is 0 as a rule.
        static let closedWindow = State(rawValue: 16)
        /// Its latest segment was one that RFC 5961 answers with a challenge.
        static let deservesChallenge = State(rawValue: 2048)
    }

    var state: State = []
    /// The number behind the furthest byte that it sent, and when that was.
    public internal(set) var nextSequenceNumber: UInt32 = 0
    var nextSequenceAt = Instant.zero
    /// The end of what was seen without a gap: what the other end may acknowledge.
    var acknowledgeable: UInt32 = 0
    /// The latest acknowledgement that it sent, and when it sent the latest segment.
    public internal(set) var acknowledgementNumber: UInt32 = 0
    /// The same, but for segments that acknowledge nothing: a reset as a rule has a 0 there.
    public internal(set) var acknowledged: UInt32 = 0
    public internal(set) var lastSeen = Instant.zero
    /// The window in its latest segment, not scaled; the largest number while there was none.
    var window = UInt32.max
    /// Its initial sequence number, or one less than the first number that was seen.
    public internal(set) var initialSequenceNumber: UInt32 = 0
    /// How often it repeated its acknowledgement; the largest number stands for -1, when the other end was found to
    /// acknowledge what was not captured of this one.
    var duplicates: UInt32 = 0
    /// The multipath operations that had been seen when it sent its latest segment.
    var multipath: UInt16 = 0
    var scale = Scale.unknown

    /// Everything it sent as payload, repetitions included.
    public internal(set) var payloadBytes: UInt64 = 0
    /// Payload of segments that were marked as sent before.
    public internal(set) var repeatedBytes: UInt64 = 0
    public internal(set) var packets: UInt32 = 0
    public internal(set) var retransmissions: UInt32 = 0
    /// When its first byte of payload came; nil where none did.
    public var firstByteAt: Instant? { payloadBytes > 0 ? firstByte : nil }
    var firstByte = Instant.zero
    /// From its SYN: RFC 9293 section 3.7.1. Zero for none.
    var segmentSize: UInt16 = 0

    /// The largest payload that the other end acknowledged whole, and the largest of what waits for that.
    var largestDelivered: UInt16 = 0
    var largestInFlight: UInt16 = 0

    /// RFC 7323 section 2.
    enum Scale {
        static let unknown: Int8 = -1
        static let unused: Int8 = -2
    }

    // MARK: What it said of itself

    /// The largest payload that it sent in one segment, as far as 65,535.
    public var largestSegment: UInt16 { max(largestDelivered, largestInFlight) }
    public var maximumSegmentSize: UInt16? { segmentSize == 0 ? nil : segmentSize }
    public var permitsSACK: Bool { state.contains(.permitsSACK) }
    public var hasTimestamps: Bool { state.contains(.hasTimestamps) }
    /// The shift count that is in use; nil where scaling was not agreed on, or the SYNs were not seen.
    public var windowScale: UInt8? { scale >= 0 ? UInt8(scale) : nil }
    public var sentFIN: Bool { state.contains(.sentFIN) }
    func sentSYN(_ number: UInt32) -> Bool { state.contains(.sentSYN) && initialSequenceNumber == number }
    public var sentReset: Bool { state.contains(.sentReset) }

    /// In bytes, as of its latest segment; nil while it sent none, or none behind its SYN whose scale is not known.
    public var receiveWindow: UInt32? {
        guard window != .max, scale != Scale.unknown else { return nil }
        return scaledWindow
    }

    /// The window as Wireshark holds data against it: that of a SYN is never scaled.
    @inline(__always)
    var scaledWindow: UInt32 {
        state.contains(.firstACKIsDue) || scale < 0 ? window : window << UInt32(scale)
    }
}
