import Conversations
import StallpointTestKit
import Testing

@testable import Engine

struct EventQueueTests {
    @Test("Moments come out in their order, and never before their time", arguments: [UInt64(1), 2, 3])
    func ordered(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = EventQueue<Int64>()
        let moments = (0..<500).map { _ in Int64.random(in: 0..<1_000, using: &generator) }
        for moment in moments { queue.insert(moment, at: Instant(nanoseconds: moment)) }
        #expect(queue.next == Instant(nanoseconds: moments.min()!))
        var early: [Int64] = []
        while let value = queue.take(until: Instant(nanoseconds: 499)) { early.append(value) }
        #expect(early == moments.filter { $0 <= 499 }.sorted())
        var late: [Int64] = []
        while let value = queue.take(until: Instant(nanoseconds: 1_000)) { late.append(value) }
        #expect(late == moments.filter { $0 > 499 }.sorted())
        #expect(queue.isEmpty)
    }
}
