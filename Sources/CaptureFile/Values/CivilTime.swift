/// Moments as RFC 3339 writes them, printed and read: `2026-03-01T09:30:00.000000Z`.
///
/// The calendar of RFC 3339 is the Gregorian one, also before its time, without leap seconds in the count. A library's
/// date would round: a double of seconds has no room for a capture's nanoseconds.
public enum CivilTime {
    private static let second: Int64 = 1_000_000_000
    private static let day = 86_400 * second

    /// In UTC. A fraction is cut, not rounded; with no digits there is no point either.
    ///
    /// - Parameter unixNanoseconds: since 1970-01-01T00:00:00Z; any value is a date between 1677 and 2262.
    public static func text(unixNanoseconds: Int64, fractionDigits: Int = 6) -> String {
        let days = floorDivide(unixNanoseconds, by: day).quotient
        let date = date(daysSince1970: days)
        return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
            + timeOfDay(unixNanoseconds: unixNanoseconds, fractionDigits: fractionDigits) + "Z"
    }

    /// `14:03:07.512`, in UTC.
    public static func timeOfDay(unixNanoseconds: Int64, fractionDigits: Int = 3) -> String {
        let (second, nanoseconds) = floorDivide(floorDivide(unixNanoseconds, by: day).remainder, by: second)
        let text = padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2)
        return fractionDigits > 0 ? text + "." + padded(nanoseconds, 9).prefix(fractionDigits) : text
    }

    /// Years are counted from March, so that the leap day is the last day of a year, and in eras of 400 years,
    /// after which the calendar repeats: 146,097 days.
    private static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(daysSince1970 + daysFrom0000MarchTo1970, by: daysOfEra)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // March to July and August to December have the same lengths: 153 days in five months.
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static let daysFrom0000MarchTo1970: Int64 = 719_468
    private static let daysOfEra: Int64 = 146_097

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

// MARK: Reading

extension CivilTime {
    /// A date-time of RFC 3339 section 5.6, with its offset: `2026-11-26T05:27:39Z`, `2026-11-26 06:27:39.25+01:00`.
    /// Nil for anything else, for a day that is in no calendar, and for what nanoseconds in 64 bits do not reach.
    ///
    /// A leap second is the second after it. Of the fraction nine digits count.
    public static func unixNanoseconds(_ text: some StringProtocol) -> Int64? {
        var digits = Digits(text)
        guard let year = digits.number(4), digits.take("-"), let month = digits.number(2), digits.take("-"),
            let day = digits.number(2), digits.takeAny("Tt "), (1...12).contains(month),
            (1...days(of: month, year)).contains(day), let time = digits.timeOfDay(mayLeap: true),
            let offset = digits.offset(), digits.isAtEnd
        else { return nil }
        // Seconds of four-digit years are far from the bounds; nanoseconds need not be.
        let seconds = daysSince1970(year, month, day) * 86_400 + time.seconds - offset
        // Toward zero first: the last second before the lower bound is reached only with its fraction.
        let whole = seconds < 0 ? seconds + 1 : seconds
        let (product, overflow) = whole.multipliedReportingOverflow(by: second)
        let (sum, carried) = product.addingReportingOverflow(time.nanoseconds - (seconds < 0 ? second : 0))
        return overflow || carried ? nil : sum
    }

    /// `05:27:39`, with a fraction or without, as nanoseconds after midnight.
    public static func nanosecondsOfDay(_ text: some StringProtocol) -> Int64? {
        var digits = Digits(text)
        guard let time = digits.timeOfDay(mayLeap: false), digits.isAtEnd else { return nil }
        return time.seconds * second + time.nanoseconds
    }

    /// The first moment at or after the one given at which it is so late, in UTC.
    public static func unixNanoseconds(ofTime nanosecondsOfDay: Int64, notBefore moment: Int64) -> Int64 {
        let present = floorDivide(moment, by: day).remainder
        let wait = nanosecondsOfDay - present
        let (sum, overflow) = moment.addingReportingOverflow(wait < 0 ? wait + day : wait)
        return overflow ? .max : sum
    }

    private static func days(of month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The other way round than `date(daysSince1970:)`.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, by: 400)
        let monthFromMarch = month <= 2 ? month + 9 : month - 3
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return era * daysOfEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - daysFrom0000MarchTo1970
    }

    /// A text, digit by digit from its front.
    private struct Digits {
        private var rest: ArraySlice<UInt8>

        init(_ text: some StringProtocol) {
            rest = Array(text.utf8)[...]
        }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard let first = rest.first, first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func takeAny(_ characters: String) -> Bool {
            characters.unicodeScalars.contains { take($0) }
        }

        mutating func digit() -> Int64? {
            guard let first = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
            rest.removeFirst()
            return Int64(first - UInt8(ascii: "0"))
        }

        /// Exactly so many digits.
        mutating func number(_ count: Int) -> Int64? {
            var number: Int64 = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        mutating func timeOfDay(mayLeap: Bool) -> (seconds: Int64, nanoseconds: Int64)? {
            guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
                hour <= 23, minute <= 59, second <= (mayLeap ? 60 : 59)
            else { return nil }
            var nanoseconds: Int64 = 0
            if take(".") {
                var unit: Int64 = 100_000_000
                guard var digit = digit() else { return nil }
                while true {
                    nanoseconds += digit * unit
                    unit /= 10
                    guard let next = self.digit() else { break }
                    digit = next
                }
            }
            return (hour * 3600 + minute * 60 + second, nanoseconds)
        }

        /// `Z`, `+01:00` or `-03:30`, in seconds.
        mutating func offset() -> Int64? {
            if takeAny("Zz") { return 0 }
            let isWest = take("-")
            guard isWest || take("+"), let hour = number(2), take(":"), let minute = number(2), hour <= 23,
                minute <= 59
            else { return nil }
            return (hour * 3600 + minute * 60) * (isWest ? -1 : 1)
        }
    }
}
