import Testing

@testable import Conversations

struct EarlySegmentsTests {
    private func keep(
        _ early: inout EarlySegments, _ number: Int, offset: UInt32, behind count: UInt32 = 0, bytes: Int = 1_000
    ) -> Bool {
        let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: bytes)
        return early.keep(
            payload.span, offset: offset, behind: count, isCut: false, fromInitiator: true, frame: number, at: .zero,
            of: number)
    }

    @Test func whatIsAheadWaitsForItsTurn() {
        var early = EarlySegments()
        #expect(!keep(&early, 1, offset: 0) && !keep(&early, 1, offset: 5, behind: 6) && early.isEmpty)
        // Nobody has so much under way.
        #expect(!keep(&early, 1, offset: 1 << 20) && early.isEmpty)
        #expect(keep(&early, 1, offset: 1_000) && keep(&early, 1, offset: 2_000) && keep(&early, 1, offset: 1_000))
        #expect(early.next(of: 1, fromInitiator: true, behind: 999) == nil)
        #expect(early.next(of: 1, fromInitiator: false, behind: 1_000) == nil)
        #expect(early.next(of: 2, fromInitiator: true, behind: 1_000) == nil)
        #expect(early.next(of: 1, fromInitiator: true, behind: 1_500)?.offset == 1_000)
        #expect(early.next(of: 1, fromInitiator: true, behind: 2_000)?.offset == 2_000)
        #expect(early.isEmpty)
    }

    /// A number may pass zero on its way.
    @Test func offsetsWrap() {
        var early = EarlySegments()
        #expect(keep(&early, 1, offset: 100, behind: .max - 100))
        #expect(early.next(of: 1, fromInitiator: true, behind: .max) == nil)
        #expect(early.next(of: 1, fromInitiator: true, behind: 100)?.offset == 100)
    }

    /// Whoever says everything in the wrong order waits again and again, and is remembered once.
    @Test func whoWaitsOftenIsNotRememberedOften() {
        var early = EarlySegments()
        #expect(keep(&early, 0, offset: 1_000, bytes: 1))
        for _ in 0..<20_000 {
            #expect(keep(&early, 1, offset: 1_000, bytes: 1))
            #expect(early.next(of: 1, fromInitiator: true, behind: 1_000) != nil)
        }
        #expect(early.order.count <= 1_100)
        #expect(early.next(of: 0, fromInitiator: true, behind: 1_000) != nil && early.isEmpty)
    }

    @Test func whereSomethingNeverComesTheOldestMakeRoom() {
        var early = EarlySegments()
        for offset in 1...8 as ClosedRange<UInt32> { #expect(keep(&early, 0, offset: offset * 1_000)) }
        #expect(!keep(&early, 0, offset: 9_000))
        for number in 1...10_000 { _ = keep(&early, number, offset: 1_000) }
        #expect(early.next(of: 0, fromInitiator: true, behind: 1_000) == nil)
        #expect(early.next(of: 5_000, fromInitiator: true, behind: 1_000) == nil)
        #expect(early.next(of: 6_000, fromInitiator: true, behind: 1_000)?.bytes.count == 1_000)
        #expect(early.next(of: 10_000, fromInitiator: true, behind: 1_000)?.frame == 10_000)
    }
}
