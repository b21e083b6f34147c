/// A moment in a run: nanoseconds since the run began (live), or since the first packet (offline).
///
/// Monotonic by construction; never a wall clock. Nothing in the pure modules asks what time it is.
@frozen
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    @inlinable
    public static var zero: Instant { Instant(nanoseconds: 0) }

    @inlinable
    public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Later by that many nanoseconds; clamped, because capture files hold any number they like.
    @inlinable
    public static func + (a: Instant, span: TimeSpan) -> Instant {
        let (sum, overflow) = a.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return Instant(nanoseconds: overflow ? (span.nanoseconds > 0 ? .max : .min) : sum)
    }

    @inlinable
    public static func - (a: Instant, b: Instant) -> TimeSpan {
        let (difference, overflow) = a.nanoseconds.subtractingReportingOverflow(b.nanoseconds)
        return TimeSpan(nanoseconds: overflow ? (b.nanoseconds < 0 ? .max : .min) : difference)
    }
}

/// A length of time in nanoseconds. `Duration` counts attoseconds in 128 bits; packets need neither.
@frozen
public struct TimeSpan: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    @inlinable
    public static func milliseconds(_ count: Int64) -> TimeSpan {
        let (value, overflow) = count.multipliedReportingOverflow(by: 1_000_000)
        return TimeSpan(nanoseconds: overflow ? (count > 0 ? .max : .min) : value)
    }

    @inlinable
    public static func seconds(_ count: Int64) -> TimeSpan {
        let (value, overflow) = count.multipliedReportingOverflow(by: 1_000_000_000)
        return TimeSpan(nanoseconds: overflow ? (count > 0 ? .max : .min) : value)
    }

    @inlinable
    public static var zero: TimeSpan { TimeSpan(nanoseconds: 0) }

    /// Clamped, as instants are.
    @inlinable
    public static func + (a: TimeSpan, b: TimeSpan) -> TimeSpan {
        let (sum, overflow) = a.nanoseconds.addingReportingOverflow(b.nanoseconds)
        return TimeSpan(nanoseconds: overflow ? (b.nanoseconds > 0 ? .max : .min) : sum)
    }

    @inlinable
    public static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.nanoseconds < b.nanoseconds }

    /// For reports: milliseconds with their fraction.
    public var milliseconds: Double { Double(nanoseconds) / 1_000_000 }
    /// For reports: seconds with their fraction.
    public var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
}

extension TimeSpan {
    /// Milliseconds for sentences: with one decimal, or to the microsecond where that would be zero.
    public var rounded: String {
        let tenths = (nanoseconds.magnitude + 50_000) / 100_000
        let microseconds = (nanoseconds.magnitude + 500) / 1_000
        // What is shorter is not nothing.
        if tenths == 0, microseconds > 0 {
            return "\(nanoseconds < 0 ? "-" : "")0.0\(microseconds < 10 ? "0" : "")\(microseconds)"
        }
        return "\(nanoseconds < 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
    }
}
