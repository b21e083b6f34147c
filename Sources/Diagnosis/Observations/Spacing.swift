import Conversations

/// Whether what passed keeps a distance in time that chance does not keep: a limit lets one through each so often, even where
/// others' packets take some of its share and no clock sorts all that failed.
struct Spacing: Sendable, Hashable {
    /// How likely chance, which lets as many of these packets pass, keeps them as far from each other as they were.
    let chance: Double

    /// - Parameter packets: in the order in which they left.
    init(_ packets: [(at: Instant, passed: Bool)]) {
        let moments = packets.map(\.at)
        let passing = packets.filter(\.passed).map(\.at)
        let gaps = zip(passing, passing.dropFirst()).map { $1 - $0 }
        guard passing.count >= Self.fewest, packets.count <= Self.most, let shortest = gaps.min(),
            shortest >= Self.shortest
        else {
            chance = 1
            return
        }
        // In how many ways so many can be chosen of the first ones, each so far from the one before.
        var ways = Array(repeating: [1.0] + Array(repeating: 0.0, count: passing.count), count: moments.count + 1)
        for index in moments.indices {
            let free = moments[..<index].lastIndex { moments[index] - $0 >= shortest }.map { $0 + 1 } ?? 0
            for count in 1...passing.count {
                ways[index + 1][count] = ways[index][count] + ways[free][count - 1]
            }
        }
        chance = ways[moments.count][passing.count] / PortOutcomes.choices(passing.count, of: moments.count)
    }

    /// Too few say nothing, and no probe sends more.
    static let fewest = 4
    private static let most = 256
    /// A burst's packets are closer together than that: a limit that lets several of them through looks like chance.
    private static let shortest = TimeSpan.milliseconds(150)

    /// Chance is no explanation.
    var isKept: Bool { chance <= 0.01 }
}
