import Conversations
import Testing

@testable import Diagnosis

/// Whether what passed keeps a distance in time that chance does not keep.
struct SpacingTests {
    /// Bursts of eight within 56 ms, a second apart: which packets pass.
    private static func bursts(_ passing: [Set<Int>]) -> [(at: Instant, passed: Bool)] {
        passing.enumerated().flatMap { burst, passing in
            (0..<8).map { (.zero + .milliseconds(1_000 * Int64(burst) + 8 * Int64($0)), passing.contains($0)) }
        }
    }

    @Test("One of each burst is a limit's, and two in one burst are chance's")
    func limit() {
        let one = Spacing(Self.bursts([[7], [0], [7], [0], [7], [0]]))
        // 8 to the sixth of the ways to choose six of forty-eight.
        #expect(!one.isKept)
        #expect(abs(one.chance - 262_144 / 12_271_512) < 1e-9)
        let seven = Spacing(Self.bursts(Array(repeating: [3], count: 8)))
        #expect(seven.isKept && seven.chance < 0.005)
        #expect(!Spacing(Self.bursts(Array(repeating: [3], count: 7) + [[3, 4]])).isKept)
    }

    @Test("Too few that pass say nothing, nor what comes by itself anyhow")
    func few() {
        #expect(Spacing(Self.bursts(Array(repeating: [3], count: 3))).chance == 1)
        let slow = (0..<9).map { (at: Instant.zero + .seconds(Int64($0)), passed: $0 % 2 == 0) }
        #expect(Spacing(slow).chance > 0.005)
        #expect(Spacing([]).chance == 1)
        let many = (0..<300).map { (at: Instant.zero + .seconds(Int64($0)), passed: true) }
        #expect(Spacing(many).chance == 1)
    }

    @Test("What is lost once each so often is no sure chance: somebody lets pass for a while whoever has knocked")
    func knocking() {
        func made(_ lost: [Set<Int>], sends: Int = 1) -> TargetDiagnosis {
            var made = HandmadeFacts()
            made.add(.primary, sends: 2, .synAck(after: 1_008))
            for (burst, lost) in lost.enumerated() {
                for index in 0..<8 {
                    made.add(
                        .experiment(.sourcePort(round: 1)), at: 3_000 * Int64(burst + 1) + 8 * Int64(index),
                        sends: lost.contains(index) ? sends : 1, replies: lost.contains(index) ? [] : [.synAck()])
                }
            }
            return made.facts.diagnose()
        }
        let spaced = made([[0], [1], [0], [2], [0], [0], [3], [0]])
        #expect(spaced.mechanism == .loss && spaced.confidence == .likely)
        #expect(spaced.summary.contains("keeps a distance in time"), "\(spaced.summary)")
        // Repetitions that fail are spaced by whoever repeats.
        let repeated = made([[0], [1], [0], [2], [0], [0], [3], [0]], sends: 2)
        #expect(!repeated.summary.contains("keeps a distance"))
        let close = made([[0, 4], [], [1, 2], [], [7], [], [], [3, 5]])
        #expect(close.mechanism == .loss && close.confidence == .strong)
        #expect(!close.summary.contains("keeps a distance"))
    }

    @Test("A limit that others share is likely one, and loss that is not spaced is loss")
    func verdicts() {
        func made(_ passing: [Set<Int>]) -> Facts {
            var made = HandmadeFacts.blocked()
            for (burst, passing) in passing.enumerated() {
                for index in 0..<8 {
                    let isFirst = burst == 0
                    made.add(
                        isFirst ? .experiment(.sourcePort(round: 1)) : .experiment(.rerun),
                        at: 1_000 * Int64(burst + 3) + 8 * Int64(index),
                        replies: passing.contains(index) ? [.synAck()] : [])
                }
            }
            // Slow tries of which one fails: others were there first.
            made.paced([true, false, true, true], at: 20_000)
            made.burst(Array(repeating: false, count: 8), round: 2, at: 30_000)
            return made.facts
        }
        let spaced = made([[0], [5], [2], [7], [1], [4], [3], [6]]).diagnose()
        #expect(spaced.mechanism == .rateLimit && spaced.confidence == .likely)
        #expect(spaced.summary.contains("none of them soon after another one"))
        let close = made([[0, 1], [5], [2, 6], [7], [1], [4], [3], [6]]).diagnose()
        #expect(close.mechanism == .loss)
        // Of three that pass nobody can tell.
        let few = made([[0], [], [], [], [], [], []])
        #expect(few.diagnose().confidence != .strong || few.diagnose().mechanism != .loss)
    }
}
