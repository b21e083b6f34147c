/// A share with its interval: `3 of 10 lost (11 to 60 %)`.
struct Share: Sendable, Hashable {
    var count: Int
    var total: Int

    /// Wilson's score interval at 95 %, in whole percent: it holds for small numbers, where the usual formula says
    /// nonsense (E. B. Wilson, JASA 22, 1927).
    var interval: ClosedRange<Int> {
        guard total > 0 else { return 0...100 }
        let z = 1.96
        let n = Double(total)
        let p = Double(count) / n
        let centre = p + z * z / (2 * n)
        let width = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 + z * z / n
        let low = max(0, (centre - width) / scale * 100)
        let high = min(100, (centre + width) / scale * 100)
        return Int(low.rounded(.down))...Int(high.rounded(.up))
    }

    var phrase: String { "\(count) of \(total) lost, so \(interval.lowerBound) to \(interval.upperBound) %" }

    /// Whether a loss as rare as this one may take so many packets in a row: once in a hundred times, at the most that it
    /// can be.
    func mayTake(_ count: Int) -> Bool { Self.power(Double(interval.upperBound) / 100, count) >= 0.01 }

    static func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { value, _ in value * base }
    }
}
