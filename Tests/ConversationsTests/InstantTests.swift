import Conversations
import Testing

struct InstantTests {
    @Test("Arithmetic is clamped, never trapped")
    func clamps() {
        let last = Instant(nanoseconds: .max)
        let first = Instant(nanoseconds: .min)
        #expect(last + .seconds(1) == last)
        #expect(first + TimeSpan(nanoseconds: -1) == first)
        #expect(last - first == TimeSpan(nanoseconds: .max))
        #expect(first - last == TimeSpan(nanoseconds: .min))
        #expect(TimeSpan.seconds(.max).nanoseconds == .max)
        #expect(TimeSpan.milliseconds(.min).nanoseconds == .min)
    }

    @Test(
        "Differences and their text",
        arguments: [
            (Int64(0), "0.0"), (499, "0.0"), (500, "0.001"), (-9_400, "-0.009"), (48_123, "0.048"), (49_999, "0.050"),
            (50_000, "0.1"), (1_234_567_890, "1234.6"), (-1_500_000, "-1.5"),
            (.min, "-9223372036854.8"),
        ])
    func rounds(_ nanoseconds: Int64, _ text: String) {
        #expect(TimeSpan(nanoseconds: nanoseconds).rounded == text)
    }
}
