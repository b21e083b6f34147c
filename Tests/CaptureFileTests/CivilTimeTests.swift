import CaptureFile
import Foundation
import StallpointTestKit
import Testing

@Suite struct CivilTimeTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (951_827_696_789_000_000, "2000-02-29T12:34:56.789000Z"),
        (1_709_164_800_000_000_999, "2024-02-29T00:00:00.000000Z"),
        (4_107_542_399_999_999_999, "2100-02-28T23:59:59.999999Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000Z"),
        (.max, "2262-04-11T23:47:16.854775Z"), (.min, "1677-09-21T00:12:43.145224Z"),
    ]) func moments(_ nanoseconds: Int64, _ text: String) {
        #expect(CivilTime.text(unixNanoseconds: nanoseconds) == text)
    }

    @Test(arguments: [
        (Int64(0), "00:00:00.000"), (-1, "23:59:59.999"), (1_709_210_096_123_999_999, "12:34:56.123"),
    ]) func timesOfDay(_ nanoseconds: Int64, _ text: String) {
        #expect(CivilTime.timeOfDay(unixNanoseconds: nanoseconds) == text)
        #expect(CivilTime.timeOfDay(unixNanoseconds: nanoseconds, fractionDigits: 0) == text.prefix(8))
    }

    /// Any day that nanoseconds can count, against the library's calendar.
    @Test func agreesWithFoundation() {
        var random = SeededGenerator(seed: 20)
        for _ in 0..<2000 {
            let seconds = Int64.random(in: -9_223_372_036...9_223_372_035, using: &random)
            let date = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
            let ours = CivilTime.text(unixNanoseconds: seconds * 1_000_000_000)
            #expect(ours == date.dropLast() + ".000000Z")
        }
    }

    /// What is printed is read as what it was, and in any zone.
    @Test func roundTrips() {
        var random = SeededGenerator(seed: 21)
        for _ in 0..<2000 {
            let moment = Int64.random(in: .min ... .max, using: &random)
            let text = CivilTime.text(unixNanoseconds: moment, fractionDigits: 9)
            #expect(CivilTime.unixNanoseconds(text) == moment, "\(text)")
            let (hours, minutes) = (Int64.random(in: 0...23, using: &random), Int64.random(in: 0...59, using: &random))
            let offset = (hours * 60 + minutes) * 60_000_000_000
            let (east, overflow) = moment.subtractingReportingOverflow(offset)
            guard !overflow else { continue }
            let zone = [hours, minutes].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
            #expect(CivilTime.unixNanoseconds(text.dropLast() + "+" + zone) == east, "\(text) \(zone)")
        }
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("1970-01-01t00:00:01z", 1_000_000_000),
        ("1970-01-01 01:00:00+01:00", 0), ("1969-12-31T20:30:00-03:30", 0), ("1970-01-01T00:00:00-00:00", 0),
        ("2024-02-29T12:34:56.123456789Z", 1_709_210_096_123_456_789),
        ("2024-02-29T12:34:56.1234567899999Z", 1_709_210_096_123_456_789),
        ("2024-02-29T12:34:56.5Z", 1_709_210_096_500_000_000),
        // The second that was inserted at the end of 2016 is the next one of a count without it.
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
        ("1677-09-21T00:12:43.145224192Z", .min), ("2262-04-11T23:47:16.854775807Z", .max),
    ]) func read(_ text: String, _ nanoseconds: Int64) {
        #expect(CivilTime.unixNanoseconds(text) == nanoseconds)
    }

    @Test(arguments: [
        "", "Z", "2026", "2026-11-26", "2026-11-26T05:27:39", "2026-11-26T05:27Z", "2026-11-26T05:27:39.Z",
        "2026-11-26T05:27:39Z ", " 2026-11-26T05:27:39Z", "2026-11-26T24:00:00Z", "2026-11-26T05:60:00Z",
        "2026-11-26T05:27:61Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z",
        "2026-11-00T00:00:00Z", "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "26-11-26T05:27:39Z",
        "+026-11-26T05:27:39Z", "2026-11-26T05:27:39+1:00", "2026-11-26T05:27:39+0100", "2026-11-26T05:27:39+24:00",
        "2026-11-26T05:27:39 UTC", "2026-11-26T05:27:39,5Z", "٢٠٢٦-11-26T05:27:39Z", "2026-11-26T05:27:39Z\0",
        // No nanoseconds of 64 bits reach these.
        "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ]) func refused(_ text: String) { #expect(CivilTime.unixNanoseconds(text) == nil) }

    /// Whatever is typed, nothing traps, and no letter is taken for a digit.
    @Test func anyChange() {
        let good = Array("2026-11-26T05:27:39.25+01:00".utf8)
        for place in good.indices {
            for byte in UInt8(0)...127 {
                var text = good
                text[place] = byte
                let moment = CivilTime.unixNanoseconds(String(decoding: text, as: UTF8.self))
                let isDigit = (0x30...0x39).contains(good[place])
                if isDigit, !(0x30...0x39).contains(byte) { #expect(moment == nil, "\(place) \(byte)") }
            }
            #expect(CivilTime.unixNanoseconds(String(decoding: good[..<place], as: UTF8.self)) == nil)
        }
    }

    @Test(arguments: [
        ("00:00:00", Int64(0)), ("05:27:39", 19_659_000_000_000), ("23:59:59.999999999", 86_399_999_999_999),
        ("05:27:39.5", 19_659_500_000_000),
    ]) func timeOfDay(_ text: String, _ nanoseconds: Int64) {
        #expect(CivilTime.nanosecondsOfDay(text) == nanoseconds)
    }

    @Test(arguments: ["", "5:27:39", "05:27", "05:27:39Z", "24:00:00", "05:27:60", "05:27:39.", "05.27.39", "-1:00:00"])
    func noTimeOfDay(_ text: String) { #expect(CivilTime.nanosecondsOfDay(text) == nil) }

    @Test(
        "The next time of day is at once, later that day, or the day after",
        arguments: [
            (Int64(0), Int64(0), Int64(0)), (1, 0, 1), (0, 1, 86_400_000_000_000), (7, -3, 7),
            (86_399_999_999_999, -1, -1), (86_399_999_999_998, -1, 86_399_999_999_998), (5, .max - 1, .max),
        ])
    func nextTime(_ time: Int64, _ moment: Int64, _ expected: Int64) {
        #expect(CivilTime.unixNanoseconds(ofTime: time, notBefore: moment) == expected)
    }
}
