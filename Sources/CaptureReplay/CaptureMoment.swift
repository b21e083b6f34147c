import CaptureFile
public import Conversations

/// A moment in a capture, as a person names it.
public enum CaptureMoment: Sendable, Hashable {
    /// So long after the first packet.
    case afterStart(TimeSpan)
    /// By the calendar: nanoseconds since 1970.
    case unix(nanoseconds: Int64)
    /// The first time at or after the first packet at which it is so late in UTC.
    case timeOfDay(nanoseconds: Int64)

    /// Seconds (`12.5`), a date-time of RFC 3339 with its offset (`2026-11-26T05:27:39Z`), or a time of day in UTC
    /// (`05:27:39.25`). Nil for anything else: a date-time without an offset is a moment only to who wrote it.
    public init?(_ text: String) {
        if let moment = CivilTime.unixNanoseconds(text) {
            self = .unix(nanoseconds: moment)
        } else if let time = CivilTime.nanosecondsOfDay(text) {
            self = .timeOfDay(nanoseconds: time)
        } else if let seconds = Double(text), (0...4e9).contains(seconds) {
            self = .afterStart(TimeSpan(nanoseconds: Int64(seconds * 1e9)))
        } else {
            return nil
        }
    }

    func instant(firstPacket: Int64, notBefore earliest: Instant) -> Instant {
        switch self {
        case .afterStart(let span): return .zero + span
        case .unix(let nanoseconds):
            return .zero + (Instant(nanoseconds: nanoseconds) - Instant(nanoseconds: firstPacket))
        case .timeOfDay(let time):
            let from = Instant(nanoseconds: firstPacket) + (earliest - .zero)
            let moment = CivilTime.unixNanoseconds(ofTime: time, notBefore: from.nanoseconds)
            return .zero + (Instant(nanoseconds: moment) - Instant(nanoseconds: firstPacket))
        }
    }
}
