/// A moment as RFC 3339 writes it, in UTC with microseconds: `2026-03-01T09:30:00.000000Z`.
///
/// The calendar of RFC 3339 is the Gregorian one, also before its time, without leap seconds in the count.
enum CivilTime {
    /// - Parameter unixNanoseconds: since 1970-01-01T00:00:00Z; any value is a date between 1677 and 2262.
    static func text(unixNanoseconds: Int64) -> String {
        let (seconds, nanoseconds) = floorDivide(unixNanoseconds, by: 1_000_000_000)
        let (days, second) = floorDivide(seconds, by: 86_400)
        let date = date(daysSince1970: days)
        return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
            + padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2)
            + "." + padded(nanoseconds / 1000, 6) + "Z"
    }

    /// Years are counted from March, so that the leap day is the last day of a year, and in eras of 400 years,
    /// after which the calendar repeats: 146,097 days.
    private static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let daysFrom0000MarchTo1970: Int64 = 719_468
        let (era, dayOfEra) = floorDivide(daysSince1970 + daysFrom0000MarchTo1970, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // March to July and August to December have the same lengths: 153 days in five months.
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> (
        quotient: Int64, remainder: Int64
    ) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
