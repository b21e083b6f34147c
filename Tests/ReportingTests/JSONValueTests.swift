import Conversations
import Diagnosis
import StallpointTestKit
import Testing

@testable import Reporting

@Suite struct JSONValueTests {
    @Test(arguments: [
        (JSONValue.null, "null"), (.integer(-7), "-7"), (.decimal(units: 0, places: 3), "0"),
        (.decimal(units: 1, places: 3), "0.001"), (.decimal(units: -1, places: 3), "-0.001"),
        (.decimal(units: 1500, places: 3), "1.5"), (.decimal(units: 12000, places: 3), "12"),
        (.decimal(units: .min, places: 6), "-9223372036854.775808"), (.array([]), "[]"), (.object([]), "{}"),
        (.array([.integer(1), .null]), "[1, null]"), (.object([.init("a", .string("b"))]), #"{"a": "b"}"#),
    ]) func line(_ value: JSONValue, _ text: String) {
        #expect(value.line == text)
    }

    /// What a terminal would obey is a number in the file, and the same text again for whoever parses it.
    @Test(arguments: [
        ("a\"b\\c/d", #""a\"b\\c/d""#), ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{1B}\u{7F}\u{9B}", #""\u0000\u001b\u007f\u009b""#),
        ("\u{202E}\u{2028}\u{200B}\u{FEFF}", #""\u202e\u2028\u200b\ufeff""#), ("é例🙂", "\"é例🙂\""),
        ("\u{E0041}", #""\udb40\udc41""#), ("\u{3164}", #""\u3164""#),
    ]) func strings(_ text: String, _ written: String) throws {
        #expect(JSONValue.string(text).line == written)
        let parsed = try JSONDocument(parsing: written)
        #expect(parsed.text.map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
    }

    @Test func indentedIsTheSameDocument() throws {
        for sample in Sample.all {
            let line = try JSONDocument(parsing: JSONValue(sample.report.run).line)
            let indented = try JSONDocument(parsing: JSONValue(sample.report.run).indented())
            #expect(line == indented)
        }
    }

    @Test(arguments: [(Int64(499), Int64(0)), (500, 1), (-499, 0), (-500, -1), (.max, 9_223_372_036_854_776)])
    func microseconds(_ nanoseconds: Int64, _ whole: Int64) {
        #expect(TimeSpan(nanoseconds: nanoseconds).wholeMicroseconds == whole)
    }

    @Test(arguments: [
        (Int64(0), "0.000"), (241_300, "0.241"), (9_999_000, "9.999"), (12_449_000, "12.4"), (12_450_000, "12.5"),
        (3_000_000_000, "3000"), (-1_500_000, "-1.500"),
    ]) func shortTimes(_ nanoseconds: Int64, _ text: String) {
        #expect(TimeSpan(nanoseconds: nanoseconds).shortText == text)
    }
}
