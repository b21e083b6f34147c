/// When a packet was captured: wall-clock time in nanoseconds, and how many of its digits mean something.
///
/// Wall clocks jump. Differences between two of these are only as good as the clock that made them; the
/// diagnosis turns them into `Instant`s once, relative to the first packet.
@frozen
public struct CaptureTimestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Since 1970-01-01 00:00 UTC, without leap seconds. Reaches the year 2262.
    public var nanosecondsSince1970: Int64
    public var resolution: TimestampResolution

    @inlinable
    public init(nanosecondsSince1970: Int64, resolution: TimestampResolution = .nanoseconds) {
        self.nanosecondsSince1970 = nanosecondsSince1970
        self.resolution = resolution
    }

    /// Saturates where the sum does not fit.
    @inlinable
    public init(seconds: Int64, nanoseconds: Int64, resolution: TimestampResolution = .nanoseconds) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let whole = overflow ? (seconds > 0 ? Int64.max : .min) : product
        let (sum, carried) = whole.addingReportingOverflow(nanoseconds)
        self.init(
            nanosecondsSince1970: carried ? (nanoseconds > 0 ? .max : .min) : sum, resolution: resolution)
    }

    /// Whole seconds, rounded down also before 1970.
    @inlinable
    public var seconds: Int64 {
        let (quotient, remainder) = nanosecondsSince1970.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// What is left beside `seconds`: 0 to 999,999,999.
    @inlinable
    public var nanosecondOfSecond: Int64 {
        let remainder = nanosecondsSince1970 % 1_000_000_000
        return remainder < 0 ? remainder + 1_000_000_000 : remainder
    }

    /// Nanoseconds from `earlier` to this, negative when the file is out of order; saturates.
    @inlinable
    public func nanoseconds(since earlier: CaptureTimestamp) -> Int64 {
        let (difference, overflow) = nanosecondsSince1970.subtractingReportingOverflow(earlier.nanosecondsSince1970)
        return overflow ? (nanosecondsSince1970 < 0 ? .min : .max) : difference
    }

    /// By time alone: the same moment seen by a coarser clock is neither before nor after.
    @inlinable
    public static func < (a: CaptureTimestamp, b: CaptureTimestamp) -> Bool {
        a.nanosecondsSince1970 < b.nanosecondsSince1970
    }

    /// RFC 3339 in UTC with the digits the clock could fill: `2026-03-01T12:30:00.000250Z`.
    public var description: String {
        CivilTime.text(unixNanoseconds: nanosecondsSince1970, fractionDigits: resolution.fractionDigits)
    }
}
