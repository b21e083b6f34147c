import StallpointTestKit
import Testing

@testable import LiveCapture

@Suite struct PacketPoolTests {
    /// Everything that is held of an owner: the first bytes, and how much was forgotten.
    private func take(_ pool: inout PacketPool, of owner: Int) -> (marks: [UInt8], lengths: [Int], forgotten: Int) {
        var marks: [UInt8] = []
        var lengths: [Int] = []
        let forgotten = pool.take(of: owner) { header, direction, frame in
            marks.append(frame.isEmpty ? 0 : frame[0])
            lengths.append(frame.count)
            #expect(header.originalLength == frame.count + 1 && direction == .inbound)
            // The last byte is as far from the first as it was.
            if frame.count > 1 { #expect(frame[frame.count - 1] == frame[0] &+ 1) }
        }
        return (marks, lengths, forgotten)
    }

    private func add(_ mark: UInt8, _ length: Int, to pool: inout PacketPool, of owner: Int) {
        var frame = [UInt8](repeating: 0, count: length)
        if length > 1 { frame[length - 1] = mark &+ 1 }
        if length > 0 { frame[0] = mark }
        pool.append(
            frame.span, CaptureHandle.Header(unixNanoseconds: Int64(mark), originalLength: length + 1), .inbound,
            of: owner)
    }

    @Test func eachOwnerHasItsOwnInOrder() {
        var pool = PacketPool(bytes: 16_384, share: 8_192, owners: 3)
        for (mark, length, owner) in [(1, 1, 0), (2, 255, 1), (3, 256, 0), (4, 257, 1), (5, 1_514, 0), (6, 0, 2)] {
            add(UInt8(mark), length, to: &pool, of: owner)
        }
        let first = take(&pool, of: 0)
        #expect(first.marks == [1, 3, 5] && first.lengths == [1, 256, 1_514] && first.forgotten == 0)
        #expect(take(&pool, of: 1).lengths == [255, 257])
        #expect(take(&pool, of: 2).lengths == [0])
        #expect(take(&pool, of: 0).marks == [], "what was taken is gone")
    }

    /// A share of four cells holds four small packets: the oldest of the owner goes, and nobody else's.
    @Test func aShareIsNotExceeded() {
        var pool = PacketPool(bytes: 16_384, share: 1_024, owners: 2)
        add(100, 10, to: &pool, of: 1)
        for mark: UInt8 in 1...9 { add(mark, 10, to: &pool, of: 0) }
        let busy = take(&pool, of: 0)
        #expect(busy.marks == [6, 7, 8, 9] && busy.forgotten == 5)
        #expect(take(&pool, of: 1).marks == [100])
        add(1, 2_000, to: &pool, of: 0)
        #expect(take(&pool, of: 0).forgotten == 1, "larger than a share")
        #expect(take(&pool, of: 0).forgotten == 0, "and the count begins anew")
    }

    /// Sixteen cells for five owners of four: the oldest of all goes.
    @Test func theOldestOfAllMakesRoom() {
        var pool = PacketPool(bytes: 4_096, share: 1_024, owners: 5)
        for round: UInt8 in 0..<4 {
            for owner in 0..<5 { add(round * 10 + UInt8(owner), 10, to: &pool, of: owner) }
        }
        for owner in 0..<5 {
            let held = take(&pool, of: owner)
            let all = (0..<4).map { UInt8($0 * 10 + owner) }
            #expect(held.marks == Array(all.suffix(owner == 4 ? 4 : 3)))
            #expect(held.forgotten == (owner == 4 ? 0 : 1))
        }
    }

    struct Enough: Error {}

    @Test func anErrorComesOutAndTheCellsAreFree() {
        var pool = PacketPool(bytes: 4_096, share: 4_096, owners: 1)
        for _ in 0..<3 {
            for mark: UInt8 in 1...16 { add(mark, 10, to: &pool, of: 0) }
            #expect(throws: Enough.self) { try pool.take(of: 0) { _, _, _ throws(Enough) in throw Enough() } }
        }
        for mark: UInt8 in 1...16 { add(mark, 10, to: &pool, of: 0) }
        #expect(take(&pool, of: 0).forgotten == 0)
    }

    /// Against a model with arrays: whatever comes, the newest that fit are there, whole and in order.
    @Test func anythingGoes() {
        var generator = SeededGenerator(seed: 5)
        var pool = PacketPool(bytes: 8_192, share: 2_048, owners: 4)
        var model: [[(mark: UInt8, length: Int)]] = Array(repeating: [], count: 4)
        for step in 0..<20_000 {
            let owner = Int.random(in: 0..<4, using: &generator)
            switch UInt8.random(in: 0...9, using: &generator) {
            case 0:
                pool.discard(of: owner)
                model[owner] = []
            case 1:
                let held = take(&pool, of: owner)
                let expected = model[owner].suffix(held.marks.count)
                #expect(held.marks == expected.map(\.mark) && held.lengths == expected.map(\.length))
                #expect(held.marks.count + held.forgotten == model[owner].count)
                model[owner] = []
            default:
                let length = Int.random(in: 0...2_100, using: &generator)
                guard length <= 2_048 else { continue }
                let mark = UInt8(truncatingIfNeeded: step)
                add(mark, length, to: &pool, of: owner)
                model[owner].append((length == 0 ? 0 : length == 1 ? mark : mark, length))
            }
        }
    }
}
