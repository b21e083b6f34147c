import Conversations
import Testing

@testable import Diagnosis

/// Losses that come only to what is sent close behind something else.
struct CrowdingTests {
    /// Bursts of so many within some milliseconds, five seconds apart: which packets pass.
    private static func bursts(_ size: Int, _ passing: [Set<Int>]) -> [(at: Instant, passed: Bool)] {
        passing.enumerated().flatMap { burst, passing in
            (0..<size).map { (.zero + .milliseconds(5_000 * Int64(burst) + 2 * Int64($0)), passing.contains($0)) }
        }
    }

    @Test("The first ones of each burst pass, and single packets do")
    func limit() throws {
        let packets =
            Self.bursts(6, [[0, 1], [0, 1], [0]])
            + Self.bursts(1, Array(repeating: [0], count: 3)).map {
                ($0.at + .seconds(60), $0.passed)
            }
        let crowding = try #require(Crowding(packets))
        #expect(crowding.alone == 6 && crowding.crowded == 15 && crowding.lost == 13)
        // Of a burst that is seen from its middle on, nobody knows what came first.
        let cut = try #require(Crowding(Array(packets.dropFirst(4))))
        #expect(cut.alone == 5 && cut.lost == 10)
    }

    @Test("One that comes by itself and fails is no limit's, nor is one burst, nor what chance does")
    func others() {
        #expect(Crowding(Self.bursts(6, [[0, 1], [1, 2], [0, 1], [0, 1]])) == nil)
        let single = Self.bursts(1, Array(repeating: [0], count: 9)).map {
            (at: $0.at + .seconds(60), passed: $0.passed)
        }
        #expect(Crowding(Self.bursts(6, [[0, 1]]) + single) == nil)
        // Four of sixteen, none of them one of the four first ones: once in four times.
        #expect(Crowding(Self.bursts(4, [[0, 1, 2], [0, 2, 3], [0, 1, 3], [0, 1, 2]])) == nil)
        #expect(Crowding([]) == nil)
    }
}
