/// The moment in a Date field, in the form that every server has to send: RFC 9110 section 5.6.7,
/// `Sun, 06 Nov 1994 08:49:37 GMT`.
public struct HTTPDate: Hashable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    public var seconds: Int64

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Nil where it is no such date. The name of the day is not held against it.
    public init?(_ text: NetworkText) {
        guard text.bytes.count == 29 else { return nil }
        let words = text.description.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[0].last == ",", words[5] == "GMT",
            let month = Self.months.firstIndex(where: { $0 == words[2] }),
            let day = Self.number(words[1], 2), (1...31).contains(day), let year = Self.number(words[3], 4)
        else { return nil }
        let parts = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hour = Self.number(parts[0], 2), let minute = Self.number(parts[1], 2),
            let second = Self.number(parts[2], 2), hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = Self.daysSince1970(year, month + 1, day)
        seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
    }

    private static func number(_ text: Substring, _ digits: Int) -> Int64? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }

    /// Years counted from March, so that the leap day is a year's last; of 400 years each has the same days.
    static func daysSince1970(_ year: Int64, _ month: Int, _ day: Int64) -> Int64 {
        let counted = month <= 2 ? year - 1 : year
        let era = (counted >= 0 ? counted : counted - 399) / 400
        let yearOfEra = counted - era * 400
        let fromMarch = Int64((month + 9) % 12)
        let dayOfYear = (153 * fromMarch + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
