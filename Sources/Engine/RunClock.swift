public import Conversations
import HostNetwork

/// Turns the system's two clocks into instants of one run.
public struct RunClock: Sendable {
    private let monotonicStart: Int64
    /// The wall clock when the run began, nanoseconds since 1970.
    public let unixStart: Int64

    public init() {
        monotonicStart = Clock.monotonicNanoseconds()
        unixStart = Clock.unixNanoseconds()
    }

    public var now: Instant { Instant(nanoseconds: Clock.monotonicNanoseconds() - monotonicStart) }

    /// When a captured frame passed, by the stamp it bears.
    func instant(unix: Int64) -> Instant { Instant(nanoseconds: unix) - unixOffset }

    /// When something happened, by the monotonic clock.
    func instant(monotonic: Int64) -> Instant {
        Instant(nanoseconds: monotonic.subtractingReportingOverflow(monotonicStart).partialValue)
    }

    private var unixOffset: TimeSpan { TimeSpan(nanoseconds: unixStart) }
}

extension Instant {
    static func - (instant: Instant, span: TimeSpan) -> Instant {
        instant + TimeSpan(nanoseconds: 0 &- span.nanoseconds)
    }
}
