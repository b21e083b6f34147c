import Conversations

extension TimeSpan {
    /// Milliseconds with as many digits as mean something: `0.241`, `12.4`, `3000`.
    var shortText: String {
        let microseconds = wholeMicroseconds
        let magnitude = microseconds.magnitude
        let places = magnitude < 10_000 ? 3 : magnitude < 1_000_000 ? 1 : 0
        return Self.decimal(microseconds, places: places)
    }

    /// Milliseconds with three decimals, for columns: `1000.120`.
    var columnText: String { Self.decimal(wholeMicroseconds, places: 3) }

    private static func decimal(_ microseconds: Int64, places: Int) -> String {
        let divisor: UInt64 = places == 3 ? 1 : places == 1 ? 100 : 1000
        let rounded = (microseconds.magnitude + divisor / 2) / divisor
        let sign = microseconds < 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(rounded)" }
        let scale: UInt64 = places == 3 ? 1000 : 10
        let fraction = String(rounded % scale)
        let zeros = String(repeating: "0", count: places - fraction.utf8.count)
        return "\(sign)\(rounded / scale).\(zeros)\(fraction)"
    }
}

extension TimeSpan {
    /// `0.4 ms`, `12.3 s`, `3 min 20 s`, `2 h 5 min`.
    var inWords: String {
        let milliseconds = nanoseconds / 1_000_000
        if milliseconds < 1_000 { return "\(shortText) ms" }
        if milliseconds < 60_000 { return "\(milliseconds / 1_000).\(milliseconds / 100 % 10) s" }
        let seconds = milliseconds / 1_000
        if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
    }
}
