import Foundation
import StallpointTestKit
import Testing

@testable import Reporting

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
}
